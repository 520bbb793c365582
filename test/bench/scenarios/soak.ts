import { randomInt } from "node:crypto";
import { waitFor } from "../../controlplane/wait-for.ts";
import { createStampReader } from "../../helpers/current-stamp.ts";
import {
  type FaultyProxy,
  faultsAtRandom,
  startControllerThrough,
  startFaultyProxy,
} from "../../helpers/faulty-proxy.ts";
import type { Install } from "../../helpers/install.ts";
import type { RestampProcess } from "../../helpers/restamp-process.ts";
import type { Deployment } from "../../helpers/shop.ts";
import { type Bench, type Cluster, unpaced } from "../bench.ts";
import { everySoOften } from "../every-so-often.ts";
import { type Measurement, quantile } from "../measurement.ts";
import { cpuSecondsOf, memoryOf } from "../process-figures.ts";
import { sumOf } from "../prometheus.ts";
import type { Scenario } from "../scenario.ts";
import { seededRandom } from "../seeded-random.ts";
import { growthPerHour, leastOfEach, type Sampled } from "../trend.ts";
import { createSoakLoad, type SoakLoad } from "./soak-load.ts";

const perSecond = 20;
const faultyShare = 0.05;
const watchMs = [10_000, 60_000] as const;
const sampleMs = 5_000;
const noteMs = 30_000;

/** Long enough that what happens seldom happens, and that what grows is seen to grow. */
export const soak: Scenario = {
  name: "soak",
  title: `${perSecond} changes a second of many sorts, with an API server that fails`,
  onlyByName: "always",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const minutes = bench.quick ? 10 : 30;
      const seed = Number(process.env["RESTAMP_BENCH_SEED"] ?? randomInt(2 ** 31));
      bench.note(`soak: ${minutes} minutes; again with RESTAMP_BENCH_SEED=${seed}`);
      const install = await cluster.install();
      const random = seededRandom(seed);
      const [least, most] = watchMs;
      const proxy = await startFaultyProxy(cluster.plane, {
        faultOf: faultsAtRandom(random, faultyShare),
        watchMs: () => least + random() * (most - least),
      });
      try {
        const controller = await startControllerThrough(proxy, install, unpaced);
        const load = await createSoakLoad(cluster, seededRandom(seed + 1));
        await load.barrier();
        const samples = await underLoad(bench, { load, proxy, controller }, minutes * 60);
        await settle(load, controller);
        const stale = await staleStamps(cluster, install, load);
        bench.note(`soak: ${JSON.stringify({ ...load.counts(), ...proxy.counts(), stale, late: load.late })}`);
        return figures(`${perSecond} changes/s for ${minutes} min`, { load, stale, samples, isLong: !bench.quick });
      } finally {
        await proxy.stop();
      }
    }),
};

interface Parts {
  readonly load: SoakLoad;
  readonly proxy: FaultyProxy;
  readonly controller: RestampProcess;
}

interface Samples {
  readonly memory: readonly Sampled[];
  /** Of a core, in percent. */
  readonly cpu: number;
}

async function underLoad(bench: Bench, { load, proxy, controller }: Parts, seconds: number): Promise<Samples> {
  const { pid } = controller.running;
  const start = performance.now();
  const cpu = cpuSecondsOf(pid);
  const since = (): number => (performance.now() - start) / 1_000;
  const memory: Sampled[] = [];
  const sample = (): void => void memory.push({ seconds: since(), value: memoryOf(pid).now });
  const tell = (): void => {
    const { account, late, latencies } = load;
    const outcome = `${account.missing()} under way, ${account.surplus()} too many, ${late.length} late`;
    const rss = memory.at(-1)?.value.toFixed(0);
    bench.note(
      `soak: ${since().toFixed(0)} s, ${JSON.stringify(load.counts())}, ${JSON.stringify(proxy.counts())}; ${outcome}; p50 ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${quantile(latencies, 0.99).toFixed(0)} ms; ${rss} MB`,
    );
  };
  const timers = [setInterval(sample, sampleMs), setInterval(tell, noteMs)];
  try {
    await everySoOften({ perSecond, seconds }, load.next);
    return { memory, cpu: ((cpuSecondsOf(pid) - cpu) / since()) * 100 };
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
}

/** Until nothing is left to be tried again, and a last change has gone all the way. */
async function settle(load: SoakLoad, controller: RestampProcess): Promise<void> {
  const isIdle = async (): Promise<boolean> => {
    const metrics = await controller.metrics();
    return sumOf(metrics, "restamp_stale_workloads") + sumOf(metrics, "restamp_queue_depth") === 0;
  };
  // What will never come to rest is among the missing and the stale.
  await waitFor(isIdle, { timeoutMs: 60_000 }).catch(() => undefined);
  await load.barrier();
}

/** Workloads whose stamp does not say what their sources contain. */
async function staleStamps({ kube }: Cluster, install: Install, { namespace, changed }: SoakLoad): Promise<number> {
  const reader = await createStampReader(install);
  const deployments = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  let stale = 0;
  for (const { metadata, spec } of deployments) {
    if (changed.has(metadata.name) && (await reader.outdated(namespace, spec.template)).length > 0) stale++;
  }
  return stale;
}

interface SoakOutcome {
  readonly load: SoakLoad;
  readonly stale: number;
  readonly samples: Samples;
  readonly isLong: boolean;
}

function figures(title: string, { load, stale, samples, isLong }: SoakOutcome): readonly Measurement[] {
  const { account, latencies } = load;
  const { memory, cpu } = samples;
  // Compilers and caches take a fifth of the time to come to rest; what is garbage is collected within a minute.
  const warm = memory.filter(({ seconds }) => seconds >= (memory.at(-1)?.seconds ?? 0) / 5);
  const left = leastOfEach(60, warm);
  // What remembers Events (for 6 minutes) and former templates is still filling up when the short one ends.
  const steady = isLong ? [{ atMost: 5 }] : [];
  const each = { case: title, subject: "restamp" } as const;
  const none = { unit: "", goals: [{ atMost: 0 }] } as const;
  return [
    { ...each, figure: "missed rollouts", ...none, values: [account.missing()] },
    { ...each, figure: "workloads with outdated stamps", ...none, values: [stale] },
    { ...each, figure: "duplicate rollouts", ...none, values: [account.surplus()] },
    { ...each, figure: "p50 of change to patch", unit: "ms", values: [quantile(latencies, 0.5)] },
    { ...each, figure: "p99 of change to patch", unit: "ms", values: [quantile(latencies, 0.99)] },
    { ...each, figure: "resident after warm-up", unit: "MB", values: [left.at(0)?.value ?? Number.NaN] },
    { ...each, figure: "resident at the end", unit: "MB", values: [left.at(-1)?.value ?? Number.NaN] },
    { ...each, figure: "growth in an hour", unit: "MB", values: [growthPerHour(left)], goals: steady },
    { ...each, figure: "CPU, of a core", unit: "%", values: [cpu] },
  ];
}
