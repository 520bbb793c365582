import { createLimiter } from "../../src/core/limiter.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { DeployMethod } from "./deploy-methods.ts";
import type { Install } from "./install.ts";
import { type Deployment, envFrom, type Shop } from "./shop.ts";

/** What one deploy changes: a ConfigMap, a Secret and the workload that uses both. */
export type Part = "configMap" | "secret" | "workload";

/** One deploy of one workload of its own. */
export interface MatrixRow {
  /** Name of the workload and of its sources. */
  readonly name: string;
  readonly title: string;
  readonly method: DeployMethod;
  readonly order: readonly Part[];
  readonly gapMs: number;
  /** Whether restamp has rolled it before, so that its template has a stamp also where there is no webhook. */
  readonly rolledBefore: boolean;
  /** How many pods it has. @default 0 */
  readonly replicas?: number;
}

/** The gaps of promise P1, in milliseconds. */
export const gaps = [0, 20, 200, 700];

/** Every order in which the workload is written last, and every one in which it is not. */
export const workloadLast: readonly (readonly Part[])[] = [
  ["configMap", "secret", "workload"],
  ["secret", "configMap", "workload"],
];
export const workloadNotLast: readonly (readonly Part[])[] = [
  ["workload", "configMap", "secret"],
  ["workload", "secret", "configMap"],
  ["configMap", "workload", "secret"],
  ["secret", "workload", "configMap"],
];

/** All combinations of methods, orders and gaps; one gap also with workloads that were rolled before. */
export function matrixRows(methods: readonly DeployMethod[]): readonly MatrixRow[] {
  const combinations = methods.flatMap((method) =>
    [...workloadLast, ...workloadNotLast].flatMap((order) => [
      ...gaps.map((gapMs) => ({ method, order, gapMs, rolledBefore: false })),
      { method, order, gapMs: 20, rolledBefore: true },
    ]),
  );
  return combinations.map((row, index) => ({
    ...row,
    name: `row-${index}`,
    title: `${row.method.title}, ${row.order.join(" > ")}, ${row.gapMs} ms apart${row.rolledBefore ? ", rolled before" : ""}`,
  }));
}

/** How many new template revisions one deploy must give. Content written after the template may be unknown to its pods. */
export function wantedRevisions({ order }: MatrixRow): number {
  return order.at(-1) === "workload" ? 1 : 2;
}

/** The objects of a row with their n-th content, in the row's order. */
export function rowObjects(
  shop: Shop,
  { name, order, replicas = 0 }: MatrixRow,
  version: number,
): readonly KubeObject[] {
  const value = `${name}-${version}`;
  const parts: Readonly<Record<Part, KubeObject>> = {
    configMap: shop.configMap(name, { value }),
    secret: shop.secret(name, { value }),
    workload: shop.deployment(name, envFrom({ configMap: name }, { secret: name }), {
      image: `registry.example/app:${version}`,
      replicas,
    }),
  };
  return order.map((part) => parts[part]);
}

/** In the order in which they are created: what becomes of a workload that is created before its sources is a case of its own. */
export function sourcesFirst(objects: readonly KubeObject[]): readonly KubeObject[] {
  const rank = ({ kind }: KubeObject): number => (kind === "Deployment" ? 1 : 0);
  return objects.toSorted((left, right) => rank(left) - rank(right));
}

/** Deploys at a time: what is measured is restamp, not how long a small machine needs for a hundred writes. */
const parallel = 6;

/** Does something for all rows, a few at a time. */
export async function eachRow<T>(rows: readonly T[], task: (row: T) => Promise<void>): Promise<void> {
  const limit = createLimiter(parallel);
  const never = new AbortController().signal;
  await Promise.all(rows.map((row) => limit.run(() => task(row), never)));
}

/** All Deployments of a namespace by name. */
export async function deploymentsOf({ kube }: Pick<Install, "kube">, namespace: string) {
  const all = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  return new Map(all.map((deployment) => [deployment.metadata.name, deployment]));
}

/** Waits until each Deployment has had at least the wanted number of template revisions, and returns the numbers. */
export async function revisionsOnce(
  install: Pick<Install, "kube">,
  shop: Shop,
  wanted: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  let late: readonly string[] = [];
  const reached = async () => {
    const deployments = await deploymentsOf(install, shop.namespace);
    const revisions = new Map([...deployments].map(([name, deployment]) => [name, revisionOf(deployment)]));
    late = [...wanted].flatMap(([name, want]) => {
      const is = revisions.get(name) ?? 0;
      return is < want ? [`${name} (${is} of ${want})`] : [];
    });
    return late.length === 0 && revisions;
  };
  return await waitFor(reached, {
    timeoutMs: 60_000,
    intervalMs: 250,
    describe: () => `revisions: ${late.join(", ")}`,
  });
}

/** 0 while the Deployment's controller has not seen its latest template. */
function revisionOf({ metadata, status }: Deployment): number {
  if (status?.observedGeneration !== metadata.generation) return 0;
  return Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);
}
