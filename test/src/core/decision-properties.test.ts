import fc from "fast-check";
import t from "tap";
import type { CurrentEntry } from "../../../src/core/current-entry.ts";
import { decide, type Evidence, type Provenance } from "../../../src/core/decision.ts";

const unwatched: Provenance = { kind: "unwatched", createdAt: 1_000 };
const existed: Provenance = { kind: "existed" };
const found: Provenance = { kind: "found", createdAt: 1_000 };
const returned: Provenance = { kind: "returned", at: 1_000 };
const gone: CurrentEntry = { is: "absent", required: false, what: "it" };
const needed: CurrentEntry = { is: "absent", required: true, what: "it" };
const unread: CurrentEntry = { is: "unknown", reason: "forbidden" };

const values = fc.constantFrom("A", "B", "C", "absent", "unknown", "stale");
const currents: fc.Arbitrary<CurrentEntry> = fc.oneof(
  fc.record({
    is: fc.constant("present" as const),
    digest: fc.constantFrom("A", "B", "C"),
    since: fc.nat(50),
    first: fc.boolean(),
  }),
  fc.constantFrom(gone, needed, unread),
);
const provenances: fc.Arbitrary<Provenance> = fc.oneof(
  fc.record({ kind: fc.constant("watched" as const), since: fc.nat(50), former: fc.boolean() }),
  fc.constantFrom(existed, unwatched, found, returned),
);
const names = fc.constantFrom("secret/a", "secret/b", "configmap/c");
const evidences: fc.Arbitrary<Evidence> = fc.record({
  record: fc.option(
    fc.array(fc.tuple(names, values)).map((entries) => ({ keyId: "k1", entries: new Map(entries) })),
    { nil: undefined },
  ),
  inherited: fc.boolean(),
  current: fc.array(fc.tuple(names, currents)).map((entries) => new Map(entries)),
  provenance: provenances,
  oneSequence: fc.boolean(),
  ignored: fc.constant(new Set<string>()),
  heeded: fc.subarray(["secret/a", "secret/b"]).map((entries) => new Set(entries)),
  writtenAt: fc.nat(2_000).map((time) => () => time),
});

/** The changed entries, with what was and is known of each. */
function changed(given: Evidence) {
  return decide(given).changes.map(({ entry }) => ({
    before: given.record?.entries.get(entry),
    current: given.current.get(entry),
  }));
}

t.test("decide() never rolls content that equals the record", async () => {
  fc.assert(
    fc.property(evidences, (given) =>
      changed(given).every(({ before, current }) => current?.is !== "present" || current.digest !== before),
    ),
  );
});

t.test("decide() never rolls because something disappeared or could not be read", async () => {
  fc.assert(fc.property(evidences, (given) => changed(given).every(({ current }) => current?.is === "present")));
});

t.test("decide() always rolls different content of a template that nobody watched", async () => {
  const unseen = evidences.map((given) => ({ ...given, provenance: unwatched, heeded: new Set<string>() }));
  fc.assert(
    fc.property(unseen, (given) => {
      const rolled = new Set(decide(given).changes.map(({ entry }) => entry));
      return [...given.current].every(([entry, current]) => {
        const before = given.record?.entries.get(entry);
        const isKnown = before !== undefined && !["absent", "unknown"].includes(before);
        return !isKnown || current.is !== "present" || current.digest === before || rolled.has(entry);
      });
    }),
  );
});

t.test("decide() has nothing more to say once it has been told what it learned", async () => {
  const due = (given: Evidence) =>
    decide(given)
      .changes.map(({ entry }) => entry)
      .sort()
      .join();
  fc.assert(
    fc.property(evidences, (given) => {
      const { learned } = decide(given);
      if (learned === undefined) return true;
      const told = { ...given, record: { keyId: "k1", entries: learned }, inherited: false, heeded: new Set<string>() };
      // What is due stays due until it is rolled; nothing else becomes it.
      return due(told) === due(given);
    }),
  );
});
