import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";

/** A pod as far as tests read it. */
export interface Pod extends KubeObject {
  readonly status?: { readonly phase?: string };
}

/** Pods that live, by the label `app`. */
export interface Pods {
  /** The pods of a workload that are not being deleted, by name. */
  of(app: string): Promise<ReadonlyMap<string, Pod>>;
  /** Waits until a workload has so many running pods and no others, and returns them. */
  running(app: string, count: number): Promise<ReadonlyMap<string, Pod>>;
  /** How many of the pods of `before` are still there. */
  kept(app: string, before: ReadonlyMap<string, Pod>): Promise<number>;
}

/** Asks for pods of a namespace. */
export function podsOf(kube: Kube, namespace: string): Pods {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const pods: Pods = {
    async of(app) {
      const found = await kube.list<Pod>(path, { labelSelector: `app=${app}` });
      const alive = found.filter(({ metadata }) => metadata["deletionTimestamp"] === undefined);
      return new Map(alive.map((pod) => [pod.metadata.name, pod]));
    },
    async running(app, count) {
      const describe = async (): Promise<string> =>
        `${count} running pods of ${app}, there are ${JSON.stringify([...(await pods.of(app)).values()].map(({ status }) => status?.phase))}`;
      const done = async () => {
        const found = await pods.of(app);
        const isRunning = [...found.values()].every(({ status }) => status?.phase === "Running");
        return found.size === count && isRunning ? found : undefined;
      };
      return waitFor(done, { timeoutMs: 90_000, describe });
    },
    async kept(app, before) {
      const uids = new Set([...(await pods.of(app)).values()].map(({ metadata }) => metadata.uid));
      return [...before.values()].filter(({ metadata }) => uids.has(metadata.uid)).length;
    },
  };
  return pods;
}
