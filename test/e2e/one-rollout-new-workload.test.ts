import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { createStampReader } from "../helpers/current-stamp.ts";
import { deploymentsOf, eachRow, gaps } from "../helpers/deploy-matrix.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { countingOptions, revisionsOnceSettled } from "../helpers/prove-one-rollout.ts";
import { envFrom, openShop, type PodBody, type Shop } from "../helpers/shop.ts";

// P1: a workload that is new, its sources there before it or not.

/** A workload with what is written before and after it, one after the other. */
interface Scenario {
  readonly title: string;
  readonly pod: (name: string) => PodBody;
  readonly steps: (shop: Shop, name: string, workload: KubeObject) => readonly Step[];
  /** Template revisions in the end. */
  readonly revisions: number;
  /** Milliseconds between the steps. */
  readonly gaps: readonly number[];
}

/** An object to write, or a wait until the controller has warned of what is missing. */
type Step = KubeObject | "warned";

const whole = (name: string): PodBody => envFrom({ configMap: name }, { secret: name });
const optional = (name: string): PodBody => envFrom({ configMap: name, optional: true }, { secret: name });
const key =
  (isOptional: boolean) =>
  (name: string): PodBody => ({
    containers: [
      {
        name: "main",
        env: [{ name: "LATE", valueFrom: { configMapKeyRef: { name, key: "late", optional: isOptional } } }],
        envFrom: [{ secretRef: { name } }],
      },
    ],
  });

const scenarios: readonly Scenario[] = [
  {
    title: "sources created right before it",
    pod: whole,
    steps: (shop, name, workload) => [shop.configMap(name, { a: "1" }), shop.secret(name, { a: "1" }), workload],
    revisions: 1,
    gaps,
  },
  {
    title: "required sources created after it",
    pod: whole,
    steps: (shop, name, workload) => [workload, shop.configMap(name, { a: "1" }), shop.secret(name, { a: "1" })],
    revisions: 1,
    // While it is being seen for the first time: whatever overtakes what.
    gaps: [...gaps, 0, 0, 1, 2, 3, 5, 8],
  },
  {
    title: "one required source created before it and one after it",
    pod: whole,
    steps: (shop, name, workload) => [shop.configMap(name, { a: "1" }), workload, shop.secret(name, { a: "1" })],
    revisions: 1,
    gaps: [...gaps, 0, 0, 1, 2, 3, 5, 8],
  },
  {
    title: "a required source created long after it",
    pod: whole,
    steps: (shop, name, workload) => [
      shop.configMap(name, { a: "1" }),
      workload,
      "warned",
      shop.secret(name, { a: "1" }),
    ],
    revisions: 1,
    gaps: [0],
  },
  {
    title: "a required key created long after it",
    pod: key(false),
    steps: (shop, name, workload) => [
      shop.configMap(name, { a: "1" }),
      shop.secret(name, { a: "1" }),
      workload,
      "warned",
      shop.configMap(name, { a: "1", late: "1" }),
    ],
    revisions: 1,
    gaps: [0],
  },
  {
    title: "an optional source created after it",
    pod: optional,
    steps: (shop, name, workload) => [shop.secret(name, { a: "1" }), workload, shop.configMap(name, { a: "1" })],
    revisions: 2,
    gaps,
  },
  {
    title: "an optional key created after it",
    pod: key(true),
    steps: (shop, name, workload) => [
      shop.secret(name, { a: "1" }),
      shop.configMap(name, { a: "1" }),
      workload,
      shop.configMap(name, { a: "1", late: "1" }),
    ],
    revisions: 2,
    gaps,
  },
];

const cases = scenarios.flatMap((scenario, index) =>
  scenario.gaps.map((gapMs, time) => ({ ...scenario, gapMs, name: `new-${index}-${time}` })),
);

for (const webhook of ["self-managed", "none"] as const) {
  const title = webhook === "none" ? "the controller alone" : "webhook and controller";
  t.test(`${title}: a new workload`, { timeout: 300_000 }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true });
    t.teardown(() => plane.stop());
    await proveNewWorkloads(t, await installRestamp(plane, { webhook, ...countingOptions }), webhook === "none");
  });
}

async function proveNewWorkloads(t: Test, install: Install, alone: boolean): Promise<void> {
  const { kube } = install;
  const shop = await openShop(install, "new");
  const warned = async (name: string) => (await shop.events(name)).some(({ reason }) => reason === "SourceMissing");
  await eachRow(cases, async ({ name, pod, steps, gapMs }) => {
    for (const [index, step] of steps(shop, name, shop.deployment(name, pod(name))).entries()) {
      if (index > 0) await sleep(gapMs);
      if (step === "warned") await waitFor(() => warned(name), { timeoutMs: 60_000, describe: `a warning on ${name}` });
      else await kube.apply(step);
    }
  });
  const wanted = new Map(cases.map(({ name, revisions }) => [name, revisions]));
  const revisions = await revisionsOnceSettled(install, shop, wanted);
  const replicaSets = await replicaSetsOf(install, shop);
  const reader = await createStampReader(install);
  const deployments = await deploymentsOf(install, shop.namespace);
  for (const { title, name, gapMs, ...want } of cases) {
    const words = `${title}, ${gapMs} ms apart`;
    t.equal(revisions.get(name), want.revisions, `${words}: revisions`);
    t.equal(replicaSets.get(name)?.length, want.revisions, `${words}: ReplicaSets`);
    // A required source that came later is known to the ledger; nothing was written to the workload for it.
    const isComplete = want.revisions === 2 || (!alone && title.endsWith("before it"));
    if (!isComplete) continue;
    t.same(await reader.outdated(shop.namespace, deployments.get(name)?.spec.template), [], `${words}: stamped`);
  }
}

/** ReplicaSets by the name of their Deployment. */
async function replicaSetsOf(
  { kube }: Install,
  { namespace }: Shop,
): Promise<ReadonlyMap<string, readonly KubeObject[]>> {
  type Owned = KubeObject & { readonly metadata: { readonly ownerReferences: readonly { readonly name: string }[] } };
  const all = await kube.list<Owned>(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
  return Map.groupBy(all, ({ metadata }) => metadata.ownerReferences[0]?.name ?? "");
}
