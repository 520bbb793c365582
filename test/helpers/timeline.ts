import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import { envFrom, type PodBody, type Shop } from "./shop.ts";

/** One workload and its ConfigMap of the same name, and what its owners do to them. */
export interface Timeline {
  readonly name: string;
  /** Makes both, and waits until the workload has its first revision. */
  make(): Promise<void>;
  createSource(name?: string): Promise<void>;
  createWorkload(): Promise<void>;
  /** Gives the ConfigMap a value that it never had. */
  edit(name?: string): Promise<void>;
  /** Changes the image of the workload, and what its pods refer to if that is given. */
  deploy(pod?: PodBody): Promise<void>;
  /** Deletes what is called so, workload or ConfigMap. */
  remove(kind: "Deployment" | "ConfigMap"): Promise<void>;
  /** Merge patch of the workload's metadata. */
  mark(metadata: object): Promise<void>;
  /** Returns to an earlier revision, as `kubectl rollout undo` does. */
  undo(toRevision?: number): Promise<void>;
  uid(): Promise<string>;
}

/** The owners of workload `name` in a shop. */
export function timeline({ kube }: Pick<Install, "kube">, shop: Shop, name: string): Timeline {
  const { namespace } = shop;
  let values = 0;
  let images = 1;
  const one: Timeline = {
    name,
    async make() {
      await one.createSource();
      await one.createWorkload();
    },
    createSource: async (source = name) => void (await kube.create(shop.configMap(source, { value: `${values++}` }))),
    async createWorkload() {
      await kube.create(shop.deployment(name, envFrom({ configMap: name })));
      await shop.revision(name);
    },
    edit: async (source = name) =>
      void (await kube.patch(shop.configMap(source, {}), { data: { value: `${values++}` } })),
    async deploy(pod = {}) {
      const { template } = shop.deployment(name, pod, { image: `registry.example/app:${++images}` }).spec;
      await kube.patch(shop.deployment(name), { spec: { template: { spec: template.spec } } }, { type: "strategic" });
    },
    remove: (kind) => kube.delete(kind === "ConfigMap" ? shop.configMap(name, {}) : shop.deployment(name)),
    mark: async (metadata) => void (await kube.patch(shop.deployment(name), { metadata })),
    async undo(toRevision = 0) {
      await shop.revision(name);
      const revision = toRevision === 0 ? [] : [`--to-revision=${toRevision}`];
      await kube.kubectl(["rollout", "undo", `deployment/${name}`, `--namespace=${namespace}`, ...revision]);
    },
    uid: async () => (await kube.get(shop.deployment(name))).metadata.uid ?? "",
  };
  return one;
}

/**
 * Waits for the API server's clock to show another second. Its times are whole seconds: a workload of the same second as
 * its source may have started with what that was before, so a controller that finds both restarts it.
 */
export async function nextSecond(): Promise<void> {
  await sleep(1_050 - (Date.now() % 1_000));
}

/** What the ledger says about a workload, as far as it is written. */
export async function ledgerEntry(
  { kube, namespace }: Pick<Install, "kube" | "namespace">,
  uid: string,
): Promise<{ readonly released?: boolean; readonly records: readonly (readonly [string, string])[] } | undefined> {
  type Shard = KubeObject & { readonly data?: Readonly<Record<string, string>> };
  const shards = await kube.list<Shard>(`/api/v1/namespaces/${namespace}/configmaps`);
  const text = shards
    .filter(({ metadata }) => metadata.name.startsWith("restamp-ledger-"))
    .map(({ data }) => data?.[uid]);
  const entry = text.find((each) => each !== undefined);
  return entry === undefined ? undefined : JSON.parse(entry);
}
