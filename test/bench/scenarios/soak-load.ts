import { configMaps, type Resource, resourcePath, secrets } from "../../../src/core/object-ref.ts";
import type { KubeObject } from "../../controlplane/kube.ts";
import { secretValue } from "../../helpers/secrecy.ts";
import { envFrom, openShop } from "../../helpers/shop.ts";
import type { Cluster } from "../bench.ts";
import { createRolloutAccount, type RolloutAccount } from "../rollout-account.ts";
import { pick, type Random } from "../seeded-random.ts";
import { inLanes } from "../workloads.ts";

/** Changes of many sorts, each of which is to lead to one rollout of each workload that it concerns, or to none. */
export interface SoakLoad {
  readonly namespace: string;
  /** Makes one change, chosen at random. Returns when it has gone all the way, or when the patience is over. */
  next(): Promise<void>;
  /** Changes a source that `next` leaves alone; returns whether it has gone all the way. */
  barrier(): Promise<boolean>;
  /** From the answer to a change of a source that one workload uses until its patch was seen, in ms. */
  readonly latencies: readonly number[];
  readonly account: RolloutAccount;
  /** Workloads whose sources have changed: they have a stamp, unless that was missed. */
  readonly changed: ReadonlySet<string>;
  /** What was not answered in time; the workloads are left alone from then on. */
  readonly late: readonly string[];
  counts(): Readonly<Record<string, number>>;
}

/** Workloads that use a ConfigMap and a Secret of this name. They are rolled for one reason at a time. */
interface Cell {
  readonly name: string;
  readonly workloads: readonly string[];
  isBusy: boolean;
}

const namespace = "soak";
const deployments: Resource = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };
const kinds = [configMaps, secrets] as const;
const ownCells = 150;
const sharedCells = 20;
const workloadsOfShared = 5;
const unreferenced = 50;
const patienceMs = 120_000;

/** Makes the workloads and their sources. */
export async function createSoakLoad(cluster: Cluster, random: Random): Promise<SoakLoad> {
  const { rollouts } = cluster;
  const cells = [...cellsOf("own", ownCells, 1), ...cellsOf("shared", sharedCells, workloadsOfShared)];
  const [last] = cellsOf("barrier", 1, 1);
  if (last === undefined) throw new Error("Cannot do without a barrier");
  await makeObjects(cluster, [...cells, last]);
  const write = writer(cluster);
  const account = createRolloutAccount((name) => rollouts.rollouts(namespace, name));
  const counts = { content: 0, touch: 0, unreferenced: 0, deploy: 0, skipped: 0 };
  const changed = new Set<string>();
  const latencies: number[] = [];
  const late: string[] = [];

  /** Has these workloads of a cell rolled by something, and waits for it. Returns how long it took after the answer, in ms. */
  async function roll(
    cell: Cell,
    names: readonly string[],
    cause: () => Promise<unknown>,
  ): Promise<number | undefined> {
    cell.isBusy = true;
    account.expect(names);
    await cause();
    const start = performance.now();
    try {
      const end = await rollouts.rolled(namespace, account.expected(names), patienceMs);
      cell.isBusy = false;
      return end - start;
    } catch {
      late.push(cell.name);
      return undefined;
    }
  }

  async function changeContent(cell: Cell): Promise<boolean> {
    for (const name of cell.workloads) changed.add(name);
    const took = await roll(cell, cell.workloads, () => write.content(pick(random, kinds), cell.name));
    if (took !== undefined && cell.workloads.length === 1) latencies.push(took);
    return took !== undefined;
  }

  async function onFree(what: "content" | "deploy", act: (cell: Cell) => Promise<unknown>): Promise<void> {
    const free = cells.filter(({ isBusy }) => !isBusy);
    counts[free.length === 0 ? "skipped" : what]++;
    if (free.length > 0) await act(pick(random, free));
  }

  async function deploy(cell: Cell): Promise<void> {
    const name = pick(random, cell.workloads);
    await roll(cell, [name], () => write.image(name));
  }

  return {
    ...{ namespace, latencies, account, changed, late },
    counts: () => counts,
    barrier: () => changeContent(last),
    async next() {
      const choice = random();
      if (choice < 0.6) await onFree("content", changeContent);
      else if (choice < 0.65) await onFree("deploy", deploy);
      else if (choice < 0.85) {
        counts.touch++;
        await write.label(pick(random, kinds), pick(random, cells).name);
      } else {
        counts.unreferenced++;
        await write.content(pick(random, kinds), unusedName(Math.floor(random() * unreferenced)));
      }
    },
  };
}

function cellsOf(name: string, count: number, size: number): readonly Cell[] {
  return Array.from({ length: count }, (_, index) => {
    const workloads = Array.from({ length: size }, (_, number) => `${name}-${index}-${number}`);
    return { name: `${name}-${index}`, workloads, isBusy: false };
  });
}

async function makeObjects(cluster: Cluster, cells: readonly Cell[]): Promise<void> {
  const shop = await openShop(cluster, namespace);
  const create = (resource: Resource) => (body: KubeObject) =>
    cluster.api.request({ method: "POST", path: resourcePath(resource, { namespace }), body });
  const unused = Array.from({ length: unreferenced }, (_, index) => unusedName(index));
  const names = [...cells.map(({ name }) => name), ...unused];
  const made = names.map((name) => shop.configMap(name, { value: "0" }));
  await inLanes(made, create(configMaps));
  await inLanes(
    names.map((name) => shop.secret(name, { value: "0" })),
    create(secrets),
  );
  const workloads = cells.flatMap((cell) => {
    const pod = envFrom({ configMap: cell.name }, { secret: cell.name });
    return cell.workloads.map((name) => shop.deployment(name, pod));
  });
  await inLanes(workloads, create(deployments));
}

/** Each write is unlike all before. */
function writer({ api }: Cluster) {
  let count = 0;
  const patch = (resource: Resource, name: string, how: { contentType: string; body: object }): Promise<unknown> =>
    api.request({ method: "PATCH", path: resourcePath(resource, { namespace, name }), ...how });
  const merge = (resource: Resource, name: string, body: object): Promise<unknown> =>
    patch(resource, name, { contentType: "application/merge-patch+json", body });
  return {
    content(resource: Resource, name: string): Promise<unknown> {
      const value = `${++count}`;
      const body = resource === secrets ? { stringData: { value: secretValue(value) } } : { data: { value } };
      return merge(resource, name, body);
    },
    label: (resource: Resource, name: string): Promise<unknown> =>
      merge(resource, name, { metadata: { labels: { "soak.example/touched": `${++count}` } } }),
    image(name: string): Promise<unknown> {
      const value = `registry.example/app:${++count}`;
      const body = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value }];
      return patch(deployments, name, { contentType: "application/json-patch+json", body });
    },
  };
}

function unusedName(index: number): string {
  return `unused-${index}`;
}
