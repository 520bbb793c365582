import t from "tap";
import { stampOf } from "../../src/core/pod-template.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { type Deployment, envFrom, openShop } from "../helpers/shop.ts";
import { startWebhookProcess } from "../helpers/webhook-process.ts";

// Bad input: in a cluster without the RBAC it needs, readiness says which verb on which resource is missing.

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const rolesOf = (component: "controller" | "webhook"): readonly string[] => [
  `${rbac}/clusterroles/restamp-${component}`,
  `${rbac}/namespaces/restamp-system/roles/restamp-${component}`,
];

/** What is taken away, from both roles, and what readiness must say to that. */
const cases: readonly { verbs: readonly string[]; resource: string; want: RegExp; rolls?: true }[] = [
  { verbs: ["get"], resource: "secrets", want: /grant "get" on "secrets" in namespace "restamp-system"/ },
  { verbs: ["list", "watch"], resource: "namespaces", want: /grant "list" and "watch" on "namespaces"/ },
  { verbs: ["list"], resource: "statefulsets", want: /grant "list" on "statefulsets.apps"/, rolls: true },
  { verbs: ["list", "watch"], resource: "cronjobs", want: /grant "list" and "watch" on "cronjobs.batch"/, rolls: true },
  { verbs: ["patch"], resource: "leases", want: /grant "patch" on "leases.coordination.k8s.io"/ },
  { verbs: ["get"], resource: "configmaps", want: /grant "get" on "configmaps"/ },
  { verbs: ["patch"], resource: "configmaps", want: /grant "patch" on "configmaps" in namespace "restamp-system"/ },
  { verbs: ["patch"], resource: "deployments", want: /grant "patch" on "deployments.apps" in namespace "shop"/ },
  { verbs: ["create"], resource: "events", want: /grant "create" on "events.events.k8s.io" in namespace "shop"/ },
];

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0 });
const { kube } = install;
const shop = await openShop(install, "shop");
await kube.create(shop.configMap("app", { value: "0" }));
await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));

const deployment = "/apis/apps/v1/namespaces/shop/deployments/web";
const state = { changes: 0 };

for (const { verbs, resource, want, rolls } of cases) {
  await t.test(`without ${verbs.join(" and ")} on ${resource}`, async (t) => {
    const restore = await takeAway("controller", verbs, resource);
    const controller = await install.startController(["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"]);
    t.teardown(() => controller.running.stop());
    let last = "";
    const says = async (): Promise<boolean> => {
      await change();
      last = (await controller.readyz()).text;
      return want.test(last);
    };
    await waitFor(says, { describe: () => `${want} in ${last}`, timeoutMs: 60_000, intervalMs: 200 });
    t.equal((await controller.readyz()).status, 503, "it is not ready");
    t.equal((await fetch(`${controller.ops}/livez`)).status, 200, "it is alive");
    t.equal(controller.running.exit(), undefined, "it runs");
    if (rolls) await rollsWeb();

    await restore();
    const isReady = async (): Promise<boolean> => {
      await change();
      const { status, text } = await controller.readyz();
      last = text;
      return status === 200;
    };
    await waitFor(isReady, {
      describe: () => `readiness once it is granted: ${last}`,
      timeoutMs: 90_000,
      intervalMs: 200,
    });
  });
}

await t.test("a webhook without get on secrets is not ready, and says so", async (t) => {
  await kube.delete({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "restamp-keys", namespace: "restamp-system" },
  });
  const hook = await startWebhookProcess(plane, { keys: false, certificate: true });
  t.teardown(() => hook.running.stop());
  const restore = await takeAway("webhook", ["get"], "secrets");
  let last = "";
  const says = async (want: RegExp): Promise<boolean> => {
    last = (await hook.ops("/readyz?verbose")).body;
    return want.test(last);
  };
  const refused = /^\[-\]permissions failed: grant "get" on "secrets" in namespace "restamp-system"$/m;
  await waitFor(() => says(refused), { describe: () => `the missing right in ${last}` });
  t.match(last, /^\[-\]digest-keys failed: .*the key Secret cannot be read \(forbidden\)/m);
  await hook.provideKeys();
  t.equal((await hook.ops("/readyz")).status, 503);
  t.equal((await hook.ops("/livez")).status, 200, "it is alive");
  await restore();
  await waitFor(async () => (await hook.ops("/readyz")).status === 200, { describe: () => `readiness: ${last}` });
});

await t.test("a webhook without get on what it only looks up goes on, and says so", async (t) => {
  const hook = await startWebhookProcess(plane);
  t.teardown(() => hook.running.stop());
  await hook.register();
  let last = "";
  /** Whether the webhook, after it has read the sources of a workload, is ready and says so. */
  const saysAfterReview = async (want: RegExp): Promise<boolean> => {
    await kube.create(shop.deployment("reviewed", envFrom({ configMap: "app" })), { dryRun: "All" });
    const { status, body } = await hook.ops("/readyz?verbose");
    last = `${status} ${body}`;
    return status === 200 && want.test(body);
  };
  for (const [resource, where] of [
    ["configmaps", ' in namespace "shop"'],
    ["namespaces", ""],
  ] as const) {
    const restore = await takeAway("webhook", ["get"], resource);
    const refused = new RegExp(`^\\[\\+\\]permissions ok: grant "get" on "${resource}"${where}$`, "m");
    await waitFor(() => saysAfterReview(refused), { describe: () => `${refused} in ${last}` });
    await restore();
    await waitFor(() => saysAfterReview(/^\[\+\]permissions ok$/m), { describe: () => `the right in ${last}` });
  }
});

/** Gives a controller something to write: the stamp, an Event that is unlike the ones before, a record. */
async function change(): Promise<void> {
  await kube.patch("/api/v1/namespaces/shop/configmaps/app", { data: { [`key-${state.changes++}`]: "1" } });
}

/** Resolves when the Deployment is restarted: kinds that may be listed go ahead. */
async function rollsWeb(): Promise<void> {
  const stamp = async () => stampOf((await kube.get<Deployment>(deployment)).spec.template);
  const before = await stamp();
  const isRolled = async (): Promise<boolean> => {
    await change();
    return (await stamp()) !== before;
  };
  await waitFor(isRolled, { describe: "the Deployment to be restarted", timeoutMs: 60_000, intervalMs: 200 });
}

/** Takes verbs on a resource away from both roles of a component; returns what gives them back. */
async function takeAway(
  component: "controller" | "webhook",
  verbs: readonly string[],
  resource: string,
): Promise<() => Promise<void>> {
  const before = await Promise.all(
    rolesOf(component).map(async (path) => ({ path, role: await kube.get<Role>(path) })),
  );
  for (const { path, role } of before) {
    const rules = role.rules.flatMap((rule): object[] =>
      rule.resources.includes(resource)
        ? [
            { ...rule, resources: rule.resources.filter((each) => each !== resource) },
            { ...rule, resources: [resource], verbs: rule.verbs.filter((verb) => !verbs.includes(verb)) },
          ]
        : [rule],
    );
    await kube.patch(path, { rules: rules.filter(isRule) });
  }
  return async () => {
    for (const { path, role } of before) await kube.patch(path, { rules: role.rules });
  };
}

/** The API server refuses rules without verbs or resources. */
function isRule(rule: object): boolean {
  const { resources, verbs } = rule as Rule;
  return resources.length > 0 && verbs.length > 0;
}
