import { setTimeout as sleep } from "node:timers/promises";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import type { Cluster } from "../bench.ts";
import { type Measurement, quantile } from "../measurement.ts";
import { sumOf } from "../prometheus.ts";
import type { Scenario } from "../scenario.ts";
import { makeWorkloads } from "../workloads.ts";

/** From the start of a process until it says that it is ready. The floor: as many GETs, one after the other. */
export const startUp: Scenario = {
  name: "start-up",
  title: "Process start to ready, with 10 workloads",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const install = await cluster.install({ webhook: "self-managed", controllers: 1 });
      await makeWorkloads(cluster, { namespace: "shop", size: 10, sourcesOf: (index) => [`web-${index}`] });
      const runs = bench.quick ? 2 : 10;
      const results: Measurement[] = [];
      for (const component of ["controller", "webhook"] as const) {
        const found: Started[] = [];
        for (let run = 0; run < runs; run++) {
          const former = component === "controller" ? install.controllers.at(-1) : install.webhook;
          await former?.running.stop();
          found.push(
            await started(cluster, () =>
              component === "controller" ? install.startController() : install.startWebhook(),
            ),
          );
        }
        results.push(...figures(component, found));
      }
      return results;
    }),
};

interface Started {
  readonly seconds: number;
  /** What its requests would have taken one after the other. */
  readonly trips: number;
}

async function started(cluster: Cluster, start: () => Promise<RestampProcess>): Promise<Started> {
  const begin = performance.now();
  const process = await start();
  const isReady = async (): Promise<boolean> => (await process.readyz().catch(() => undefined))?.status === 200;
  while (!(await isReady())) await sleep(5);
  const seconds = (performance.now() - begin) / 1_000;
  const requests = sumOf(await process.metrics(), "restamp_api_requests_total");
  return { seconds, trips: (requests * (await tripMs(cluster))) / 1_000 };
}

/** How long the API server takes for a small GET, in ms. */
async function tripMs({ api }: Cluster): Promise<number> {
  const values: number[] = [];
  for (let count = 0; count < 50; count++) {
    const start = performance.now();
    await api.request({ method: "GET", path: "/api/v1/namespaces/default" });
    values.push(performance.now() - start);
  }
  return quantile(values, 0.5);
}

function figures(component: string, found: readonly Started[]): readonly Measurement[] {
  const each = { case: component, subject: "restamp", unit: "s" } as const;
  const beyond = found.map(({ seconds, trips }) => seconds - trips);
  return [
    { ...each, figure: "ready after", values: found.map(({ seconds }) => seconds) },
    { ...each, figure: "ready, beyond API round trips", values: beyond, goals: [{ atMost: 0.5 }] },
  ];
}
