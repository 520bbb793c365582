import { createHash } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { readContent, readVersions, sameContent } from "../../../src/core/source-content.ts";

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

t.test("readContent() finds nothing in a class: what pods have mounted of it is told elsewhere", async (t) => {
  t.equal(readContent("SecretProviderClass", { data: { a: "x" } }).size, 0);
});

t.test("readVersions() keeps a hash of each object's version", async (t) => {
  const content = readVersions([{ id: "user", version: "1" }, { id: "password" }, { version: "3" }, null]);
  t.same(
    [...content],
    [
      ["user", { sha256: sha256("1"), binary: false }],
      ["password", { sha256: sha256(""), binary: false }],
    ],
  );
  fc.assert(fc.property(fc.jsonValue(), (value) => readVersions(value).size >= 0));
});

t.test("sameContent() compares keys, bytes and what they are", async (t) => {
  const a = readContent("ConfigMap", { data: { a: "1", b: "2" } });
  t.ok(sameContent(a, readContent("ConfigMap", { data: { b: "2", a: "1" } })));
  t.notOk(sameContent(a, readContent("ConfigMap", { data: { a: "1" } })));
  t.notOk(sameContent(a, readContent("ConfigMap", { data: { a: "1", b: "3" } })));
  t.notOk(sameContent(a, readContent("ConfigMap", { data: { a: "1", c: "2" } })));
  const binary = readContent("ConfigMap", { data: { a: "1" }, binaryData: { b: base64("2") } });
  t.notOk(sameContent(a, binary));
});
