import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { kustomize, parseManifests } from "../helpers/kustomize.ts";
import { abilitiesOf } from "../helpers/rbac-rules.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// No rights on the whole cluster: a Role in each namespace, from the shipped manifests.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0, manifests: { components: ["components/scoped"] } });
const { kube, namespace } = install;
const shops = {
  labeled: await openShop(install, "labeled"),
  unread: await openShop(install, "unread"),
  foreign: await openShop(install, "foreign"),
};
for (const shop of Object.values(shops)) {
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("app", { value: "1" }));
  await nextSecond();
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }, { secret: "app" })));
  const own = { metadata: { annotations: { "restamp.dev/enabled": "true" } } };
  await kube.create(shop.deployment("own", envFrom({ configMap: "app" }), own));
}
await grant("labeled");
await grant("unread");
// In this one even the Namespace itself may not be read.
const role = "/apis/rbac.authorization.k8s.io/v1/namespaces/unread/roles/restamp-controller";
const { rules } = await kube.get<KubeObject & { rules: readonly { resources: readonly string[] }[] }>(role);
await kube.patch(role, { rules: rules.filter(({ resources }) => !resources.includes("namespaces")) });

const controller = await install.startController([
  ...["--watch-namespaces=labeled,unread", "--poll-interval=1s"],
  ...["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"],
]);
await controller.ready();
for (const shop of [shops.labeled, shops.unread]) await shop.caughtUp();

/** What an administrator applies to a namespace. */
async function grant(to: string): Promise<void> {
  const objects = parseManifests(await kustomize({ resources: ["scoped/controller"], namespace: to }));
  for (const object of objects) await kube.apply(object, { fieldManager: "administrator" });
}

const edit = (shop: Shop, value: string) => kube.patch(shop.configMap("app", {}), { data: { value } });

t.test("there is no right on the whole cluster", async (t) => {
  const abilities = await abilitiesOf(kube, { namespace, name: "restamp-controller" });
  t.ok(abilities.length > 20);
  t.same(
    abilities.filter((ability) => ability.namespace === undefined),
    [],
  );
});

t.test("workloads are rolled where a Role allows it, by the label of their Namespace", async (t) => {
  const { labeled, foreign } = shops;
  await edit(labeled, "2");
  await labeled.rolled("web", 2);
  await labeled.rolled("own", 2);
  await kube.patch(labeled.secret("app", {}), labeled.secret("app", { value: "2" }));
  await labeled.rolled("web", 3);
  t.equal(await foreign.revision("own"), 1);
});

t.test("the label of a Namespace that may be read by name counts, also when it changes", async (t) => {
  const { labeled } = shops;
  const before = await labeled.revisions(["web", "own"]);
  await kube.patch("/api/v1/namespaces/labeled", { metadata: { labels: { "restamp.dev/enabled": "false" } } });
  const isOut = async (): Promise<boolean> =>
    /^restamp_tracked_workloads\{kind="Deployment"\} 2$/m.test(await controller.metrics());
  await waitFor(isOut, { describe: "web to be out of reach" });
  await edit(labeled, "3");
  await labeled.rolled("own", (before[1] ?? 0) + 1);
  await labeled.caughtUp();
  t.equal(await labeled.revision("web"), before[0], "the others have left");
});

t.test("where the Namespace may not be read, workloads take part by their own word", async (t) => {
  const { unread } = shops;
  await edit(unread, "2");
  await unread.rolled("own", 2);
  await unread.caughtUp();
  t.equal(await unread.revision("web"), 1);
  const text = await controller.ready();
  t.match(
    text,
    /^\[\+\]watches ok: .*Cannot list namespaces "unread": forbidden, .* or "get" in the namespace itself/m,
  );
  t.match(text, /Cannot watch namespaces "labeled": forbidden, so it is read every 1s/);
  t.equal(await unread.events("web").then((events) => events.length), 0);
});
