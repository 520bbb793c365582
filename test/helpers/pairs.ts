import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import type { RestampProcess } from "./restamp-process.ts";
import { type Deployment, envFrom, openShop } from "./shop.ts";

/**
 * Many Deployments, each with a ConfigMap of its own or all with the same one, on a control plane without controller-manager:
 * then nobody but restamp writes to them, and `metadata.generation` counts its writes.
 */
export interface Pairs {
  readonly names: readonly string[];
  /** Gives a workload's ConfigMap another value; goes on trying while the API server is away. */
  change(name: string, value: string): Promise<void>;
  /** How often each template was written since it was made, by name. */
  rollouts(): Promise<ReadonlyMap<string, number>>;
  /** Names by how often they were rolled: `{ 0: [], 1: ["a"] }` becomes `{ 1: 1 }`; of some, or of all. */
  counts(names?: readonly string[]): Promise<Readonly<Record<number, number>>>;
  /** Waits until each of the workloads was rolled so often. */
  rolled(names: readonly string[], times?: number): Promise<void>;
  /** Returns when restamp has acted on all that happened before: what was not rolled by then will not be. */
  caughtUp(): Promise<void>;
}

/** How pairs are made. */
export interface PairsOptions {
  readonly size: number;
  /** One ConfigMap for all, of this name. */
  readonly shared?: string;
}

const parallel = 8;
const patientMs = 120_000;

/** Makes a namespace with so many pairs. */
export async function openPairs(
  { kube }: Pick<Install, "kube">,
  namespace: string,
  options: PairsOptions,
): Promise<Pairs> {
  const shop = await openShop({ kube }, namespace);
  const names = Array.from({ length: options.size }, (_, index) => `web-${index}`);
  const spare = "spare";
  const sourceOf = (name: string): string => (name === spare ? spare : (options.shared ?? name));
  let changes = 0;

  async function make(name: string): Promise<void> {
    if (sourceOf(name) === name) await kube.create(shop.configMap(name, { value: "0" }));
    await kube.create(shop.deployment(name, envFrom({ configMap: sourceOf(name) })));
  }

  const pairs: Pairs = {
    names,
    change: (name, value) => insist(() => kube.patch(shop.configMap(sourceOf(name), {}), { data: { value } })),
    async rollouts() {
      const all = await insist(() => kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`));
      return new Map(all.map(({ metadata }) => [metadata.name, (metadata.generation ?? 0) - 1]));
    },
    async counts(some = names) {
      const rollouts = await pairs.rollouts();
      const counts: Record<number, number> = {};
      for (const name of some) {
        const times = rollouts.get(name) ?? 0;
        counts[times] = (counts[times] ?? 0) + 1;
      }
      return counts;
    },
    async rolled(some, times = 1) {
      const isRolled = async (): Promise<boolean> => {
        const rollouts = await pairs.rollouts();
        return some.every((name) => (rollouts.get(name) ?? 0) >= times);
      };
      const describe = async () =>
        `workloads to be rolled ${times} times, they are ${JSON.stringify(await pairs.counts(some))}`;
      await waitFor(isRolled, { timeoutMs: patientMs, intervalMs: 250, describe });
    },
    async caughtUp() {
      const before = (await pairs.rollouts()).get(spare) ?? 0;
      await pairs.change(spare, `${++changes}`);
      await pairs.rolled([spare], before + 1);
    },
  };
  if (options.shared !== undefined) await kube.create(shop.configMap(options.shared, { value: "0" }));
  await make(spare);
  // The controller may still be on its way back from an outage. What a list finds is in doubt and rolled once for that; when
  // this one has also been rolled for a change, the watch goes on, and sees the others from their creation on.
  for (let round = 0; round < 2; round++) await pairs.caughtUp();
  await each(names, make);
  await pairs.caughtUp();
  return pairs;
}

/** Does something for each name, to a few at a time. */
export async function each(names: readonly string[], task: (name: string) => Promise<unknown>): Promise<void> {
  const left = [...names];
  const lane = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await task(name);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

/** Repeats what may fail while the API server is away. */
async function insist<T>(task: () => Promise<T>): Promise<T> {
  const done = async (): Promise<{ readonly value: T }> => ({ value: await task() });
  return (await waitFor(done, { timeoutMs: patientMs, intervalMs: 20, describe: "the API server to answer" })).value;
}

/** The controller that holds the lease, once there is one that runs. */
export async function findLeader(install: Install): Promise<RestampProcess> {
  type Lease = KubeObject & { readonly spec: { readonly holderIdentity?: string } };
  const holder = async (): Promise<RestampProcess | undefined> => {
    const identity = (await leases<Lease>(install.kube, install.namespace)).map(
      ({ spec }) => spec.holderIdentity ?? "",
    );
    const running = install.controllers.filter(({ running: process }) => process.exit() === undefined);
    return running.find(({ name }) => identity.some((each) => each.startsWith(`${name}_`)));
  };
  return waitFor(holder, { timeoutMs: 60_000, describe: "a controller to lead" });
}

function leases<T>(kube: Kube, namespace: string): Promise<T[]> {
  return kube.list<T>(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`);
}
