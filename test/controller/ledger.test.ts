import { setImmediate } from "node:timers/promises";
import t from "tap";
import { createLedger, type Ledger } from "../../controller/ledger.ts";
import type { TrackedWorkload } from "../../controller/workload-store.ts";
import { ClusterError } from "../../src/core/errors.ts";
import type { ApiClient, ApiRequest } from "../../src/core/ports.ts";
import { shardOf } from "../../src/core/shard.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient } from "../controlplane/kube.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

// What controllers that share a cluster do with one ledger; that nothing recorded is lost is shown by test/e2e.

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
t.teardown(() => api.close());
const { signal } = new AbortController();
const namespaces = Array.from({ length: 40 }, (_, index) => `team-${index}`);
let ledgers = 0;

/** Of shard `index` of two. */
function ledgerOf(index: number, name: string, client: ApiClient = api): Ledger & { readonly log: readonly object[] } {
  const log = createRecordingLog();
  const isOwn = (namespace: string): boolean => shardOf(namespace, 2) === index;
  const options = { namespace: "default", name, intervalMs: 1_000, isOwn };
  return { ...createLedger({ api: client, log }, options), log: log.lines };
}

/** Records something about a workload in each of the shard's namespaces; returns their uids. */
function fill(ledger: Ledger, index: number): string[] {
  return namespaces
    .filter((namespace) => shardOf(namespace, 2) === index)
    .map((namespace) => {
      const uid = crypto.randomUUID();
      const tracked = { key: `Deployment.apps/${namespace}/app`, workload: { uid, template: { hash: "h" } } };
      ledger.record(tracked as TrackedWorkload, "v1:key;configmap/app=digest");
      return uid;
    });
}

/** Writes a ledger of the first shard; returns the uids in it. */
async function written(name: string): Promise<readonly string[]> {
  const ledger = ledgerOf(0, name);
  const uids = fill(ledger, 0);
  await ledger.flush(signal);
  return uids;
}

const uidsOf = (ledger: Ledger): string[] => [...ledger.entries().keys()].sort();

t.test("two shards that both find no ConfigMap make one, and both have written", async (t) => {
  const name = `ledger-${ledgers++}`;
  const other = ledgerOf(1, name);
  const theirs = fill(other, 1);
  let creations = 0;
  const late: ApiClient = {
    ...api,
    async request(request) {
      // At the latest possible moment, the other shard is first.
      if (request.method === "POST" && creations++ === 0) await other.flush(signal);
      return await api.request(request);
    },
  };
  const one = ledgerOf(0, name, late);
  const ours = fill(one, 0);
  await one.flush(signal);
  t.ok(creations > 0, "the race took place");

  const read = [ledgerOf(0, name), ledgerOf(1, name)];
  await Promise.all(read.map((each) => each.load(signal)));
  t.strictSame(read.map(uidsOf), [ours.sort(), theirs.sort()], "nothing is lost, and each loads its own alone");
});

t.test("what a load that failed reads late does not stand over what was learned since", async (t) => {
  const name = `ledger-${ledgers++}`;
  const uids = await written(name);
  const late = Promise.withResolvers<void>();
  const answered: Promise<unknown>[] = [];
  let loads = 0;
  const flaky: ApiClient = {
    ...api,
    async request<T>(request: ApiRequest): Promise<T> {
      if (loads > 1) return await api.request<T>(request);
      if (request.path.endsWith("-0")) throw new ClusterError("unavailable", "refused");
      const answer = late.promise.then(() => api.request<T>(request));
      answered.push(answer);
      return await answer;
    },
  };
  const ledger = ledgerOf(0, name, flaky);
  loads++;
  await t.rejects(ledger.load(signal), { code: "unavailable" });
  loads++;
  await ledger.load(signal);
  for (const uid of uids) ledger.forget(uid);
  late.resolve();
  await Promise.allSettled(answered);
  await setImmediate();
  t.strictSame(uidsOf(ledger), []);
});

t.test("an entry that is forgotten is gone, those of other shards stay", async (t) => {
  const name = `ledger-${ledgers++}`;
  const all = [ledgerOf(0, name), ledgerOf(1, name)] as const;
  const [ours = "", theirs] = [fill(all[0], 0)[0], fill(all[1], 1)];
  await Promise.all(all.map((each) => each.flush(signal)));
  all[0].forget(ours);
  await all[0].flush(signal);
  const everything = createLedger(
    { api, log: createRecordingLog() },
    { namespace: "default", name, intervalMs: 1_000 },
  );
  await everything.load(signal);
  t.equal(everything.entries().size, namespaces.length - 1);
  t.equal(everything.find(ours), undefined);
  t.ok(theirs.every((uid) => everything.find(uid) !== undefined));
});

t.test("an entry that cannot be read is told, and taken as none", async (t) => {
  const name = `ledger-${ledgers++}`;
  const broken = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${name}-3`, namespace: "default" } };
  await kube.create({ ...broken, data: { "some-uid": "edited by hand" } });
  const ledger = ledgerOf(0, name);
  await ledger.load(signal);
  t.match(ledger.log, [{ level: "warn", fields: { ledger: `${name}-3`, uid: "some-uid" } }]);
  t.equal(ledger.entries().size, 0);
});
