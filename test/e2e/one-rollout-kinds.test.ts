import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { countingOptions } from "../helpers/prove-one-rollout.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// P1: one deploy, one rollout, of the other kinds of workload.

/** One kind, and where the template revisions of its workloads are counted. */
interface KindRow {
  readonly kind: string;
  readonly workload: (shop: Shop, name: string, image: string) => KubeObject;
  readonly revisions: (kube: Kube, shop: Shop, name: string) => Promise<number>;
}

const kinds: readonly KindRow[] = [
  {
    kind: "StatefulSet",
    workload: (shop, name, image) => appsWorkload(shop, "StatefulSet", { name, image, replicas: 0, serviceName: name }),
    revisions: controllerRevisions,
  },
  {
    kind: "DaemonSet",
    workload: (shop, name, image) => appsWorkload(shop, "DaemonSet", { name, image }),
    revisions: controllerRevisions,
  },
  {
    kind: "CronJob",
    workload(shop, name, image) {
      const { metadata, spec } = shop.deployment(name, envFrom({ configMap: name }, { secret: name }), { image });
      const template = { ...spec.template, spec: { ...spec.template.spec, restartPolicy: "Never" } };
      const jobTemplate = { spec: { template } };
      return { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule: "0 0 1 1 *", jobTemplate } };
    },
    // Nothing but changes of its spec counts, and nothing but its template is changed here.
    revisions: async (kube, { namespace }, name) =>
      (await kube.get(`/apis/batch/v1/namespaces/${namespace}/cronjobs/${name}`)).metadata.generation ?? 0,
  },
];

/** What is written, in this order and 20 ms apart, and the template revisions that come of it. */
const deploys = [
  { title: "created after its sources", parts: ["configMap", "secret", "workload"], more: 1 },
  { title: "changed after its sources", parts: ["secret", "configMap", "workload"], more: 1 },
  { title: "changed before its sources", parts: ["workload", "configMap", "secret"], more: 2 },
  { title: "unchanged, a source changed", parts: ["secret"], more: 1 },
] as const;
const gapMs = 20;

// Both mostly wait.
t.jobs = 2;
for (const webhook of ["self-managed", "none"] as const) {
  const title = webhook === "none" ? "the controller alone" : "webhook and controller";
  t.test(`${title}: other kinds`, { timeout: 300_000, buffered: true }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true });
    t.teardown(() => plane.stop());
    await proveKinds(t, await installRestamp(plane, { webhook, ...countingOptions }));
  });
}

async function proveKinds(t: Test, install: Install): Promise<void> {
  const { kube } = install;
  const shop = await openShop(install, "kinds");
  let total = 0;
  for (const [index, { title, parts, more }] of deploys.entries()) {
    const version = `registry.example/app:${index}`;
    await Promise.all(
      kinds.map(async ({ kind, workload }) => {
        const name = kind.toLowerCase();
        const objects = {
          configMap: shop.configMap(name, { version }),
          secret: shop.secret(name, { version }),
          workload: workload(shop, name, version),
        };
        for (const part of parts) {
          await kube.apply(objects[part]);
          await sleep(gapMs);
        }
      }),
    );
    total += more;
    const count = () => Promise.all(kinds.map(({ kind, revisions }) => revisions(kube, shop, kind.toLowerCase())));
    await waitFor(async () => (await count()).every((revisions) => revisions >= total), {
      timeoutMs: 60_000,
      intervalMs: 250,
      describe: async () => `${total} revisions of each kind ${title}: ${await count()}`,
    });
    await shop.caughtUp();
    const counted = await count();
    for (const [row, { kind }] of kinds.entries()) t.equal(counted[row], total, `a ${kind} ${title}`);
  }
}

function appsWorkload(
  shop: Shop,
  kind: "StatefulSet" | "DaemonSet",
  { name, image, ...more }: { name: string; image: string; replicas?: number; serviceName?: string },
): KubeObject {
  const { metadata, spec } = shop.deployment(name, envFrom({ configMap: name }, { secret: name }), { image });
  const { selector, template } = spec as typeof spec & { readonly selector: object };
  return { apiVersion: "apps/v1", kind, metadata, spec: { ...more, selector, template } };
}

async function controllerRevisions(kube: Kube, { namespace }: Shop, name: string): Promise<number> {
  type Owned = KubeObject & { readonly metadata: { readonly ownerReferences: readonly { readonly name: string }[] } };
  const all = await kube.list<Owned>(`/apis/apps/v1/namespaces/${namespace}/controllerrevisions`);
  return all.filter(({ metadata }) => metadata.ownerReferences[0]?.name === name).length;
}
