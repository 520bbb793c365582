import { configMaps, resourcePath, secrets } from "../../src/core/object-ref.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { openShop, type PodBody } from "../helpers/shop.ts";
import type { Cluster } from "./bench.ts";

/** Workloads in a namespace of their own, and the sources that they use. */
export interface Workloads {
  readonly namespace: string;
  readonly names: readonly string[];
  /** Gives a ConfigMap another value, and returns when that was answered (as of `performance.now()`). */
  change(source: string): Promise<number>;
  /** One more ConfigMap, which nobody uses. */
  createSource(name: string): Promise<unknown>;
  /** What a client does that already knows what to do: one PATCH. */
  patch(name: string): Promise<unknown>;
}

/** How workloads are made. */
export interface WorkloadsOptions {
  readonly namespace: string;
  readonly size: number;
  /** The ConfigMaps that a workload uses, by its number; the first is the one that is changed. */
  readonly sourcesOf: (index: number) => readonly string[];
  /** Of the Deployments: what makes a peer look after them. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of the Namespace. @default those that opt it in */
  readonly labels?: Readonly<Record<string, string>>;
}

const lanes = 16;
const deployments = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };

/** The ConfigMaps of a workload that has three to itself. */
export function threeSources(index: number): readonly string[] {
  return [`web-${index}`, `web-${index}-b`, `web-${index}-c`];
}

/** Makes a namespace with Deployments without pods. */
export async function makeWorkloads(cluster: Cluster, options: WorkloadsOptions): Promise<Workloads> {
  const { namespace, size, sourcesOf, annotations = {} } = options;
  const { api } = cluster;
  const shop = await openShop(cluster, namespace, options.labels);
  const indexes = Array.from({ length: size }, (_, index) => index);
  const sources = [...new Set(indexes.flatMap(sourcesOf))];
  let count = 0;
  await inLanes(sources, (name) => create(cluster, configMaps, shop.configMap(name, { value: "0" })));
  await inLanes(indexes, (index) =>
    create(cluster, deployments, {
      ...shop.deployment(nameOf(index), usesOf(sourcesOf(index)), { metadata: { annotations } }),
    }),
  );
  return {
    namespace,
    names: indexes.map(nameOf),
    async change(name) {
      const body = { data: { value: `${++count}` } };
      const contentType = "application/merge-patch+json";
      await api.request({ method: "PATCH", path: resourcePath(configMaps, { namespace, name }), contentType, body });
      return performance.now();
    },
    createSource: (name) => create(cluster, configMaps, shop.configMap(name, { value: "0" })),
    patch(name) {
      const value = { "bench.example/stamp": `${++count}` };
      const body = [{ op: "add", path: "/spec/template/metadata/annotations", value }];
      const contentType = "application/json-patch+json";
      return api.request({ method: "PATCH", path: resourcePath(deployments, { namespace, name }), contentType, body });
    },
  };
}

/** Makes Secrets with 8 kB each that nobody refers to. */
export async function makeSecrets(cluster: Cluster, namespace: string, numbers: readonly number[]): Promise<void> {
  const content = Buffer.from("x".repeat(8_000)).toString("base64");
  await inLanes(numbers, (index) => {
    const metadata = { name: `bulk-${index}`, namespace };
    return create(cluster, secrets, { apiVersion: "v1", kind: "Secret", metadata, data: { content } });
  });
}

/** Does something for each, to a few at a time. */
export async function inLanes<T>(
  items: readonly T[],
  task: (item: T) => Promise<unknown>,
  count = lanes,
): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    for (const item of left) await task(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
}

/** What restamp is expected to have made of each: so many more rollouts than there are now. */
export function oneMore({ rollouts }: Cluster, { namespace, names }: Workloads): ReadonlyMap<string, number> {
  return new Map(names.map((name) => [name, rollouts.rollouts(namespace, name) + 1]));
}

function nameOf(index: number): string {
  return `web-${index}`;
}

function usesOf(sources: readonly string[]): PodBody {
  return { containers: [{ name: "main", envFrom: sources.map((name) => ({ configMapRef: { name } })) }] };
}

function create({ api }: Cluster, resource: Parameters<typeof resourcePath>[0], object: KubeObject): Promise<unknown> {
  const { name, namespace = "" } = object.metadata;
  const path = resourcePath(resource, { namespace, name });
  return api.request({ method: "POST", path: path.slice(0, path.lastIndexOf("/")), body: object });
}
