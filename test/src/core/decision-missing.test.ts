import t from "tap";
import type { CurrentEntry } from "../../../src/core/current-entry.ts";
import { type Decision, decide, type Provenance } from "../../../src/core/decision.ts";

// A required source that is missing: pods wait for it, or have started before it went.

const entry = "secret/db";
const needed: CurrentEntry = { is: "absent", required: true, what: "it" };
const first: CurrentEntry = { is: "present", digest: "A", since: 10, first: true };

function decided(before: string | undefined, current: CurrentEntry, provenance: Provenance): Decision {
  return decide({
    record: before === undefined ? undefined : { keyId: "k1", entries: new Map([[entry, before]]) },
    inherited: false,
    current: new Map([[entry, current]]),
    provenance,
    oneSequence: true,
    ignored: new Set(),
    heeded: new Set(),
    writtenAt: () => 2_000,
    onDisappear: "roll",
  });
}

const watched: Provenance = { kind: "watched", since: 20, former: false };
const unseen: readonly Provenance[] = [
  { kind: "existed" },
  { kind: "unwatched", createdAt: 1_000 },
  { kind: "found", createdAt: 1_000 },
  { kind: "returned", at: 1_000 },
];

t.test("decide() knows that pods wait for what was missing when they came", async (t) => {
  const { changes, missing, learned } = decided(undefined, needed, watched);
  t.strictSame([changes, missing, learned?.get(entry)], [[], ["it"], "absent"]);
  t.strictSame(decided("absent", first, watched).changes, [], "and records what they have been waiting for");
});

for (const provenance of unseen) {
  t.test(
    `decide() does not know what pods have that may have started before it went: ${provenance.kind}`,
    async (t) => {
      const { changes, missing, learned } = decided(undefined, needed, provenance);
      t.strictSame([changes, missing, learned?.get(entry)], [[], ["it"], "stale"]);
      t.strictSame(decided("stale", needed, provenance).changes, [], "nor whether it was there");
      t.strictSame(
        decided("stale", first, provenance).changes,
        [{ entry, how: "changed" }],
        "so they roll when it is back",
      );
    },
  );
}
