import t from "tap";
import { observeSource, type PresentSource, type SeenSource } from "../../../src/core/source-state.ts";

const seen = (version: number, sha256: string): SeenSource => ({
  uid: "u1",
  version,
  content: new Map([["key", { sha256, binary: false }]]),
  writtenAt: 0,
  ignored: false,
});
const since = (state: PresentSource) => state.history.get("key")?.since;

t.test(
  "observeSource() claims content since the earliest version from which it was followed without a gap",
  async (t) => {
    const first = observeSource(undefined, seen(10, "A"), undefined);
    t.equal(since(first), 10);
    t.equal(since(observeSource(first, seen(10, "A"), undefined)), 10, "the same version read again");
    t.equal(since(observeSource(first, seen(20, "A"), 20)), 10, "a change of metadata, read as reported");
    t.equal(since(observeSource(first, seen(30, "A"), 20)), 30, "a version in between was never read");
    t.equal(since(observeSource(first, seen(30, "A"), undefined)), 30, "found by a list");
    t.equal(since(observeSource(first, seen(20, "B"), 20)), 20, "other content");
  },
);

t.test("observeSource() knows the first content only of a creation that was watched", async (t) => {
  const appearedAt = (state: PresentSource) => state.appearedAt;
  t.equal(appearedAt(observeSource({ is: "absent" }, seen(10, "A"), 10)), 10);
  t.equal(appearedAt(observeSource({ is: "absent" }, seen(20, "A"), 10)), 0, "it has changed since");
  t.equal(appearedAt(observeSource({ is: "unknown", reason: "" }, seen(10, "A"), 10)), 0, "it may have been there");
});
