import { type Kube, waitFor } from "../controlplane/kube.ts";
import type { Deployment, Shop } from "./shop.ts";

/** A change of the test, by name. */
export type Changes = Readonly<Record<string, () => Promise<unknown>>>;

/** Which changes have rolled each Deployment, in their order; one that rolled it twice is there twice. */
export type Rolls = ReadonlyMap<string, readonly string[]>;

/** Where changes are made. */
export interface WhoRolls {
  readonly kube: Kube;
  readonly shop: Shop;
  /** How long to wait for those that are expected to roll. @default 15000 */
  readonly timeoutMs?: number;
  /** Returns when the controller has acted on everything that happened before. @default `shop.caughtUp` */
  readonly caughtUp?: () => Promise<void>;
}

/**
 * Makes the changes one after the other and tells whom each has rolled. After each it waits for those that are
 * expected to roll, and until the controller has acted on all that was done: what has not rolled by then will not.
 */
export async function whoRolls(where: WhoRolls, expected: Rolls, changes: Changes): Promise<Rolls> {
  const { kube, shop, timeoutMs = 15_000, caughtUp = () => shop.caughtUp() } = where;
  const rolls = new Map([...expected.keys()].map((name): [string, string[]] => [name, []]));
  for (const [title, change] of Object.entries(changes)) {
    const before = await revisions(kube, shop);
    await change();
    const wanted = [...expected].filter(([, titles]) => titles.includes(title)).map(([name]) => name);
    const isDone = async (): Promise<boolean> => {
      const now = await revisions(kube, shop);
      return wanted.every((name) => (now.get(name) ?? 0) > (before.get(name) ?? 0));
    };
    await waitFor(isDone, { timeoutMs, intervalMs: 100 }).catch(() => undefined);
    await caughtUp();
    const after = await revisions(kube, shop);
    for (const [name, titles] of rolls) {
      const times = (after.get(name) ?? 0) - (before.get(name) ?? 0);
      titles.push(...Array.from({ length: times }, () => title));
    }
  }
  return rolls;
}

/** How many template revisions each Deployment has had, once all are observed. */
async function revisions(kube: Kube, { namespace }: Shop): Promise<ReadonlyMap<string, number>> {
  const revision = ({ metadata }: Deployment): number =>
    Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
  const observed = async (): Promise<readonly Deployment[] | undefined> => {
    const all = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
    const isObserved = ({ metadata, status }: Deployment): boolean =>
      status?.observedGeneration === metadata.generation;
    return all.every((each) => isObserved(each) && revision(each) > 0) ? all : undefined;
  };
  const all = await waitFor(observed, { timeoutMs: 30_000, describe: "all Deployments to be observed" });
  return new Map(all.map((each) => [each.metadata.name, revision(each)]));
}
