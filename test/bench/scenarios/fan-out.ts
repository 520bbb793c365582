import type { Cluster } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import type { Scenario } from "../scenario.ts";
import { forEachSubject } from "../subjects.ts";
import { inLanes, makeWorkloads, oneMore, type Workloads } from "../workloads.ts";

/** `--workers` of restamp, by default. */
const concurrency = 8;

/** From the answer to the change of a ConfigMap until a watch shows the last of the Deployments that use it patched. */
export const fanOut: Scenario = {
  name: "fan-out",
  title: "One source changes, which many workloads use",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const sizes = bench.quick ? [50, 200] : [50, 300, 1_000, 5_000];
      const runs = bench.quick ? 2 : 5;
      const sourcesOf = () => ["app"];
      const floors = new Map<number, number[]>(sizes.map((size) => [size, []]));
      const bare = new Map<number, Workloads>();
      for (const size of sizes) {
        const options = { namespace: `floor-${size}`, size, sourcesOf, labels: {} };
        bare.set(size, await makeWorkloads(cluster, options));
      }
      const own = await forEachSubject(bench, cluster, async ({ name, annotations }) => {
        const results: Measurement[] = [];
        for (const [size, floor] of floors) {
          const namespace = `${name}-${size}`;
          const workloads = await makeWorkloads(cluster, { namespace, size, sourcesOf, annotations });
          const values: number[] = [];
          await seconds(cluster, workloads, () => Promise.resolve());
          for (let run = 0; run < runs; run++) {
            floor.push(await floorSeconds(cluster, bare.get(size)));
            values.push(await seconds(cluster, workloads, () => Promise.resolve()));
          }
          bench.note(`${name}: ${size} workloads`);
          results.push({ ...figure(size), subject: name, values, goals: [{ timesFloor: 1.3 }] });
        }
        return results;
      });
      return [...floors].flatMap(([size, values]): Measurement[] => [
        { ...figure(size), subject: "floor", values },
        ...own.filter((each) => each.case === figure(size).case),
      ]);
    }),
};

function figure(size: number) {
  return { case: `${size} workloads`, figure: "all patched", unit: "s" } as const;
}

/** So many patches at a time as restamp makes. */
async function floorSeconds(cluster: Cluster, workloads: Workloads | undefined): Promise<number> {
  if (workloads === undefined) return Number.NaN;
  return seconds(cluster, workloads, () => inLanes(workloads.names, workloads.patch, concurrency));
}

async function seconds(cluster: Cluster, workloads: Workloads, answer: () => Promise<void>): Promise<number> {
  const expected = oneMore(cluster, workloads);
  const start = await workloads.change("app");
  const [end] = await Promise.all([cluster.rollouts.rolled(workloads.namespace, expected), answer()]);
  return (end - start) / 1_000;
}
