import t from "tap";
import type { CurrentEntry } from "../../../src/core/current-entry.ts";
import { type Decision, decide, type Evidence, type Provenance } from "../../../src/core/decision.ts";

const entry = "secret/db";
const other = "configmap/flags";

const there = (digest: string, more: { since?: number; first?: boolean } = {}): CurrentEntry => {
  const { since = 10, first = false } = more;
  return { is: "present", digest, since, first };
};
const gone: CurrentEntry = { is: "absent", required: false, what: "it" };
const needed: CurrentEntry = { is: "absent", required: true, what: "it" };
const unread: CurrentEntry = { is: "unknown", reason: "forbidden" };

const watched = (since: number, former = false): Provenance => ({ kind: "watched", since, former });
const existed: Provenance = { kind: "existed" };
const unwatched: Provenance = { kind: "unwatched", createdAt: 1_000 };
const found: Provenance = { kind: "found", createdAt: 1_000 };
const returned: Provenance = { kind: "returned", at: 1_000 };

/** What is the same in most cases; the one entry has the value `before` in the record, and none if there is no record. */
function evidence(before: string | undefined, current: CurrentEntry, more: Partial<Evidence> = {}): Evidence {
  return {
    record: before === undefined ? undefined : { keyId: "k1", entries: new Map([[entry, before]]) },
    inherited: false,
    current: new Map([[entry, current]]),
    provenance: unwatched,
    oneSequence: true,
    ignored: new Set(),
    heeded: new Set(),
    writtenAt: () => 2_000,
    ...more,
  };
}

/** `rolls`: how it changed, or nothing. `runs`: what is known of the pods afterwards, or nothing new. */
interface Case {
  readonly title: string;
  readonly before: string | undefined;
  readonly current: CurrentEntry;
  readonly more?: Partial<Evidence>;
  readonly rolls?: "changed" | "appeared";
  readonly runs?: string;
}

const recorded: readonly Case[] = [
  { title: "leaves equal content", before: "A", current: there("A") },
  { title: "rolls changed content", before: "A", current: there("B"), rolls: "changed" },
  { title: "records an absence that became known", before: "unknown", current: gone, runs: "absent" },
  { title: "takes what has become readable as it is", before: "unknown", current: there("B"), runs: "B" },
  {
    title: "rolls what has become readable if it was written after the template",
    before: "unknown",
    current: there("B", { since: 30 }),
    more: { provenance: watched(20) },
    rolls: "changed",
    runs: "stale",
  },
  {
    title: "takes what has become readable as it is if it was written before the template",
    before: "unknown",
    current: there("B"),
    more: { provenance: watched(20) },
    runs: "B",
  },
  { title: "does not roll what cannot be read", before: "A", current: unread },
  { title: "does not roll what has disappeared", before: "A", current: gone },
  { title: "does not roll what has disappeared and is required", before: "A", current: needed },
  { title: "leaves an absence", before: "absent", current: gone },
  { title: "rolls what appears", before: "absent", current: there("A"), rolls: "appeared" },
  {
    title: "records what pods have been waiting for",
    before: "absent",
    current: there("A", { first: true }),
    runs: "A",
  },
  {
    title: "rolls changed content, be it the first of a source that came back",
    before: "A",
    current: there("B", { first: true }),
    rolls: "changed",
  },
  { title: "rolls what is known to be older", before: "stale", current: there("A"), rolls: "changed" },
  {
    title: "records content that is older than the template",
    before: "A",
    current: there("B", { since: 10 }),
    more: { provenance: watched(20) },
    runs: "B",
  },
  {
    title: "rolls content that is newer than the template",
    before: "A",
    current: there("B", { since: 30 }),
    more: { provenance: watched(20) },
    rolls: "changed",
  },
  {
    title: "rolls content that is as old as the template: that cannot be",
    before: "A",
    current: there("B", { since: 20 }),
    more: { provenance: watched(20) },
    rolls: "changed",
  },
  {
    title: "rolls content that is older than a template that came back",
    before: "A",
    current: there("B"),
    more: { provenance: watched(20, true) },
    rolls: "changed",
  },
  {
    title: "rolls where versions cannot be compared",
    before: "A",
    current: there("B"),
    more: { provenance: watched(20), oneSequence: false },
    rolls: "changed",
  },
  {
    title: "records what was written outside restamp's reach",
    before: "A",
    current: there("B"),
    more: { provenance: returned, writtenAt: () => 999 },
    runs: "B",
  },
  {
    title: "rolls what was written within restamp's reach",
    before: "A",
    current: there("B"),
    more: { provenance: returned, writtenAt: () => 1_000 },
    rolls: "changed",
  },
  {
    title: "takes what is no longer ignored as it is",
    before: "A",
    current: there("B"),
    more: { heeded: new Set([entry]) },
    runs: "B",
  },
];

