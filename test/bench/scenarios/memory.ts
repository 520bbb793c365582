import { waitFor } from "../../controlplane/wait-for.ts";
import type { Install } from "../../helpers/install.ts";
import type { Measurement } from "../measurement.ts";
import { type Memory, memoryOf } from "../process-figures.ts";
import type { Scenario } from "../scenario.ts";
import { makeSecrets, makeWorkloads } from "../workloads.ts";

const referenced = 100;

/** Resident memory of a controller that has just started, beside Secrets that nobody refers to. */
export const memory: Scenario = {
  name: "memory",
  title: `Memory beside Secrets of 8 kB, with ${referenced} workloads and their sources`,
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const counts = bench.quick ? [0, 1_000] : [0, 1_000, 10_000, 50_000];
      const runs = bench.quick ? 1 : 3;
      const install = await cluster.install();
      await makeWorkloads(cluster, { namespace: "used", size: referenced, sourcesOf: (index) => [`web-${index}`] });
      await cluster.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "bulk" } });
      const results: Measurement[] = [];
      let made = 0;
      for (const count of counts) {
        await makeSecrets(
          cluster,
          "bulk",
          Array.from({ length: count - made }, (_, index) => made + index),
        );
        made = count;
        bench.note(`memory: ${count} Secrets`);
        const found: Memory[] = [];
        for (let run = 0; run < runs; run++) found.push(await started(install));
        results.push(...figures(count, found));
      }
      return results;
    }),
};

/** Memory of a controller that knows all workloads and sources. */
async function started(install: Install): Promise<Memory> {
  const controller = await install.startController([]);
  await controller.ready();
  const isUpToDate = async (): Promise<boolean> => {
    const metrics = await controller.metrics();
    return metrics.includes(`restamp_tracked_sources{kind="ConfigMap"} ${referenced}\n`);
  };
  await waitFor(isUpToDate, { timeoutMs: 120_000, intervalMs: 500, describe: "the sources to be known" });
  const found = memoryOf(controller.running.pid);
  await controller.running.stop();
  return found;
}

function figures(count: number, found: readonly Memory[]): readonly Measurement[] {
  const each = { case: `${count} Secrets`, subject: "restamp", unit: "MB" } as const;
  return [
    { ...each, figure: "resident", values: found.map(({ now }) => now), goals: [{ atMost: 100 }] },
    { ...each, figure: "peak at start", values: found.map(({ peak }) => peak), goals: [{ atMost: 130 }] },
  ];
}
