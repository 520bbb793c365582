import { createHmac } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { bytewise, combinedDigest, selectContent, sourceDigest } from "../../../src/core/digest.ts";
import type { SourceReference } from "../../../src/core/pod-references.ts";
import type { SourceContent } from "../../../src/core/source-content.ts";

const key = { id: "k1", bytes: Buffer.alloc(32, 1) };
const id = { kind: "Secret", namespace: "shop", name: "db" } as const;
const value = (sha256: string, binary = false) => ({ sha256, binary });

t.test("sourceDigest() is HMAC-SHA256 over length-prefixed fields", async (t) => {
  const fields = ["restamp/v1", "shop", "Secret", "db", "a", "text", "h1", "ü", "binary", "h2"];
  const bytes = fields.map((field) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(field));
    return Buffer.concat([length, Buffer.from(field)]);
  });
  const want = createHmac("sha256", key.bytes)
    .update(Buffer.concat(bytes))
    .digest()
    .subarray(0, 16)
    .toString("base64url");
  const content: SourceContent = new Map([
    ["ü", value("h2", true)],
    ["a", value("h1")],
  ]);
  t.equal(sourceDigest(key, id, content), want);
  t.match(want, /^[\w-]{22}$/);
});

t.test("sourceDigest() differs where anything differs", async (t) => {
  const content: SourceContent = new Map([["a", value("h1")]]);
  const digests = [
    sourceDigest(key, id, content),
    sourceDigest({ ...key, bytes: Buffer.alloc(32, 2) }, id, content),
    sourceDigest(key, { ...id, namespace: "other" }, content),
    sourceDigest(key, { ...id, name: "other" }, content),
    sourceDigest(key, { ...id, kind: "ConfigMap" }, content),
    sourceDigest(key, id, new Map()),
    sourceDigest(key, id, new Map([["a", value("h1", true)]])),
    sourceDigest(key, id, new Map([["a", value("h2")]])),
    sourceDigest(key, id, new Map([["b", value("h1")]])),
    sourceDigest(
      key,
      id,
      new Map([
        ["a", value("h1")],
        ["b", value("h1")],
      ]),
    ),
    combinedDigest(key, ["shop", "Secret", "db", "a", "text", "h1"]),
    combinedDigest(key, ["shop", "Secret", "db", "atext", "h1"]),
  ];
  t.equal(new Set(digests).size, digests.length);
});

t.test("sourceDigest() is equal for equal content only", async (t) => {
  const text = fc.string({ maxLength: 4 });
  const contents = fc
    .dictionary(text, fc.record({ sha256: text, binary: fc.boolean() }))
    .map((all) => new Map(Object.entries(all)));
  const ids = fc.record({ kind: fc.constantFrom("Secret", "ConfigMap"), namespace: text, name: text });
  const canonical = (source: object, content: SourceContent) =>
    JSON.stringify([source, [...content].sort(([left], [right]) => bytewise(left, right))]);
  fc.assert(
    fc.property(ids, contents, ids, contents, (leftId, left, rightId, right) => {
      const same = canonical(leftId, left) === canonical(rightId, right);
      return same === (sourceDigest(key, leftId, left) === sourceDigest(key, rightId, right));
    }),
  );
  fc.assert(
    fc.property(contents, (content) => {
      const reversed = new Map([...content].reverse());
      return sourceDigest(key, id, content) === sourceDigest(key, id, reversed);
    }),
  );
  t.pass();
});

t.test("combinedDigest() tells lists apart", async (t) => {
  const lists = fc.array(fc.string({ maxLength: 3 }), { maxLength: 5 });
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const same = JSON.stringify(left) === JSON.stringify(right);
      return same === (combinedDigest(key, left) === combinedDigest(key, right));
    }),
  );
  t.pass();
});

const none: SourceReference = {
  kind: "ConfigMap",
  name: "c",
  optional: false,
  allEnv: false,
  allFiles: false,
  keys: [],
};
const use = (name: string, env: boolean, file: boolean) => ({ key: name, env, file, optional: false });
const content: SourceContent = new Map([
  ["text", value("t")],
  ["other", value("o")],
  ["bytes", value("b", true)],
]);
const cases: { title: string; reference: Partial<SourceReference>; want: Record<string, boolean> }[] = [
  { title: "envFrom: data only", reference: { allEnv: true }, want: { text: false, other: false } },
  { title: "a whole volume: all", reference: { allFiles: true }, want: { text: false, other: false, bytes: false } },
  {
    title: "both: a move to binaryData is a change",
    reference: { allEnv: true, allFiles: true },
    want: { text: false, other: false, bytes: true },
  },
  { title: "one variable", reference: { keys: [use("text", true, false)] }, want: { text: false } },
  { title: "a variable of binaryData sees nothing", reference: { keys: [use("bytes", true, false)] }, want: {} },
  { title: "one file", reference: { keys: [use("bytes", false, true)] }, want: { bytes: false } },
  { title: "a file and a variable of one key", reference: { keys: [use("bytes", true, true)] }, want: { bytes: true } },
  { title: "a key that only has to be there", reference: { keys: [use("text", false, false)] }, want: {} },
  { title: "nothing", reference: {}, want: {} },
];
for (const { title, reference, want } of cases) {
  const selected = selectContent({ ...none, ...reference }, content);
  t.same(
    Object.fromEntries([...selected].map(([name, { binary }]) => [name, binary])),
    want,
    `selectContent() ${title}`,
  );
}

t.same(["\u{1F600}", "\uFF5E", "a"].sort(bytewise), ["a", "\uFF5E", "\u{1F600}"], "bytewise() is the order of UTF-8");