const unrecorded: readonly Case[] = [
  ...[existed, unwatched, found, returned, watched(20)].map((provenance) => ({
    title: `records an absence (${provenance.kind})`,
    before: undefined,
    current: gone,
    more: { provenance },
    runs: "absent",
  })),
  { title: "adopts what existed", before: undefined, current: there("A"), more: { provenance: existed }, runs: "A" },
  {
    title: "adopts content that is older than the workload that was watched",
    before: undefined,
    current: there("A", { since: 10 }),
    more: { provenance: watched(20) },
    runs: "A",
  },
  {
    title: "rolls content that is newer than the workload that was watched",
    before: undefined,
    current: there("A", { since: 30 }),
    more: { provenance: watched(20) },
    rolls: "changed",
    runs: "stale",
  },
  {
    title: "adopts the first content of what the pods have been waiting for",
    before: undefined,
    current: there("A", { since: 30, first: true }),
    more: { provenance: watched(20) },
    runs: "A",
  },
  {
    title: "adopts content that is older than the workload that was found",
    before: undefined,
    current: there("A"),
    more: { provenance: found, writtenAt: () => 999 },
    runs: "A",
  },
  {
    title: "rolls content of the second in which the workload was created",
    before: undefined,
    current: there("A"),
    more: { provenance: found, writtenAt: () => 1_000 },
    rolls: "changed",
    runs: "stale",
  },
  {
    title: "rolls content that is newer than the workload that nobody watched",
    before: undefined,
    current: there("A"),
    rolls: "changed",
    runs: "stale",
  },
  {
    title: "adopts what was written while the workload was outside",
    before: undefined,
    current: there("A"),
    more: { provenance: returned, writtenAt: () => 999 },
    runs: "A",
  },
];

function shown(decision: Decision) {
  return { rolls: decision.changes.map(({ how }) => how)[0], runs: decision.learned?.get(entry) };
}

for (const { title, before, current, more, rolls, runs } of [...recorded, ...unrecorded]) {
  const record = before === undefined ? "without a record" : `of ${before}`;
  t.test(`decide() ${record} ${title}`, async (t) => {
    const decision = decide(evidence(before, current, more));
    t.same(shown(decision), { rolls, runs });
    t.same(decision.missing, current.is === "absent" && current.required ? ["it"] : []);
    t.same(decision.unreadable, current.is === "unknown" ? ["forbidden"] : []);
  });
}

t.test("decide() adopts an entry that only one side has", async (t) => {
  const record = { keyId: "k1", entries: new Map([[other, "X"]]) };
  const decision = decide(evidence("A", there("A"), { record }));
  t.same(decision.changes, []);
  t.same([...(decision.learned ?? [])], [[entry, "A"]], "and drops what is no longer referred to");
});

t.test("decide() judges by the provenance what a template is the first to refer to", async (t) => {
  const record = { keyId: "k1", entries: new Map([[other, "X"]]) };
  const newer = decide(evidence("A", there("A", { since: 30 }), { record, inherited: true, provenance: watched(20) }));
  t.same(shown(newer), { rolls: "changed", runs: "stale" });
  const older = decide(evidence("A", there("A", { since: 10 }), { record, inherited: true, provenance: watched(20) }));
  t.same(shown(older), { rolls: undefined, runs: "A" });
});

const both = { keyId: "k1", entries: new Map([[entry, "A"]]).set(other, "X") };

t.test("decide() keeps what was recorded of a source that is ignored", async (t) => {
  const decision = decide(evidence("A", there("A"), { record: both, ignored: new Set([other, "secret/new"]) }));
  t.same(decision, { changes: [], missing: [], unreadable: [], learned: undefined });
});

t.test("decide() lets an unreadable entry hold up no other", async (t) => {
  const current = new Map([[other, there("Y")]]).set(entry, unread);
  const decision = decide(evidence("A", unread, { record: both, current }));
  t.same(decision.changes, [{ entry: other, how: "changed" }]);
});
