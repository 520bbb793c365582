import fc from "fast-check";
import t from "tap";
import { formatStamp, parseStamp, type Stamp } from "../../../src/core/stamp.ts";

const digest = "A".repeat(22);

t.test("formatStamp() writes what the documents say", async (t) => {
  const entries = new Map([
    ["secret/db", digest],
    ["configmap/app-config", digest],
    ["configmap/flags", "absent"],
  ]);
  const text = `configmap/app-config=${digest};configmap/flags=absent;secret/db=${digest}`;
  t.equal(formatStamp({ keyId: "k1", entries }), `v1:k1;${text}`);
  t.equal(formatStamp({ keyId: "k1", round: 0, entries }), `v1:k1;${text}`);
  t.equal(formatStamp({ keyId: "k1", round: 2, entries }), `v1:k1:2;${text}`);
  t.equal(formatStamp({ keyId: "k1", entries: new Map() }), "v1:k1");
});

const cases = [
  { title: "no entries", text: "v1:k1", want: "stamp" },
  { title: "a round", text: `v1:k1:7;secret/a=${digest}`, want: "stamp" },
  { title: "a name pattern", text: `v1:k1;configmap/app-*=${digest}`, want: "stamp" },
  { title: "one digest for all", text: `v1:k1;*=${digest}`, want: "stamp" },
  { title: "words for digests", text: "v1:k1;secret/a=absent;secret/b=unknown;secret/c=stale", want: "stamp" },
  { title: "a later version", text: "v2:anything;at all", want: "newer" },
  { title: "a much later version", text: "v12", want: "newer" },
  { title: "a version that never was", text: "v0:k1", want: "malformed" },
  { title: "nothing", text: "", want: "malformed" },
  { title: "no key", text: "v1:", want: "malformed" },
  { title: "a key that cannot be", text: "v1:K_1", want: "malformed" },
  { title: "a round that is none", text: "v1:k1:x", want: "malformed" },
  { title: "too many parts of the head", text: "v1:k1:1:1", want: "malformed" },
  { title: "an entry twice", text: `v1:k1;secret/a=${digest};secret/a=${digest}`, want: "malformed" },
  { title: "an entry without a value", text: "v1:k1;secret/a", want: "malformed" },
  { title: "an entry without a name", text: `v1:k1;=${digest}`, want: "malformed" },
  { title: "a kind that cannot be", text: `v1:k1;pod/a=${digest}`, want: "malformed" },
  { title: "a name that cannot be", text: `v1:k1;secret/A=${digest}`, want: "malformed" },
  { title: "a short digest", text: "v1:k1;secret/a=AAAA", want: "malformed" },
  { title: "a character that no digest has", text: `v1:k1;secret/a=${digest}+`, want: "malformed" },
  { title: "a separator at the end", text: `v1:k1;secret/a=${digest};`, want: "malformed" },
  { title: "white space", text: ` v1:k1;secret/a=${digest}`, want: "malformed" },
];
for (const { title, text, want } of cases) t.equal(parseStamp(text).is, want, `parseStamp() ${title}`);

const name = fc.stringMatching(/^[a-z0-9][-a-z0-9.*?]{0,40}$/);
const entry = fc.oneof(
  fc.constant("*"),
  fc.tuple(fc.constantFrom("configmap", "secret"), name).map((parts) => parts.join("/")),
);
const value = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{22}$/), fc.constantFrom("absent", "unknown", "stale"));
const stamps: fc.Arbitrary<Stamp> = fc.record({
  keyId: fc.stringMatching(/^[a-z0-9-]{1,32}$/),
  round: fc.integer({ min: 0, max: 999_999 }),
  entries: fc.array(fc.tuple(entry, value)).map((pairs) => new Map(pairs)),
});

t.test("parseStamp() is the inverse of formatStamp()", async (t) => {
  fc.assert(
    fc.property(stamps, (stamp) => {
      const parsed = parseStamp(formatStamp(stamp));
      if (parsed.is !== "stamp") return false;
      const { keyId, round, entries } = parsed.stamp;
      const same =
        entries.size === stamp.entries.size && [...stamp.entries].every(([key, each]) => entries.get(key) === each);
      return same && keyId === stamp.keyId && round === stamp.round && formatStamp(parsed.stamp) === formatStamp(stamp);
    }),
  );
  t.pass();
});

t.test("parseStamp() never throws", async (t) => {
  const known = ["stamp", "newer", "malformed"];
  const mangled = fc.tuple(stamps, fc.nat(), fc.string({ maxLength: 3 })).map(([stamp, at, extra]) => {
    const text = formatStamp(stamp);
    return text.slice(0, at % (text.length + 1)) + extra + text.slice((at % (text.length + 1)) + 1);
  });
  fc.assert(fc.property(fc.oneof(fc.string(), mangled), (text) => known.includes(parseStamp(text).is)));
  t.pass();
});
