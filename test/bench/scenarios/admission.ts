import type { KubeObject } from "../../controlplane/kube.ts";
import type { Install } from "../../helpers/install.ts";
import { openShop, type Shop } from "../../helpers/shop.ts";
import type { Bench, Cluster } from "../bench.ts";
import { everySoOften } from "../every-so-often.ts";
import { type Measurement, quantile } from "../measurement.ts";
import { cpuSecondsOf, memoryOf } from "../process-figures.ts";
import { histogramQuantile, sumOf } from "../prometheus.ts";
import { sendReviews } from "../review-client.ts";
import type { Scenario } from "../scenario.ts";
import { inLanes } from "../workloads.ts";

const subject = "restamp";
const sources = ["a", "b", "c", "d", "e"];
const duration = "apiserver_admission_webhook_admission_duration_seconds";
const called = "apiserver_admission_webhook_request_total";
/** Creates a second. */
const aimedAt = 200;
const collection = "/apis/apps/v1/namespaces/shop/deployments";

/** What the webhook adds to a write. */
export const admission: Scenario = {
  name: "admission",
  title: "Admission of workloads with five sources",
  run: (bench) =>
    bench.withCluster({}, async (cluster) => {
      const install = await cluster.install({ webhook: "self-managed", controllers: 1 });
      const shop = await openShop(cluster, "shop");
      for (const name of sources) await cluster.kube.create(shop.configMap(name, { value: "1" }));
      const scene = { bench, cluster, install, shop };
      await cluster.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "plain" } });
      const warm = { perSecond: 200, seconds: bench.quick ? 2 : 5 };
      for (const namespace of ["plain", "shop"]) await paced(scene, namespace, warm);
      const results: Measurement[] = [];
      // The rates below tell what the webhook takes from what waits for one of two cores.
      for (const perSecond of bench.quick ? [aimedAt] : [50, 100, aimedAt])
        results.push(...(await latencies(scene, perSecond)));
      return [...results, ...(await unchanged(scene)), ...(await throughput(scene))];
    }),
};

interface Scene {
  readonly bench: Bench;
  readonly cluster: Cluster;
  readonly install: Install;
  readonly shop: Shop;
}

/** As the API server's histogram has it, which interpolates within buckets that begin with 0 to 5 ms. */
async function latencies(scene: Scene, perSecond: number): Promise<readonly Measurement[]> {
  const { bench, cluster } = scene;
  const pace = { perSecond, seconds: bench.quick ? 5 : 30 };
  const without = await paced(scene, "plain", pace);
  const before = await cluster.metrics();
  const withIt = await paced(scene, "shop", pace);
  const after = await cluster.metrics();
  const histogram = { name: duration, labels: { type: "admit" } };
  const at = (q: number): number => histogramQuantile({ before, after }, histogram, q) * 1_000;
  const slow = overASecond(after) - overASecond(before);
  const title = `${perSecond} creates/s`;
  const goal = (atMost: number) => (perSecond === aimedAt ? { goals: [{ atMost }] } : {});
  const each = { case: title, subject, unit: "ms" } as const;
  return [
    { ...each, figure: "in the webhook, p50", values: [at(0.5)], ...goal(4) },
    { ...each, figure: "in the webhook, p99", values: [at(0.99)], ...goal(15) },
    { ...each, figure: "over 1 s", unit: "", values: [slow], ...goal(0) },
    { ...each, subject: "floor", figure: "create, p50", values: [quantile(without, 0.5)] },
    { ...each, figure: "create, p50", values: [quantile(withIt, 0.5)] },
    { ...each, subject: "floor", figure: "create, p99", values: [quantile(without, 0.99)] },
    { ...each, figure: "create, p99", values: [quantile(withIt, 0.99)] },
  ];
}

function overASecond(metrics: string): number {
  const upTo = (le: string): number => sumOf(metrics, `${duration}_bucket`, { type: "admit", le });
  return upTo("+Inf") - upTo("1");
}

/** Dry-run creates, which admission sees and nothing stores; how long each took, in ms. */
function paced(
  { cluster, shop }: Scene,
  namespace: string,
  pace: { readonly perSecond: number; readonly seconds: number },
): Promise<readonly number[]> {
  return everySoOften(pace, (index) => {
    const body = { ...deployment(shop, `web-${index}`), metadata: { name: `web-${index}`, namespace } };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    return cluster.api.request({ method: "POST", path, query: { dryRun: "All" }, body });
  });
}

function deployment(shop: Shop, name: string): KubeObject {
  const envFrom = sources.map((source) => ({ configMapRef: { name: source } }));
  return shop.deployment(name, { containers: [{ name: "main", envFrom }] });
}

/** Writes that leave the template alone: its API server does not even ask. */
async function unchanged({ bench, cluster, shop }: Scene): Promise<readonly Measurement[]> {
  const count = bench.quick ? 300 : 3_000;
  await cluster.kube.create(deployment(shop, "still"));
  const before = await cluster.metrics();
  const path = `${collection}/still`;
  const contentType = "application/merge-patch+json";
  const writes = [
    (value: string) => ({ path, body: { metadata: { annotations: { "example.com/note": value } } } }),
    (value: string) => ({ path: `${path}/status`, body: { status: { observedGeneration: Number(value) } } }),
    (value: string) => ({ path: `${path}/scale`, body: { spec: { replicas: Number(value) % 2 } } }),
  ];
  const numbers = Array.from({ length: count }, (_, index) => index);
  await inLanes(
    numbers,
    (index) => {
      const write = writes[index % writes.length];
      return cluster.api.request({ method: "PATCH", contentType, ...(write?.(String(index)) ?? { path }) });
    },
    1,
  );
  const calls = sumOf(await cluster.metrics(), called) - sumOf(before, called);
  return [
    {
      case: `${count} writes beside the template`,
      subject,
      unit: "",
      figure: "calls",
      values: [calls],
      goals: [{ atMost: 0 }],
    },
  ];
}

/** Reviews sent straight to the webhook, as fast as it answers; its reads go to the API server. */
async function throughput(scene: Scene): Promise<readonly Measurement[]> {
  const { bench, cluster, install, shop } = scene;
  const { webhook } = install;
  if (webhook === undefined) throw new Error("There is no webhook");
  const reviews = await sendReviews(cluster.kube);
  const numbers = Array.from({ length: bench.quick ? 2_000 : 30_000 }, (_, index) => index);
  let stamped = 0;
  const send = async (): Promise<void> => {
    if (await reviews.create(deployment(shop, "web"))) stamped++;
  };
  await inLanes(numbers.slice(0, numbers.length / 10), send);
  const before = { stamped, cpu: cpuSecondsOf(webhook.running.pid) };
  await inLanes(numbers, send);
  const count = stamped - before.stamped;
  const perSecond = count / (cpuSecondsOf(webhook.running.pid) - before.cpu);
  reviews.close();
  const each = { case: `${numbers.length} reviews, 16 at a time`, subject } as const;
  const { now } = memoryOf(webhook.running.pid);
  return [
    { ...each, unit: "", figure: "not stamped in time", values: [numbers.length - count] },
    { ...each, unit: "1/s", figure: "by one core", values: [perSecond], goals: [{ atLeast: 500 }] },
    { ...each, unit: "MB", figure: "resident after it", values: [now], goals: [{ atMost: 110 }] },
  ];
}
