import { createHash } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { readContent } from "../../../src/core/source-content.ts";

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("base64url");
const base64 = (text: string) => Buffer.from(text).toString("base64");

t.test("readContent() hashes the bytes that pods see", async (t) => {
  const want = [["a", { sha256: sha256("é"), binary: false }]];
  t.same([...readContent("ConfigMap", { data: { a: "é" } })], want, "text of a ConfigMap");
  t.same([...readContent("Secret", { data: { a: base64("é") } })], want, "base64 of a Secret");
  const both = readContent("ConfigMap", { data: { a: "x" }, binaryData: { b: base64("x") } });
  t.same(
    [...both],
    [
      ["a", { sha256: sha256("x"), binary: false }],
      ["b", { sha256: sha256("x"), binary: true }],
    ],
  );
  t.same([...readContent("Secret", { binaryData: { b: "eA==" } })], [], "a Secret has no binaryData");
  const empty = readContent("Secret", { data: { a: "", b: null } });
  t.same(
    [...empty].map(([, each]) => each.sha256),
    [sha256(""), sha256("")],
    "an empty value is content",
  );
});

t.test("readContent() keeps legal keys with names of their own", async (t) => {
  const content = readContent("Secret", JSON.parse('{"data":{"__proto__":"YQ==","constructor":"Yg=="}}'));
  t.same([...content.keys()], ["__proto__", "constructor"]);
});

t.test("readContent() does not look at metadata, type or immutable", async (t) => {
  const data = { a: "x" };
  const plain = readContent("ConfigMap", { data });
  const more = { metadata: { annotations: { a: "b" } }, type: "Opaque", immutable: true };
  t.same([...readContent("ConfigMap", { data, ...more })], [...plain]);
});

t.test("readContent() retains no value and never throws", async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ minLength: 8 })), (data) => {
      const kept = JSON.stringify([...readContent("ConfigMap", { data }).values()]);
      return Object.values(data).every((value) => !kept.includes(value));
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("ConfigMap", "Secret"),
      fc.jsonValue(),
      (kind, value) => readContent(kind, value).size >= 0,
    ),
  );
  fc.assert(fc.property(fc.jsonValue(), (data) => readContent("Secret", { data, binaryData: data }).size >= 0));
  t.pass();
});
