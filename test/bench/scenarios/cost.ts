import { type AuditEntry, readAuditLog } from "../../controlplane/audit-log.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import type { Install } from "../../helpers/install.ts";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import { startBareWatcher } from "../bare-watcher.ts";
import { type Bench, type Cluster, unpaced } from "../bench.ts";
import { everySoOften } from "../every-so-often.ts";
import type { Measurement } from "../measurement.ts";
import { coreShares } from "../process-figures.ts";
import { sumOf } from "../prometheus.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads, oneMore, type Workloads } from "../workloads.ts";

const subject = "restamp";
/** How often prom-client's monitor looks; its figures include that time. */
const monitorResolutionMs = 50;

/** Requests by the API server's audit log, CPU by the kernel, delay by Node. */
export const cost: Scenario = {
  name: "cost",
  title: "What a change costs",
  run: (bench) =>
    bench.withCluster({ audit: true }, async (cluster) => {
      // With the webhook: what is stamped needs no entry in the ledger.
      const install = await cluster.install({ webhook: "self-managed", controllers: 1, controllerArgs: unpaced });
      const [controller] = install.controllers;
      if (controller === undefined) throw new Error("There is no controller");
      const scene = { bench, cluster, install, controller };
      return [...(await fanOutCost(scene)), ...(await churnCost(scene))];
    }),
};

interface Scene {
  readonly bench: Bench;
  readonly cluster: Cluster;
  readonly install: Install;
  readonly controller: RestampProcess;
}

async function fanOutCost(scene: Scene): Promise<readonly Measurement[]> {
  const { bench, cluster, controller } = scene;
  const size = bench.quick ? 300 : 1_000;
  const workloads = await makeWorkloads(cluster, { namespace: "cost", size, sourcesOf: () => ["app"] });
  const first = await makeWorkloads(cluster, { namespace: "warm", size, sourcesOf: () => ["app"] });
  await rolled(scene, first);
  // The monitor begins anew with each scrape.
  await controller.metrics();
  const before = calls(scene).length;
  await rolled(scene, workloads);
  const delay = sumOf(await controller.metrics(), "nodejs_eventloop_lag_p99_seconds") * 1_000 - monitorResolutionMs;
  const made = calls(scene).slice(before);
  const count = (verb: string, resource: string): number =>
    made.filter((each) => each.verb === verb && each.resource === resource).length;
  const expected = count("get", "configmaps") + count("patch", "deployments") + count("create", "events");
  const figure = { case: `${size} workloads, 1 source`, subject, unit: "" } as const;
  return [
    { ...figure, figure: "GETs of the source", values: [count("get", "configmaps")], goals: [{ atMost: 1 }] },
    { ...figure, figure: "PATCHes", values: [count("patch", "deployments")], goals: [{ atMost: size }] },
    { ...figure, figure: "Events", values: [count("create", "events")], goals: [{ atMost: size }] },
    { ...figure, figure: "other requests", values: [made.length - expected], goals: [{ atMost: 0 }] },
    { ...figure, unit: "ms", figure: "event-loop delay, p99", values: [delay], goals: [{ atMost: 20 }] },
  ];
}

/** Changes of ConfigMaps that nobody refers to, in a namespace that takes part. */
async function churnCost(scene: Scene): Promise<readonly Measurement[]> {
  const { bench, cluster, controller } = scene;
  const seconds = bench.quick ? 5 : 60;
  const perSecond = 100;
  const unused = Array.from({ length: perSecond }, (_, index) => `unused-${index}`);
  const options = { namespace: "churn", size: 1, sourcesOf: () => ["app"] };
  const workloads = await makeWorkloads(cluster, options);
  await Promise.all(unused.map((name) => workloads.createSource(name)));
  await rolled(scene, workloads);
  const bare = await startBareWatcher(cluster.plane);
  const before = calls(scene).length;
  const shares = await coreShares([controller.running.pid, bare.pid], () =>
    everySoOften({ perSecond, seconds }, (index) => workloads.change(unused[index % perSecond] ?? "")),
  );
  const made = calls(scene).slice(before);
  // The others come as time goes by: for its key and its certificate, and whether a silent watch is in step.
  const caused = made.filter(({ namespace, resource }) => namespace === "churn" || resource === "configmaps");
  const figure = { case: `${perSecond} changes/s that nobody refers to`, subject } as const;
  const share = { ...figure, figure: "of a core", unit: "%" } as const;
  return [
    { ...figure, unit: "", figure: "requests", values: [caused.length], goals: [{ atMost: 0 }] },
    { ...figure, unit: "", figure: `other requests, in ${seconds} s`, values: [made.length - caused.length] },
    { ...share, subject: "floor", values: shares.slice(1) },
    { ...share, values: shares.slice(0, 1), goals: [{ atMost: 2 }] },
  ];
}

/** Changes the source, and waits until all is written that follows: Events come after the patches. */
async function rolled(scene: Scene, workloads: Workloads): Promise<void> {
  const expected = oneMore(scene.cluster, workloads);
  await workloads.change("app");
  await scene.cluster.rollouts.rolled(workloads.namespace, expected);
  let last = -1;
  const isQuiet = async (): Promise<boolean> => {
    const now = calls(scene).length;
    const quiet = now === last;
    last = now;
    return quiet;
  };
  await waitFor(isQuiet, { intervalMs: 1_000, timeoutMs: 120_000, describe: "the Events of a fan-out" });
}

/** What restamp has asked for so far. The renewal of its lease is a matter of time, not of changes. */
function calls({ cluster, install }: Scene): readonly AuditEntry[] {
  const user = `system:serviceaccount:${install.namespace}:restamp-controller`;
  return readAuditLog(cluster.plane.auditLog ?? "").filter(
    (each) => each.user === user && each.verb !== "watch" && each.resource !== "leases",
  );
}
