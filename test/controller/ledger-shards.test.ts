import t from "tap";
import { createLedger, type Ledger } from "../../controller/ledger.ts";
import { createLedgerShards, type LedgerChange } from "../../controller/ledger-shards.ts";
import type { TrackedWorkload } from "../../controller/workload-store.ts";
import { formatLedgerEntry, type LedgerEntry, parseLedgerEntry } from "../../src/core/ledger-entry.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
t.teardown(() => api.close());
const { signal } = new AbortController();
let ledgers = 0;

type ConfigMap = KubeObject & { data?: Record<string, string> };

/** A replica's ledger, by the name of its ConfigMaps. */
function replica(name: string, isLeader: () => boolean = () => true, now: () => number = Date.now) {
  const log = createRecordingLog();
  const options = { namespace: "default", name, intervalMs: 1_000 };
  return { ...createLedger({ api, log, isLeader, clock: { now } }, options), log: log.lines };
}

function record(ledger: Ledger, uid: string, text: string): void {
  const tracked = { key: "Deployment.apps/shop/app", workload: { uid, template: { hash: "h" } } };
  ledger.record(tracked as TrackedWorkload, text);
}

/** What is stored about a workload. */
async function stored(name: string, uid: string): Promise<string | undefined> {
  const reader = replica(name);
  await reader.load(signal);
  return reader.find(uid)?.records[0]?.text;
}

/** The only one of a ledger's ConfigMaps. */
async function onlyConfigMap(name: string): Promise<ConfigMap> {
  const all = await kube.list<ConfigMap>("/api/v1/namespaces/default/configmaps");
  const [found] = all.filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
  if (found === undefined) throw new Error(`"${name}" has no ConfigMap`);
  return { ...found, apiVersion: "v1", kind: "ConfigMap" };
}

/** Two replicas of which the first has led, both having seen "first"; the second has stored "newer" since. */
async function handedOver(isStillLeader: boolean) {
  const name = `ledger-${ledgers++}`;
  const [former, leader] = [replica(name, () => isStillLeader), replica(name)];
  record(former, "x", "first");
  await former.flush(signal);
  await leader.load(signal);
  record(former, "x", "old");
  record(leader, "x", "newer");
  await leader.flush(signal);
  return { name, former };
}

t.test("a former leader does not write over what the next one has written", async (t) => {
  const { name, former } = await handedOver(false);
  await former.flush(signal);
  t.equal(await stored(name, "x"), "newer");
  t.match(former.log, [{ level: "info", fields: { entries: 1 }, message: /Another leader/ }]);
  await former.flush(signal);
  t.equal(await stored(name, "x"), "newer", "nor later");
});

t.test("a leader writes over what a former one has written late", async (t) => {
  const { name, former } = await handedOver(true);
  await former.flush(signal);
  t.equal(await stored(name, "x"), "old");
});

for (const isLeader of [true, false]) {
  t.test(`of replicas with other entries, all are stored, leader or not: ${isLeader}`, async (t) => {
    const name = `ledger-${ledgers++}`;
    const uids = Array.from({ length: 40 }, (_, index) => `uid-${index}`);
    const [ours, theirs] = [replica(name, () => isLeader), replica(name)];
    for (const each of [ours, theirs]) await each.load(signal);
    for (const [index, uid] of uids.entries()) record(index % 2 === 0 ? ours : theirs, uid, "first");
    await theirs.flush(signal);
    await ours.flush(signal);
    const reader = replica(name);
    await reader.load(signal);
    t.strictSame([...reader.entries().keys()].sort(), uids.sort());
  });
}

t.test("a ConfigMap that somebody has deleted is made again", async (t) => {
  const name = `ledger-${ledgers++}`;
  const ledger = replica(name);
  record(ledger, "x", "first");
  await ledger.flush(signal);
  await kube.delete(await onlyConfigMap(name));
  record(ledger, "x", "second");
  await ledger.flush(signal);
  t.equal(await stored(name, "x"), "second");
});

const room = 2_000;
const filler = "x".repeat(1024 * 1024 - room);

const entry = (...lengths: number[]): LedgerEntry => ({
  workload: "Deployment.apps/shop/app",
  released: false,
  records: lengths.map((length, index) => ({ hash: `h${index}`, text: "s".repeat(length) })),
});

t.test("of what does not fit into a ConfigMap, as much as possible is written, deletions first", async (t) => {
  const name = `ledger-${ledgers++}`;
  const old = entry(1_000);
  const metadata = { name: `${name}-0`, namespace: "default" };
  const data = { filler: filler.slice(0, -1_200), old: formatLedgerEntry(old) };
  await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
  const shards = createLedgerShards(
    { api, log: createRecordingLog(), isLeader: () => true },
    { namespace: "default", name },
  );
  await shards.load(1, signal);
  const changes: readonly LedgerChange[] = [
    { uid: "huge", entry: entry(9_000), before: undefined },
    { uid: "small", entry: entry(100), before: undefined },
    { uid: "long", entry: entry(200, ...Array.from({ length: 10 }, () => 500)), before: undefined },
    { uid: "other", entry: entry(1_200), before: undefined },
    { uid: "old", entry: undefined, before: old },
  ];
  const refused = await shards.write(0, changes, signal);
  t.match(refused, { changes: [{ uid: "huge" }], reason: /Too long/ });
  t.equal(refused?.changes.length, 1);
  const { data: now = {} } = await onlyConfigMap(name);
  t.strictSame(Object.keys(now).sort(), ["filler", "long", "other", "small"]);
  t.equal(parseLedgerEntry(now["long"] ?? "")?.records.length, 1, "with the newest record alone");
});

t.test("what no ConfigMap has room for stays in memory, is told once, and is tried again later", async (t) => {
  const name = `ledger-${ledgers++}`;
  let time = 0;
  const ledger = replica(name, undefined, () => time);
  record(ledger, "x", "first");
  await ledger.flush(signal);
  const full = await onlyConfigMap(name);
  await kube.patch(full, { data: { filler } });
  record(ledger, "x", "s".repeat(2 * room));
  for (let round = 0; round < 3; round++) await ledger.flush(signal);
  t.match(ledger.log, [{ level: "warn", fields: { ledger: full.metadata.name, entries: 1, reason: /Too long/ } }]);
  t.equal(ledger.log.length, 1);
  t.equal(ledger.find("x")?.records[0]?.text.length, 2 * room);
  t.equal(await stored(name, "x"), "first");
  await kube.patch(full, { data: { filler: null } });
  await ledger.flush(signal);
  t.equal(await stored(name, "x"), "first", "not each second");
  time += 10 * 60_000;
  await ledger.flush(signal);
  t.equal((await stored(name, "x"))?.length, 2 * room);
});
