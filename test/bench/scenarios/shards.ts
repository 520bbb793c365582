import { waitFor } from "../../controlplane/wait-for.ts";
import type { Install } from "../../helpers/install.ts";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import { unpaced } from "../bench.ts";
import type { Measurement } from "../measurement.ts";
import { cpuSecondsOf, memoryOf } from "../process-figures.ts";
import { sumOf } from "../prometheus.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads, threeSources } from "../workloads.ts";

/** One controller for all namespaces, then several that share them: what is left for each. */
export const shards: Scenario = {
  name: "shards",
  title: "Namespaces shared by several controllers, from their start until all is known",
  onlyByName: "quick",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const { namespaces, size, counts } = bench.quick
        ? { namespaces: 16, size: 25, counts: [1, 2] }
        : { namespaces: 64, size: 50, counts: [1, 2, 4] };
      const install = await cluster.install();
      for (let index = 0; index < namespaces; index++) {
        await makeWorkloads(cluster, { namespace: `team-${index}`, size, sourcesOf: threeSources });
      }
      const workloads = namespaces * size;
      bench.note(`shards: ${workloads} workloads`);
      const results: Measurement[] = [];
      for (const count of counts) {
        const found = await started(install, { count, sources: workloads * 3 });
        results.push(
          ...figures(`${workloads} workloads, ${count === 1 ? "one controller" : `${count} shards`}`, found),
        );
      }
      return results;
    }),
};

/** Of one controller. */
interface Found {
  readonly megabytes: number;
  readonly reads: number;
  readonly cpuSeconds: number;
}

async function started(
  { startController }: Install,
  { count, sources }: { readonly count: number; readonly sources: number },
): Promise<readonly Found[]> {
  const controllers: RestampProcess[] = [];
  for (let index = 0; index < count; index++) {
    controllers.push(await startController([...unpaced, ...(count === 1 ? [] : [`--shard=${index}/${count}`])]));
  }
  const isKnown = async (): Promise<boolean> => {
    const metrics = await Promise.all(controllers.map((controller) => controller.metrics()));
    return metrics.reduce((sum, text) => sum + readsOf(text), 0) >= sources;
  };
  await waitFor(isKnown, { timeoutMs: 300_000, intervalMs: 500, describe: "the sources to be read" });
  const found: Found[] = [];
  for (const controller of controllers) {
    const { pid } = controller.running;
    const reads = readsOf(await controller.metrics());
    found.push({ megabytes: memoryOf(pid).now, reads, cpuSeconds: cpuSecondsOf(pid) });
  }
  await Promise.all(controllers.map((controller) => controller.running.stop()));
  return found;
}

function readsOf(metrics: string): number {
  return sumOf(metrics, "restamp_api_requests_total", { verb: "get" });
}

function figures(title: string, found: readonly Found[]): readonly Measurement[] {
  const each = { case: title, subject: "restamp" } as const;
  return [
    { ...each, figure: "resident, of each", unit: "MB", values: found.map(({ megabytes }) => megabytes) },
    { ...each, figure: "GETs, of each", unit: "", values: found.map(({ reads }) => reads) },
    { ...each, figure: "CPU time, of each", unit: "s", values: found.map(({ cpuSeconds }) => cpuSeconds) },
  ];
}
