import { type Cluster, unpaced } from "../bench.ts";
import { everySoOften } from "../every-so-often.ts";
import { type Measurement, quantile } from "../measurement.ts";
import { memoryOf } from "../process-figures.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads, oneMore, type Workloads } from "../workloads.ts";

/** Sources that change one after the other at a steady rate, each of a workload of its own. */
export const manySources: Scenario = {
  name: "many-sources",
  title: "Many sources change, each with a workload of its own",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const size = bench.quick ? 100 : 1_000;
      const runs = bench.quick ? 2 : 5;
      const install = await cluster.install();
      const controller = await install.startController(unpaced);
      await controller.ready();
      const sourcesOf = (index: number) => [`web-${index}`];
      const bare = await makeWorkloads(cluster, { namespace: "floor", size, sourcesOf, labels: {} });
      const workloads = await makeWorkloads(cluster, { namespace: "many", size, sourcesOf });
      const floor: Run[] = [];
      const own: Run[] = [];
      await run(cluster, workloads);
      const before = memoryOf(controller.running.pid).now;
      for (let count = 0; count < runs; count++) {
        floor.push(await run(cluster, bare, bare.patch));
        own.push(await run(cluster, workloads));
      }
      const grown = memoryOf(controller.running.pid).now - before;
      const title = `${size} sources at 100/s`;
      return [
        ...figures({ case: title, subject: "floor" }, floor),
        ...figures({ case: title, subject: "restamp" }, own),
        {
          case: title,
          subject: "restamp",
          figure: "memory grows by",
          unit: "MB",
          values: [grown],
          goals: [{ atMost: 5 }],
        },
      ];
    }),
};

interface Run {
  /** From the first change to the last patch. */
  readonly seconds: number;
  /** From the answer to a change until its patch was seen, in ms. */
  readonly latencies: readonly number[];
}

async function run(
  cluster: Cluster,
  workloads: Workloads,
  answer: (name: string) => Promise<unknown> = async () => {},
): Promise<Run> {
  const { namespace, names, change } = workloads;
  const expected = oneMore(cluster, workloads);
  const latencies: number[] = [];
  const start = performance.now();
  await everySoOften({ perSecond: 100, seconds: names.length / 100 }, async (index) => {
    const name = names[index] ?? "";
    const changed = await change(name);
    const [seen] = await Promise.all([
      cluster.rollouts.rolled(namespace, new Map([[name, expected.get(name) ?? 0]])),
      answer(name),
    ]);
    latencies.push(seen - changed);
  });
  return { seconds: (performance.now() - start) / 1_000, latencies };
}

function figures(of: Pick<Measurement, "case" | "subject">, runs: readonly Run[]): readonly Measurement[] {
  const at = (q: number): number[] => runs.map(({ latencies }) => quantile(latencies, q));
  const goals = [{ timesFloor: 1.3 }];
  return [
    { ...of, figure: "all patched", unit: "s", values: runs.map(({ seconds }) => seconds), goals },
    { ...of, figure: "change to patch, p50", unit: "ms", values: at(0.5) },
    { ...of, figure: "change to patch, p99", unit: "ms", values: at(0.99) },
  ];
}
