import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Install } from "../../helpers/install.ts";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import { type Cluster, unpaced } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import { warmUp } from "../peers.ts";
import type { Scenario } from "../scenario.ts";
import { inLanes, makeWorkloads, oneMore, type Workloads } from "../workloads.ts";

/** What one round came to. */
interface Round {
  /** From the restart until a watch shows the first workload that the new process has rolled, and the last one. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Workloads that were rolled more than once, or not at all. */
  readonly wrong: number;
}

const lookMs = 2;
/** `--workers` of restamp, by default. */
const concurrency = 8;

/** SIGKILL when a third of the workloads is rolled; then a container of the same Pod, as the kubelet would start it. */
export const recovery: Scenario = {
  name: "recovery",
  title: "Killed in the middle of a fan-out, and started again",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const { size, rounds } = bench.quick ? { size: 200, rounds: 1 } : { size: 1_000, rounds: 3 };
      const start = containers(await cluster.install());
      const sourcesOf = () => ["app"];
      const workloads = await makeWorkloads(cluster, { namespace: "recovery", size, sourcesOf });
      const other = await makeWorkloads(cluster, { namespace: "barrier", size: 1, sourcesOf });
      let controller = await start();
      await controller.ready();
      // Until a change is answered: from then on, no workload is seen for the first time, with whatever content there is.
      await warmUp(
        () => other.change("app"),
        () => cluster.rollouts.rollouts(other.namespace, "web-0") > 0,
      );
      await change(cluster, workloads);
      const results: Round[] = [];
      for (let round = 0; round < rounds; round++) {
        const kill = async (): Promise<void> => {
          // Not by `stop`, which reads the metrics before: this is measured.
          process.kill(controller.running.pid, "SIGKILL");
          await controller.running.exited();
          controller = await start();
        };
        const result = await measure(cluster, { workloads, other }, kill);
        bench.note(`recovery: ${result.lastSeconds.toFixed(2)} s, the first after ${result.firstSeconds.toFixed(2)} s`);
        results.push(result);
      }
      // Made only now: a controller that starts also lists what it does not look after.
      const bare = await makeWorkloads(cluster, { namespace: "floor", size, sourcesOf, labels: {} });
      const floor: number[] = [];
      for (let round = 0; round < rounds; round++) floor.push(await floorSeconds(cluster, bare));
      return figures(`${size} workloads`, results, floor);
    }),
};

/** Starts one container after the other of one Pod, which keeps its name and uid. */
function containers(install: Install): () => Promise<RestampProcess> {
  const pod = { POD_NAME: "restamp-controller", RESTAMP_POD_UID: randomUUID() };
  return () => install.startController(unpaced, pod);
}

/** A change that has gone all the way. */
async function change(cluster: Cluster, workloads: Workloads): Promise<void> {
  const expected = oneMore(cluster, workloads);
  await workloads.change("app");
  await cluster.rollouts.rolled(workloads.namespace, expected);
}

async function measure(
  cluster: Cluster,
  { workloads, other }: { readonly workloads: Workloads; readonly other: Workloads },
  killAndStart: () => Promise<void>,
): Promise<Round> {
  const { rollouts } = cluster;
  const { namespace, names } = workloads;
  const expected = oneMore(cluster, workloads);
  const rolledSoFar = (): number =>
    names.filter((name) => rollouts.rollouts(namespace, name) >= (expected.get(name) ?? 0)).length;
  await workloads.change("app");
  while (rolledSoFar() < names.length / 3) await sleep(lookMs);
  // What the harness takes to prepare the process counts as well: a few milliseconds.
  const killedAt = performance.now();
  await killAndStart();
  const before = rolledSoFar();
  const all = rollouts.rolled(namespace, expected);
  while (rolledSoFar() === before && before < names.length) await sleep(lookMs);
  const first = performance.now();
  const last = await all;
  await change(cluster, other);
  const wrong = names.filter((name) => rollouts.rollouts(namespace, name) !== expected.get(name)).length;
  return { firstSeconds: (first - killedAt) / 1_000, lastSeconds: (last - killedAt) / 1_000, wrong };
}

/** What a client takes that knows what is left to do: two thirds of the patches, so many at a time as restamp makes. */
async function floorSeconds(cluster: Cluster, workloads: Workloads): Promise<number> {
  const left = workloads.names.slice(Math.ceil(workloads.names.length / 3));
  const expected = oneMore(cluster, { ...workloads, names: left });
  const start = performance.now();
  const all = cluster.rollouts.rolled(workloads.namespace, expected);
  await inLanes(left, workloads.patch, concurrency);
  return ((await all) - start) / 1_000;
}

function figures(name: string, rounds: readonly Round[], floor: readonly number[]): readonly Measurement[] {
  const each = { case: name, subject: "restamp" } as const;
  const values = (of: (round: Round) => number): readonly number[] => rounds.map(of);
  return [
    { ...each, figure: "restart to first patch", unit: "s", values: values(({ firstSeconds }) => firstSeconds) },
    { ...each, subject: "floor", figure: "restart to last patch", unit: "s", values: floor },
    {
      ...{ ...each, figure: "restart to last patch", unit: "s", goals: [{ atMost: 3 }] },
      values: values(({ lastSeconds }) => lastSeconds),
    },
    {
      ...{ ...each, figure: "not rolled exactly once", unit: "", goals: [{ atMost: 0 }] },
      values: values(({ wrong }) => wrong),
    },
  ];
}
