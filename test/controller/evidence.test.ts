import t from "tap";
import { createAdvances } from "../../controller/advances.ts";
import { provenanceOf, recordOf } from "../../controller/evidence.ts";
import type { Sighting, TrackedWorkload } from "../../controller/workload-store.ts";
import type { LedgerEntry, LedgerRecord } from "../../src/core/ledger-entry.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { workloadKinds } from "../../src/core/workload-kinds.ts";

const [deployments] = workloadKinds;
if (deployments === undefined) throw new Error("No kinds");

const stamp = (letter: string) => `v1:k1;secret/db=${letter.repeat(22)}`;

/** A workload whose template has the stamp, if any. */
const workloadWith = (text?: string) => {
  const annotations = text === undefined ? {} : { "restamp.dev/stamp": text };
  return readWorkload(deployments, {
    metadata: { namespace: "shop", name: "cart", uid: "u", creationTimestamp: "2026-01-01T00:00:10Z" },
    spec: { template: { metadata: { annotations }, spec: {} } },
  });
};

function tracked(text?: string, more: Partial<TrackedWorkload> = {}): TrackedWorkload {
  return {
    key: "Deployment.apps/shop/cart",
    workload: workloadWith(text),
    sighting: { by: "list" },
    former: new Set(),
    sinceCreation: false,
    conclusion: undefined,
    unrest: undefined,
    changedKeys: new Map(),
    pace: undefined,
    advances: createAdvances(),
    left: undefined,
    writtenIn: 0,
    ignored: new Set(),
    ...more,
  };
}

const bare = workloadWith().template?.hash ?? "";
const stamped = workloadWith(stamp("A")).template?.hash ?? "";

function ledger(...records: readonly LedgerRecord[]): LedgerEntry {
  return { workload: "Deployment.apps/shop/cart", released: false, records };
}

const conclusion = (letter: string, of: { hash?: string; stamp?: string }) => ({
  conclusion: { hash: of.hash ?? "before", stamp: of.stamp, text: stamp(letter) },
});

/** `want`: which record counts, by the letter of its digest, or what else is said. `of`: the template before. */
const records = [
  { title: "nothing", tracked: tracked(), want: "nothing" },
  { title: "the stamp", tracked: tracked(stamp("A")), want: "A" },
  {
    title: "the ledger's of this template before the stamp",
    tracked: tracked(stamp("A")),
    entry: ledger({ hash: stamped, text: stamp("B") }),
    want: "B",
  },
  {
    title: "the stamp where the ledger refers to it",
    tracked: tracked(stamp("A")),
    entry: ledger({ hash: stamped, text: "" }, { hash: "older", text: stamp("B") }),
    want: "A",
  },
  {
    title: "what was concluded about this template",
    tracked: tracked(stamp("A"), conclusion("B", { hash: stamped, stamp: stamp("A") })),
    want: "B",
  },
  {
    title: "what was concluded about the template before, if that had the same stamp",
    tracked: tracked(stamp("A"), conclusion("B", { stamp: stamp("A") })),
    want: "B of the one before",
  },
  {
    title: "what was concluded about the template before, if this one has no stamp",
    tracked: tracked(undefined, conclusion("B", { stamp: stamp("A") })),
    want: "B of the one before",
  },
  {
    title: "the stamp, if the template before had another",
    tracked: tracked(stamp("A"), conclusion("B", { stamp: stamp("C") })),
    want: "A",
  },
  {
    title: "the ledger's of the template before, if this one has no stamp",
    tracked: tracked(),
    entry: ledger({ hash: "before", text: stamp("B") }),
    want: "B of the one before",
  },
  {
    title: "nothing of the template in between, if this one is back",
    tracked: tracked(undefined, { ...conclusion("B", {}), former: new Set([bare]) }),
    entry: ledger({ hash: "before", text: stamp("B") }),
    want: "nothing",
  },
  { title: "adopt what was seen outside", tracked: tracked(stamp("A"), { left: "workload" }), want: "adopt" },
  { title: "adopt what no stamp can say", tracked: tracked("abc"), want: "adopt, malformed" },
  { title: "leave what a later release wrote", tracked: tracked("v2:other"), want: "newer" },
];

for (const { title, tracked, entry, want } of records) {
  const found = recordOf(tracked, entry);
  const shown = {
    record: () => `${letterOf(found)}${found.is === "record" && found.inherited ? " of the one before" : ""}`,
    adopt: () => (found.is === "adopt" && found.malformed ? "adopt, malformed" : "adopt"),
    nothing: () => "nothing",
    newer: () => "newer",
  }[found.is]();
  t.equal(shown, want, `recordOf() is ${title}`);
}

function letterOf(found: ReturnType<typeof recordOf>): string {
  return found.is === "record" ? (found.stamp.entries.get("secret/db")?.[0] ?? "") : "";
}

const createdAt = Date.parse("2026-01-01T00:00:10Z");
const watch = (newPods = false): Sighting => ({ by: "watch", since: 7, newPods });
const watched = (former: boolean) => ({ kind: "watched", since: 7, former });
const provenances = [
  {
    title: "a creation that was watched",
    tracked: tracked(undefined, { sighting: watch(true) }),
    want: watched(false),
  },
  {
    title: "a change of a workload known since its creation",
    tracked: tracked(undefined, { sighting: watch(), sinceCreation: true }),
    want: watched(false),
  },
  {
    title: "a change of a workload found in a list, which had no other pods than those of the template before",
    tracked: tracked(undefined, { sighting: watch(true) }),
    want: watched(false),
  },
  {
    title: "a change of a workload found in a list, during a rollout",
    tracked: tracked(undefined, { sighting: watch() }),
    want: watched(true),
  },
  {
    title: "a change of a workload found in a list, whose pods are a Rollout's",
    tracked: tracked(undefined, { sighting: watch(true) }),
    isLent: true,
    want: watched(true),
  },
  {
    title: "a change of a workload during a rollout, where the ledger may not know every template that it had",
    tracked: tracked(undefined, { sighting: watch() }),
    entry: ledger({ hash: "before", text: "" }),
    want: watched(true),
  },
  {
    title: "the return of a template that the ledger knows",
    tracked: tracked(undefined, { sighting: watch(), sinceCreation: true }),
    entry: ledger({ hash: "before", text: "" }, { hash: bare, text: "" }),
    want: watched(true),
  },
  {
    title: "the return of a template that this process has seen",
    tracked: tracked(undefined, { sighting: watch(), sinceCreation: true, former: new Set([bare]) }),
    want: watched(true),
  },
  { title: "a stamped workload in a list", tracked: tracked(stamp("A")), want: { kind: "unwatched", createdAt } },
  {
    title: "a workload in a list that the ledger knows",
    tracked: tracked(),
    entry: ledger({ hash: "before", text: "" }),
    want: { kind: "unwatched", createdAt },
  },
  {
    title: "a workload older than restamp's reach",
    tracked: tracked(),
    reach: createdAt + 1,
    want: { kind: "existed" },
  },
  { title: "a workload that came while nobody watched", tracked: tracked(), want: { kind: "found", createdAt } },
  {
    title: "a workload that was outside for a time",
    tracked: tracked(stamp("A"), { sighting: watch() }),
    entry: { ...ledger({ hash: stamped, text: "" }), released: true },
    reach: 5,
    want: { kind: "returned", at: 5 },
  },
];
for (const { title, tracked, entry, reach: reachSince = createdAt, isLent = false, want } of provenances) {
  t.same(provenanceOf(tracked, { entry, reachSince, isLent }), want, `provenanceOf() knows ${title}`);
}
