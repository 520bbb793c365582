import { setTimeout as sleep } from "node:timers/promises";
import { startBareWatcher } from "../bare-watcher.ts";
import type { Measurement } from "../measurement.ts";
import { coreShares, memoryOf } from "../process-figures.ts";
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
      const bare = await startBareWatcher(cluster.plane);
      const processes = [
        { case: "controller", subject: "restamp", running: install.controllers[0]?.running },
        { case: "webhook", subject: "restamp", running: install.webhook?.running },
        { case: "a watch, and no more", subject: "floor", running: bare },
      ] as const;
      const pids = processes.map(({ running }) => running?.pid ?? 0);
      // What creating them has led to is over.
      await sleep(bench.quick ? 2_000 : 5_000);
      const shares = await coreShares(pids, () => sleep(seconds * 1_000));
      return processes.flatMap(({ running: _, ...figure }, index): Measurement[] => {
        const resident = memoryOf(pids[index] ?? 0).now;
        return [
          { ...figure, figure: "of a core", unit: "%", values: [shares[index] ?? 0], goals: [{ atMost: 0.2 }] },
          { ...figure, figure: "resident", unit: "MB", values: [resident], goals: [{ atMost: 90 }] },
        ];
      });
    }),
};
