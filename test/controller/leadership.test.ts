import t from "tap";
import { dropDeleted, type LeadershipDeps, lead } from "../../controller/leadership.ts";
import { createLedger } from "../../controller/ledger.ts";
import { ownObjects } from "../../controller/own-objects.ts";
import { createWorkloadStore } from "../../controller/workload-store.ts";
import { readWorkload, type Workload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { defaultOptions } from "../../src/options/load.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { engineBench } from "../helpers/engine-bench.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

const kinds = createWorkloadKinds();

function job(name: string, namespace = "shop"): Workload {
  const kind = kinds.find("batch", "Job");
  if (kind === undefined) throw new Error("Cannot test: there is no such kind");
  const metadata = { name, namespace, uid: `uid-of-${name}`, resourceVersion: "7" };
  return readWorkload(kind, { metadata, spec: { template: { spec: { containers: [] } } } });
}

t.test("a standby collects no keys, and a new leader looks at every workload that is there", async (t) => {
  const { engine, ledger, queue } = await engineBench(t);
  const jobs = Array.from({ length: 1_000 }, (_, index) => job(`job-${index}`));
  const [first] = jobs;
  if (first === undefined) throw new Error("There is no Job");
  const handler = engine.store.handler(first.kind, undefined);
  for (const each of jobs) handler.event("added", each);
  for (const each of jobs.slice(3)) handler.event("deleted", each);
  t.equal(queue.depth(), 0);

  const looked: string[] = [];
  const deps: LeadershipDeps = {
    ...{ engine, ledger, queue, kinds, log: createRecordingLog(), stale: new Map(), counted: () => undefined },
    watches: { isComplete: () => true },
    async reconcile(key) {
      looked.push(key);
      return { is: "unchanged" };
    },
  };
  for (const turn of ["first", "second"]) {
    const leadership = new AbortController();
    const leading = lead(deps, 2, leadership.signal);
    await waitFor(() => looked.length >= 3, { intervalMs: 5, describe: "the Jobs to be looked at" });
    handler.event("added", job("late"));
    await waitFor(() => looked.length >= 4, { intervalMs: 5, describe: "the new Job to be looked at" });
    leadership.abort();
    await leading;
    const keys = ["job-0", "job-1", "job-2", "late"].map((name) => `Job.batch/shop/${name}`);
    t.strictSame(looked.splice(0).sort(), keys, `the ${turn} time`);
    handler.event("deleted", job("late"));
    t.equal(queue.depth(), 0, "a former leader is a standby again");
  }
});

t.test("entries of what was deleted go, those of namespaces that are not watched stay", async (t) => {
  const plane = await startControlPlane();
  const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
  t.teardown(async () => {
    await api.close();
    await plane.stop();
  });
  const { signal } = new AbortController();
  const log = createRecordingLog();
  const frame = { log: createLogger({ level: "error", format: "json", version: "0", pod: "test" }), clock: Date };
  const [alive, deleted, elsewhere] = [job("alive", "a"), job("deleted", "a"), job("elsewhere", "b")];

  for (const given of [{ watchNamespaces: ["a"] }, { namespacesToIgnore: ["b"] }]) {
    const ledgerName = `ledger-${Object.keys(given)[0]?.toLowerCase()}`;
    const whole = createLedger({ api, log }, { namespace: "default", name: ledgerName, intervalMs: 1_000 });
    for (const workload of [alive, deleted, elsewhere]) {
      whole.record(
        { key: `Job.batch/${workload.namespace}/${workload.name}`, workload },
        "v1:key;configmap/app=digest",
      );
    }
    await whole.flush(signal);

    const options = defaultOptions("controller", { namespace: "default", ledgerName, ...given });
    const { ledger } = ownObjects(options, { api, frame });
    await ledger.load(signal);
    const store = createWorkloadStore({ now: () => 0, onChange: () => undefined, onGone: () => undefined });
    store.handler(alive.kind, undefined).event("added", alive);
    dropDeleted({ kinds, engine: { store }, ledger, watches: { isComplete: () => true } });
    await ledger.flush(signal);

    await whole.load(signal);
    t.strictSame([...whole.entries().keys()].sort(), [alive.uid, elsewhere.uid].sort(), JSON.stringify(given));
  }
});
