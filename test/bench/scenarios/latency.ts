import type { Measurement } from "../measurement.ts";
import { quantile } from "../measurement.ts";
import type { Scenario } from "../scenario.ts";
import { forEachSubject } from "../subjects.ts";
import { makeWorkloads } from "../workloads.ts";
import { changeLatencies, floorLatencies } from "./latencies.ts";

/** From the answer to the change of a ConfigMap until a watch shows the patched Deployment. */
export const latency: Scenario = {
  name: "latency",
  title: "One source changes, which one workload uses",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const { rounds, changes } = bench.quick ? { rounds: 2, changes: 100 } : { rounds: 10, changes: 200 };
      const sourcesOf = () => ["app"];
      const bare = await makeWorkloads(cluster, { namespace: "floor", size: 1, sourcesOf, labels: {} });
      const floor: number[][] = [];
      const own = await forEachSubject(bench, cluster, async ({ name, annotations }) => {
        const pair = await makeWorkloads(cluster, { namespace: name, size: 1, sourcesOf, annotations });
        const values: number[][] = [];
        for (let round = 0; round < rounds; round++) {
          floor.push(await floorLatencies(cluster, bare, changes));
          values.push(await changeLatencies(cluster, pair, changes));
        }
        return figures(name, values);
      });
      return [...figures("floor", floor), ...own];
    }),
};

function figures(subject: Measurement["subject"], rounds: readonly (readonly number[])[]): readonly Measurement[] {
  const each = { case: "1 workload", subject, unit: "ms" } as const;
  const at = (q: number): number[] => rounds.map((values) => quantile(values, q));
  return [
    { ...each, figure: "p50", values: at(0.5), goals: [{ timesFloor: 1.5 }, { below: "reloader" }] },
    { ...each, figure: "p99", values: at(0.99), goals: [{ timesFloor: 5, figure: "p50" }] },
  ];
}
