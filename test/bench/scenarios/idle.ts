import { setTimeout as sleep } from "node:timers/promises";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import type { Measurement } from "../measurement.ts";
import { cpuSecondsOf, memoryOf } from "../process-figures.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads } from "../workloads.ts";

/** Nothing happens. */
export const idle: Scenario = {
  name: "idle",
  title: "Nothing happens, with 100 workloads",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const seconds = bench.quick ? 5 : 60;
      const install = await cluster.install({ webhook: "self-managed", controllers: 1 });
      await makeWorkloads(cluster, { namespace: "shop", size: 100, sourcesOf: (index) => [`web-${index}`] });
      const processes = [
        ["controller", install.controllers[0]],
        ["webhook", install.webhook],
      ] as const;
      // What creating them has led to is over.
      await sleep(bench.quick ? 2_000 : 5_000);
      const before = processes.map(([, each]) => cpuOf(each));
      await sleep(seconds * 1_000);
      return processes.flatMap(([name, each], index): Measurement[] => {
        const share = ((cpuOf(each) - (before[index] ?? 0)) / seconds) * 100;
        const figure = { case: name, subject: "restamp" } as const;
        const resident = memoryOf(each?.running.pid ?? 0).now;
        return [
          { ...figure, figure: "of a core", unit: "%", values: [share], goals: [{ atMost: 0.2 }] },
          { ...figure, figure: "resident", unit: "MB", values: [resident], goals: [{ atMost: 90 }] },
        ];
      });
    }),
};

function cpuOf(each: RestampProcess | undefined): number {
  return cpuSecondsOf(each?.running.pid ?? 0);
}
