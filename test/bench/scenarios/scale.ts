import { type Bench, type Cluster, unpaced } from "../bench.ts";
import { type Measurement, quantile } from "../measurement.ts";
import { warmUp } from "../peers.ts";
import { type Memory, memoryOf } from "../process-figures.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads, threeSources, type Workloads } from "../workloads.ts";
import { changeLatencies } from "./latencies.ts";

/** A large cluster: what its size costs at start, in memory, and for one change. */
export const scale: Scenario = {
  name: "scale",
  title: "Many workloads with three sources each, in many namespaces",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const { namespaces, size } = bench.quick ? { namespaces: 10, size: 25 } : { namespaces: 200, size: 50 };
      const install = await cluster.install();
      const small = await inSmall(bench, cluster, () => install.startController(unpaced));
      const made: Workloads[] = [];
      for (let index = 0; index < namespaces; index++) {
        const options = { namespace: `team-${index}`, size, sourcesOf: threeSources };
        made.push(await makeWorkloads(cluster, options));
        if (index % 20 === 19) bench.note(`scale: ${(index + 1) * size} workloads`);
      }
      const first = await install.startController(unpaced);
      await first.ready(120_000);
      // What the first one learns is written down before the second one starts.
      await answered(cluster, made.at(-1) as Workloads);
      await first.running.stop({ graceMs: 30_000 });

      const [workloads] = made as [Workloads];
      const times = cluster.rollouts.rollouts(workloads.namespace, "web-0");
      const isLate = cluster.rollouts.rolled(workloads.namespace, new Map([["web-0", times + 1]]));
      await workloads.change("web-0");
      const start = performance.now();
      const second = await install.startController(unpaced);
      const decided = ((await isLate) - start) / 1_000;
      await second.ready(120_000);
      await warm(bench, cluster, workloads);
      const memory = memoryOf(second.running.pid);
      const large = await warm(bench, cluster, workloads);
      return figures({ count: namespaces * size, decided, memory, small, large });
    }),
};

/** The same change in a cluster with nothing else. */
async function inSmall(
  bench: Bench,
  cluster: Cluster,
  start: () => Promise<{ running: { stop(): Promise<void> }; ready(): Promise<unknown> }>,
) {
  const workloads = await makeWorkloads(cluster, { namespace: "small", size: 25, sourcesOf: threeSources });
  const controller = await start();
  await controller.ready();
  await answered(cluster, workloads);
  await warm(bench, cluster, workloads);
  const values = await warm(bench, cluster, workloads);
  await controller.running.stop();
  return values;
}

/** Until a change is answered: from then on, no workload is seen for the first time, with whatever content there is. */
function answered({ rollouts }: Cluster, { namespace, change }: Workloads): Promise<void> {
  return warmUp(
    () => change("web-0"),
    () => rollouts.rollouts(namespace, "web-0") > 0,
  );
}

async function warm(bench: Bench, cluster: Cluster, workloads: Workloads): Promise<readonly number[]> {
  const rounds: number[] = [];
  for (let round = 0; round < (bench.quick ? 2 : 6); round++) {
    rounds.push(quantile(await changeLatencies(cluster, workloads, 50), 0.5));
  }
  return rounds;
}

function figures(found: {
  readonly count: number;
  readonly decided: number;
  readonly memory: Memory;
  readonly small: readonly number[];
  readonly large: readonly number[];
}): readonly Measurement[] {
  const { count, decided, memory, small, large } = found;
  const each = { case: `${count} workloads`, subject: "restamp" } as const;
  const times = quantile(large, 0.5) / quantile(small, 0.5);
  return [
    { ...each, figure: "start to first patch", unit: "s", values: [decided], goals: [{ atMost: 30 }] },
    { ...each, figure: "resident", unit: "MB", values: [memory.now], goals: [{ atMost: 200 }] },
    { ...each, figure: "peak at start", unit: "MB", values: [memory.peak] },
    { ...each, figure: "change to patch, p50", unit: "ms", values: large },
    { ...each, case: "25 workloads", figure: "change to patch, p50", unit: "ms", values: small },
    { ...each, figure: "p50, times that of 25 workloads", unit: "", values: [times], goals: [{ atMost: 1.2 }] },
  ];
}
