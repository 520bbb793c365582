import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import { secretValue } from "./secrecy.ts";
import { type Deployment, openShop, type PodBody, type Shop } from "./shop.ts";

/** Many Deployments that use one ConfigMap and one Secret, each in one of the ways in which a pod can. */
export interface Fleet {
  readonly shop: Shop;
  readonly names: readonly string[];
  /** How many workloads have had how many template revisions: `{ 1: 50 }` when none has ever been restarted. */
  counts(): Promise<Readonly<Record<number, number>>>;
  /** The revision of each workload, in the order of `names`. */
  revisions(): Promise<readonly number[]>;
  /** Waits until every workload has had so many revisions, and for what else may still come. */
  rolled(revision: number): Promise<void>;
  /** How many workloads have a Warning of that reason. */
  warned(reason: string): Promise<number>;
  /** The stamps of all workloads, in the order of `names`. */
  stamps(): Promise<readonly (string | undefined)[]>;
  /** Does something to each workload, to {@link parallel} of them at a time. */
  each(task: (name: string) => Promise<unknown>): Promise<void>;
  /** Changes a key that every workload uses, in both sources. */
  change(value: string): Promise<void>;
  /** Makes `app` and `db` with values for the keys `used` and `unused`. */
  createSources(values?: { used: string; unused: string }): Promise<void>;
}

/** Which ways of use: `keys` those that select keys, `all` also those that take everything, `optional` pods start without. */
export type FleetUse = "all" | "keys" | "optional";

/** How a fleet is made. */
export interface FleetOptions {
  /** @default 50 */
  readonly size?: number;
  /** @default "all" */
  readonly use?: FleetUse;
  /** Labels of the Namespace. @default those that opt it in */
  readonly labels?: Readonly<Record<string, string>>;
}

/** As many as a deploy tool writes at once; admission has to answer them all in time, also on a busy machine. */
const parallel = 5;
const image = "registry.example/app:1";
const configMap = { name: "app", key: "used" };
const secret = { name: "db", key: "used" };
const items = [{ key: "used", path: "file" }];
const mounts = (subPath?: string) => [{ name: "files", mountPath: "/files", ...(subPath && { subPath }) }];

/** Ways of using the key `used` of both sources and no other. */
const ofKeys: readonly PodBody[] = [
  body({
    env: [
      { name: "A", valueFrom: { configMapKeyRef: configMap } },
      { name: "B", valueFrom: { secretKeyRef: secret } },
    ],
  }),
  body({ volumeMounts: mounts() }, [
    { name: "files", configMap: { name: "app", items } },
    { name: "more", secret: { secretName: "db", items } },
  ]),
  body({ volumeMounts: mounts("used") }, [{ name: "files", configMap: { name: "app" } }]),
  body({ volumeMounts: mounts("used") }, [{ name: "files", secret: { secretName: "db" } }]),
  body({ volumeMounts: mounts() }, [{ name: "files", projected: { sources: [{ secret: { name: "db", items } }] } }]),
];

/** Ways of using all that is in one of them. */
const ofAll: readonly PodBody[] = [
  body({ envFrom: [{ configMapRef: { name: "app" } }] }),
  body({ envFrom: [{ secretRef: { name: "db" } }, { configMapRef: { name: "nothing", optional: true } }] }),
  body({ volumeMounts: mounts() }, [{ name: "files", secret: { secretName: "db" } }]),
  body({ volumeMounts: mounts() }, [{ name: "files", projected: { sources: [{ configMap: { name: "app" } }] } }]),
  { ...body({}), initContainers: [{ name: "init", image, envFrom: [{ secretRef: { name: "db" } }] }] },
];

const optional = true;

/** Ways of using what need not be there. */
const ofOptional: readonly PodBody[] = [
  body({ envFrom: [{ secretRef: { name: "db", optional } }] }),
  body({ env: [{ name: "A", valueFrom: { configMapKeyRef: { ...configMap, optional } } }] }),
  body({ volumeMounts: mounts() }, [{ name: "files", secret: { secretName: "db", optional } }]),
  body({ volumeMounts: mounts() }, [{ name: "files", configMap: { name: "app", items, optional } }]),
  body({ volumeMounts: mounts() }, [
    { name: "files", projected: { sources: [{ secret: { name: "db", items, optional } }] } },
  ]),
];

/** Makes a namespace with the two sources and the workloads, and waits until every workload has its first revision. */
export async function openFleet(
  install: Pick<Install, "kube">,
  namespace: string,
  options: FleetOptions = {},
): Promise<Fleet> {
  const { size = 50, use = "all", labels } = options;
  const { kube } = install;
  const shop = await openShop(install, namespace, labels);
  const ways = { keys: ofKeys, all: [...ofKeys, ...ofAll], optional: ofOptional }[use];
  const names = Array.from({ length: size }, (_, index) => `web-${index}`);

  /** In one call: a request for each would be most of what a test does. */
  async function list(): Promise<readonly Deployment[]> {
    const found = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
    const byName = new Map(found.map((each) => [each.metadata.name, each]));
    return names.flatMap((name) => byName.get(name) ?? []);
  }

  const fleet: Fleet = {
    shop,
    names,
    async counts() {
      const counts: Record<number, number> = {};
      for (const revision of await fleet.revisions()) counts[revision] = (counts[revision] ?? 0) + 1;
      return counts;
    },
    async revisions() {
      const seen = async () => {
        const all = await list();
        const isObserved = all.every((each) => each.status?.observedGeneration === each.metadata.generation);
        return isObserved && all.every((each) => revisionOf(each) > 0) ? all.map(revisionOf) : undefined;
      };
      return waitFor(seen, { timeoutMs: 60_000, describe: `the revisions in "${namespace}"` });
    },
    async rolled(revision) {
      const reached = async () => (await fleet.revisions()).every((each) => each >= revision);
      const describe = async () => `revision ${revision} in "${namespace}": ${JSON.stringify(await fleet.counts())}`;
      await waitFor(reached, { timeoutMs: 90_000, intervalMs: 200, describe });
      await shop.caughtUp();
    },
    stamps: async () => (await list()).map(({ spec }) => spec.template.metadata?.annotations?.["restamp.dev/stamp"]),
    async warned(reason) {
      type Event = KubeObject & { reason: string; type: string; regarding: { name: string } };
      const events = await kube.list<Event>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
      const own = events.filter((event) => event.type === "Warning" && event.reason === reason);
      return new Set(own.map(({ regarding }) => regarding.name).filter((name) => names.includes(name))).size;
    },
    async each(task) {
      const left = [...names];
      const one = async (): Promise<void> => {
        for (let name = left.shift(); name !== undefined; name = left.shift()) await task(name);
      };
      await Promise.all(Array.from({ length: parallel }, one));
    },
    async change(value) {
      await kube.patch(shop.configMap("app", {}), { data: { used: value } });
      await kube.patch(shop.secret("db", {}), { stringData: { used: secretValue(value) } });
    },
    async createSources(values = { used: "1", unused: "1" }) {
      await kube.create(shop.configMap("app", values));
      await kube.create(shop.secret("db", values));
    },
  };
  await fleet.createSources();
  await fleet.each((name) => kube.create(shop.deployment(name, ways[names.indexOf(name) % ways.length])));
  await fleet.counts();
  return fleet;
}

function revisionOf({ metadata }: Deployment): number {
  return Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
}

function body(container: object, volumes?: readonly object[]): PodBody {
  return { containers: [{ name: "main", image, ...container }], ...(volumes && { volumes }) };
}
