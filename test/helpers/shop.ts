import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import { secretValue } from "./secrecy.ts";

/** A pod template's body that refers to sources; merged into a template with one container. */
export type PodBody = Readonly<Record<string, unknown>>;

/** A Deployment as far as tests read it. */
export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
  readonly status?: { readonly observedGeneration?: number };
}

/** A namespace with workloads, and what can be asked about them. */
export interface Shop {
  readonly namespace: string;
  configMap(name: string, data: Readonly<Record<string, string>>): KubeObject;
  /** Values begin with the marker by which leaks are found: later values are `secretValue(…)`. */
  secret(name: string, data: Readonly<Record<string, string>>): KubeObject;
  /** A Deployment without pods (replicas 0 by default) that uses the sources that `pod` names. */
  deployment(name: string, pod?: PodBody, more?: { image?: string; metadata?: object; replicas?: number }): Deployment;
  get(name: string): Promise<Deployment>;
  stamp(name: string): Promise<string | undefined>;
  /** How many template revisions a Deployment has had: its revision, once its controller has seen its latest generation. */
  revision(name: string): Promise<number>;
  revisions(names: readonly string[]): Promise<readonly number[]>;
  /** Waits until a Deployment has had so many template revisions. */
  rolled(name: string, revision: number, timeoutMs?: number): Promise<void>;
  /** Reason and note of the Events about an object, oldest first. */
  events(name: string): Promise<readonly { readonly reason: string; readonly note: string; readonly type: string }[]>;
  /**
   * Returns when the controller has acted on everything that happened before: a change made now, to a source of a workload
   * of its own, has gone all the way. What has not been rolled by then will not be. The source has the labels given.
   */
  caughtUp(labels?: Readonly<Record<string, string>>): Promise<void>;
}

/** `envFrom` of a whole ConfigMap or Secret. */
export function envFrom(...sources: readonly { configMap?: string; secret?: string; optional?: boolean }[]): PodBody {
  return {
    containers: [
      {
        name: "main",
        image: "registry.example/app:1",
        envFrom: sources.map(({ configMap, secret, optional }) => {
          const extra = optional === undefined ? {} : { optional };
          return configMap === undefined
            ? { secretRef: { name: secret, ...extra } }
            : { configMapRef: { name: configMap, ...extra } };
        }),
      },
    ],
  };
}

/** Makes a namespace, opted in unless told otherwise, and returns its builders and questions. */
export async function openShop(
  install: Pick<Install, "kube">,
  namespace: string,
  labels: Readonly<Record<string, string>> = { "restamp.dev/enabled": "true" },
): Promise<Shop> {
  const { kube } = install;
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  const path = (name: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  let barriers = 0;

  const shop: Shop = {
    namespace,
    configMap: (name, data) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, data }),
    secret(name, data) {
      const stringData = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, secretValue(value)]));
      return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
    },
    deployment(name, pod = {}, { image = "registry.example/app:1", metadata = {}, replicas = 0 } = {}) {
      const { containers = [{ name: "main" }], ...rest } = pod as { containers?: readonly object[] };
      return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace, ...metadata },
        spec: {
          replicas,
          revisionHistoryLimit: 100,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { ...rest, containers: containers.map((container) => ({ ...container, image })) },
          },
        },
      } as unknown as Deployment;
    },
    get: (name) => kube.get<Deployment>(path(name)),
    stamp: async (name) => (await shop.get(name)).spec.template.metadata?.annotations?.["restamp.dev/stamp"],
    async revision(name) {
      const isObserved = ({ metadata, status }: Deployment): boolean =>
        status?.observedGeneration === metadata.generation && revisionOf(metadata) > 0;
      return revisionOf((await kube.waitFor<Deployment>(path(name), isObserved)).metadata);
    },
    revisions: (names) => Promise.all(names.map(shop.revision)),
    async rolled(name, revision, timeoutMs = 20_000) {
      let last = 0;
      const reached = async (): Promise<boolean> => {
        last = await shop.revision(name);
        return last >= revision;
      };
      const describe = async (): Promise<string> =>
        `Deployment ${namespace}/${name} to be rolled to revision ${revision}, it is at ${last}; Events: ${JSON.stringify(await shop.events(name))}`;
      await waitFor(reached, { timeoutMs, describe });
    },
    events: (name) => eventsOf(kube, namespace, name),
    async caughtUp(labels = {}) {
      const name = `caught-up-${barriers++}`;
      const source = shop.configMap(name, { value: "1" });
      await kube.create({ ...source, metadata: { ...source.metadata, labels } });
      await kube.create(
        shop.deployment(name, envFrom({ configMap: name }), {
          metadata: { labels: { "restamp.dev/enabled": "true" } },
        }),
      );
      await shop.revision(name);
      await kube.patch(`/api/v1/namespaces/${namespace}/configmaps/${name}`, { data: { value: "2" } });
      await shop.rolled(name, 2, 60_000);
      await kube.delete(path(name));
    },
  };
  return shop;
}

function revisionOf(metadata: KubeObject["metadata"]): number {
  return Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
}

async function eventsOf(kube: Kube, namespace: string, name: string) {
  type Event = KubeObject & { reason: string; note: string; type: string; regarding: { name: string } };
  const events = await kube.list<Event>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  return events
    .filter(({ regarding }) => regarding.name === name)
    .map(({ reason, note, type }) => ({ reason, note, type }));
}
