import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp, type RestampProcess } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// Bad input: in a cluster without the RBAC it needs, readiness says which verb on which resource is missing.

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roles = {
  cluster: `${rbac}/clusterroles/restamp-controller`,
  own: `${rbac}/namespaces/restamp-system/roles/restamp-controller`,
};

/** What is taken away, from both roles, and what readiness must say to that. */
const cases: readonly { verbs: readonly string[]; resource: string; want: RegExp }[] = [
  { verbs: ["get"], resource: "secrets", want: /grant "get" on "secrets" in namespace "restamp-system"/ },
  { verbs: ["list", "watch"], resource: "namespaces", want: /grant "list" and "watch" on "namespaces"/ },
  { verbs: ["watch"], resource: "secrets", want: /grant "watch" on "secrets"/ },
  { verbs: ["list"], resource: "statefulsets", want: /grant "list" on "statefulsets.apps"/ },
  { verbs: ["list", "watch"], resource: "cronjobs", want: /grant "list" and "watch" on "cronjobs.batch"/ },
  { verbs: ["get"], resource: "leases", want: /grant "get" on "leases.coordination.k8s.io"/ },
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

for (const [index, { verbs, resource, want }] of cases.entries()) {
  await t.test(`without ${verbs.join(" and ")} on ${resource}`, async (t) => {
    const restore = await without(verbs, resource);
    const controller = await install.startController(["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"]);
    await waitFor(async () => (await controller.readyz()).status > 0, { describe: "an answer", timeoutMs: 60_000 });
    // Gives it something to write, as soon as it can.
    await waitFor(() => changeUntilAnswered(controller, index, want), { describe: async () => `${want} in ${(await controller.readyz()).text}` });
    const { status, text } = await controller.readyz();
    t.match(text, want);
    t.equal(status, 503, "it is not ready");
    t.equal((await fetch(`${controller.ops}/livez`)).status, 200, "it is alive");
    t.equal(controller.running.exit(), undefined, "it runs");
    await restore();
    await t.resolves(controller.ready(), "once granted it becomes ready by itself");
    await controller.running.stop();
  });
}
