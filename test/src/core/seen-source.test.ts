import t from "tap";
import { seenSource } from "../../../src/core/seen-source.ts";

const created = "2026-01-01T00:00:00Z";
const later = "2026-01-01T00:10:00Z";
const latest = "2026-01-01T00:20:00Z";

t.test("seenSource() keeps identity, version and hashes, and no value", async (t) => {
  const metadata = { name: "app", uid: "u1", resourceVersion: "42", creationTimestamp: created };
  const seen = seenSource("ConfigMap", { metadata, data: { a: "the-value" } });
  t.match(seen, { uid: "u1", version: 42, ignored: false, writtenAt: Date.parse(created) });
  t.strictSame([...seen.content.keys()], ["a"]);
  t.notMatch(JSON.stringify([...seen.content]), /the-value/);
});

t.test("seenSource() takes the latest time at which data was written", async (t) => {
  const managedFields = [
    { time: later, fieldsV1: { "f:data": {} } },
    { time: latest, fieldsV1: { "f:metadata": {} } },
    { time: created, fieldsV1: { "f:binaryData": {} } },
  ];
  t.equal(
    seenSource("ConfigMap", { metadata: { creationTimestamp: created, managedFields } }).writtenAt,
    Date.parse(later),
  );
});

t.test("seenSource() reads the wish to be ignored", async (t) => {
  const ignored = (value: string): boolean =>
    seenSource("Secret", { metadata: { annotations: { "restamp.dev/ignore": value } } }).ignored;
  t.strictSame(["true", "false", ""].map(ignored), [true, false, true], "what cannot be read is heeded");
});

t.test("seenSource() survives an object that says nothing", async (t) => {
  t.match(seenSource("Secret", {}), { uid: "", version: Number.NaN, writtenAt: 0, ignored: false });
});
