import fc from "fast-check";
import t from "tap";
import type { CurrentEntry } from "../../../src/core/current-entry.ts";
import { decide, type Evidence } from "../../../src/core/decision.ts";

const entry = "secret/app-1";
const pattern = "secret/app-*";
const there = (digest: string, first = false): CurrentEntry => ({ is: "present", digest, since: 10, first });
const gone: CurrentEntry = { is: "absent", required: false, what: "it" };
const needed: CurrentEntry = { is: "absent", required: true, what: "it" };
const unread: CurrentEntry = { is: "unknown", reason: "forbidden" };

/** Of one entry: what is recorded and what is there. */
function evidence(before: string | undefined, current: CurrentEntry, more: Partial<Evidence> = {}): Evidence {
  return {
    record: before === undefined ? undefined : { keyId: "k1", entries: new Map([[entry, before]]) },
    inherited: false,
    current: new Map([[entry, current]]),
    provenance: { kind: "existed" },
    oneSequence: true,
    ignored: new Set(),
    heeded: new Set(),
    writtenAt: () => 2_000,
    ...more,
  };
}

interface Case {
  readonly title: string;
  readonly before: string | undefined;
  readonly current: CurrentEntry;
  readonly more: Partial<Evidence>;
  readonly rolls?: "changed" | "appeared" | "disappeared";
  /** What is known of the pods afterwards, if that is news. */
  readonly runs?: string;
}

const record = { onAppear: "record" } as const;
const roll = { onDisappear: "roll" } as const;
const outdated = { outdated: new Set([entry]) };

const cases: readonly Case[] = [
  { title: "appears: it rolls", before: "absent", current: there("A"), more: {}, rolls: "appeared" },
  {
    title: "appears: it rolls if asked for",
    before: "absent",
    current: there("A"),
    more: { onAppear: "roll" },
    rolls: "appeared",
  },
  { title: "appears: it is recorded if asked for", before: "absent", current: there("A"), more: record, runs: "A" },
  {
    title: "changes: it rolls, whatever becomes of what appears",
    before: "A",
    current: there("B"),
    more: record,
    rolls: "changed",
  },
  {
    title: "has come back with other content: it rolls, whatever becomes of what appears",
    before: "A",
    current: there("B", true),
    more: { ...record, ...roll },
    rolls: "changed",
  },
  { title: "is known to be older: it rolls", before: "stale", current: there("A"), more: record, rolls: "changed" },
  { title: "disappears: nothing", before: "A", current: gone, more: {} },
  { title: "disappears: nothing if asked for", before: "A", current: gone, more: { onDisappear: "keep" } },
  { title: "disappears: it rolls if asked for", before: "A", current: gone, more: roll, rolls: "disappeared" },
  {
    title: "disappears and is required: that is told, and to roll would be in vain",
    before: "A",
    current: needed,
    more: roll,
    rolls: "disappeared",
  },
  { title: "is absent as before: nothing", before: "absent", current: gone, more: roll },
  { title: "was never known and is absent: nothing", before: undefined, current: gone, more: roll, runs: "absent" },
  { title: "could not be read and is absent: nothing", before: "unknown", current: gone, more: roll, runs: "absent" },
  { title: "cannot be read: nothing", before: "A", current: unread, more: roll },
  {
    title: "is seen for the first time, and something tells that pods run with older content: it rolls",
    before: undefined,
    current: there("A"),
    more: outdated,
    rolls: "changed",
    runs: "stale",
  },
  {
    title: "is seen for the first time, and nothing tells that of it: it is adopted",
    before: undefined,
    current: there("A"),
    more: { outdated: new Set(["secret/other"]) },
    runs: "A",
  },
  { title: "is recorded, which is what counts", before: "A", current: there("A"), more: outdated },
  { title: "is outdated and gone: nothing", before: undefined, current: gone, more: outdated, runs: "absent" },
];
for (const { title, before, current, more, rolls, runs } of cases) {
  t.test(`decide() of a source that ${title}`, async (t) => {
    const decision = decide(evidence(before, current, more));
    t.same({ rolls: decision.changes.map(({ how }) => how)[0], runs: decision.learned?.get(entry) }, { rolls, runs });
    t.same(decision.missing, current.is === "absent" && current.required ? ["it"] : []);
  });
}

const marker: CurrentEntry = { is: "present", digest: "M", since: 0, first: false };

/** A pattern that is recorded with the value, beside the source that it matches. */
function ofPattern(value: string | undefined, current: CurrentEntry, more: Partial<Evidence> = {}): Evidence {
  const recorded = new Map(value === undefined ? [] : [[pattern, value]]);
  return evidence("", current, {
    record: { keyId: "k1", entries: recorded },
    current: new Map([[pattern, marker]]).set(entry, current),
    patternOf: new Map([[entry, pattern]]),
    ...more,
  });
}

t.test("decide() rolls what comes to match a pattern that was known", async (t) => {
  const decision = decide(ofPattern("M", there("A")));
  t.same(decision.changes, [{ entry, how: "appeared" }]);
  t.equal(decision.learned?.get(entry), "absent", "until then it was absent");
  t.match(decide(ofPattern("M", there("A"), record)), { changes: { length: 0 } }, "unless it is to be recorded");
  t.equal(decide(ofPattern("M", there("A"), record)).learned?.get(entry), "A");
});

t.test("decide() takes what matches a pattern that was not known as it is", async (t) => {
  const decision = decide(ofPattern(undefined, there("A")));
  t.same(decision.changes, []);
  t.same(
    [...(decision.learned ?? [])],
    [
      [pattern, "M"],
      [entry, "A"],
    ],
  );
});

t.test("decide() tells one change where one entry stood for all that a pattern matched", async (t) => {
  const decision = decide(ofPattern("C", there("A")));
  t.same(decision.changes, [{ entry: pattern, how: "changed" }]);
});

t.test("decide() asks the pattern only where the source itself is not recorded", async (t) => {
  const entries = new Map([[pattern, "M"]]).set(entry, "A");
  const decision = decide(ofPattern("M", there("A"), { record: { keyId: "k1", entries } }));
  t.same(decision, { changes: [], missing: [], unreadable: [], learned: undefined });
});

const value = fc.constantFrom("A", "B", "absent", "unknown", "stale", undefined);
const current = fc.constantFrom(there("A"), there("B", true), gone, needed, unread);
const options = fc.record({
  onAppear: fc.constantFrom("roll" as const, "record" as const),
  onDisappear: fc.constantFrom("roll" as const, "keep" as const),
});

t.test("decide() rolls for what appears or disappears where it is asked for, and nowhere else", async () => {
  fc.assert(
    fc.property(value, current, options, (before, now, how) => {
      const rolls = decide(evidence(before, now, how)).changes.map((change) => change.how);
      const may = { appeared: how.onAppear === "roll", disappeared: how.onDisappear === "roll", changed: true };
      return rolls.every((each) => may[each]);
    }),
  );
});

t.test("decide() has nothing more to say of what was carried out, whatever is asked for", async () => {
  fc.assert(
    fc.property(value, current, options, (before, now, how) => {
      const { changes } = decide(evidence(before, now, how));
      if (changes.length === 0) return true;
      // A restart records what is there.
      const after = now.is === "present" ? now.digest : "absent";
      return decide(evidence(after, now, how)).changes.length === 0;
    }),
  );
});
