import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// Reloader's environment variables, as its chart sets them.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube, namespace } = install;
const shops = { one: await openShop(install, "one", {}), two: await openShop(install, "two", {}) };
for (const shop of Object.values(shops)) {
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), { metadata: { annotations: auto } }));
  await shop.caughtUp();
}
// Watched from their creation on: what is made within the second of the install itself is restarted once more than needed.
await install.controllers[0]?.running.stop();

let value = 1;
async function change(): Promise<void> {
  value++;
  for (const shop of Object.values(shops)) await kube.patch(shop.configMap("app", {}), { data: { value: `${value}` } });
}

async function run(t: Test, env: NodeJS.ProcessEnv, ...flags: readonly string[]): Promise<RestampProcess> {
  const controller = await install.startController([...unpaced, ...flags], env);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  return controller;
}

t.test("KUBERNETES_NAMESPACE: only that namespace", async (t) => {
  const { one, two } = shops;
  await run(t, { KUBERNETES_NAMESPACE: "one" });
  await one.caughtUp();
  await change();
  await one.rolled("web", 2);
  await one.caughtUp();
  t.equal(await two.revision("web"), 1);
});

t.test("--namespaces is stronger than KUBERNETES_NAMESPACE", async (t) => {
  const { one, two } = shops;
  await run(t, { KUBERNETES_NAMESPACE: "one" }, "--namespaces=two");
  await two.caughtUp();
  await change();
  await two.rolled("web", 2);
  await two.caughtUp();
  t.equal(await one.revision("web"), 2);
});

t.test("METRICS_COUNT_BY_NAMESPACE=enabled: restarts are also counted by namespace", async (t) => {
  const counted = 'reloader_reload_executed_total_by_namespace{success="true",namespace="one"}';
  for (const { text, want } of [
    { text: "true", want: false },
    { text: "enabled", want: true },
  ]) {
    const controller = await run(t, { METRICS_COUNT_BY_NAMESPACE: text });
    await shops.one.caughtUp();
    t.equal((await controller.metrics()).includes(counted), want, text);
    await controller.running.stop();
  }
});

t.test("RELOADER_NAMESPACE and RELOADER_DEPLOYMENT_NAME: the ConfigMap reloader-meta-info", async (t) => {
  const path = `/api/v1/namespaces/${namespace}/configmaps/reloader-meta-info`;
  const controller = await run(t, {}, "--namespaces=two");
  await controller.running.stop();
  t.equal(await kube.find(path), undefined, "not without them");
  const env = { RELOADER_NAMESPACE: namespace, RELOADER_DEPLOYMENT_NAME: "reloader" };
  const first = await run(t, env);
  await kube.waitFor(path, () => true, { timeoutMs: 20_000 });
  await first.running.stop();
  await run(t, env, "--reload-strategy=annotations", "--auto-reload-all");
  type MetaInfo = KubeObject & { readonly data: Readonly<Record<string, string>> };
  const isNew = ({ data }: MetaInfo): boolean => data["reloaderOptions"]?.includes('"annotations"') === true;
  const { metadata, data } = await kube.waitFor<MetaInfo>(path, isNew, { timeoutMs: 20_000 });
  t.strictSame(metadata.labels, { "reloader.stakater.com/meta-info": "reloader" });
  t.strictSame(JSON.parse(data["deploymentInfo"] ?? ""), { name: "reloader", namespace });
  const options = { reloadStrategy: "annotations", autoReloadAll: true };
  t.match(JSON.parse(data["reloaderOptions"] ?? ""), options);
  t.match(JSON.parse(data["buildInfo"] ?? ""), { releaseVersion: String, edition: "restamp" });
});

t.test("POD_NAME and POD_NAMESPACE: who and where it is", async (t) => {
  const controller = await run(t, { POD_NAME: "reloader-7d9f-abcde" }, "--log-format=json");
  const lease = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/stakater-reloader-lock`;
  type Lease = KubeObject & { readonly spec: { readonly holderIdentity?: string } };
  await kube.waitFor<Lease>(lease, ({ spec }) => spec.holderIdentity?.startsWith("reloader-7d9f-abcde_") === true);
  t.match(await readFile(controller.running.log, "utf8"), /"pod":"reloader-7d9f-abcde"/);
});

t.test("GOMAXPROCS and GOMEMLIMIT, which the chart sets, mean nothing and harm nothing", async (t) => {
  const controller = await run(t, { GOMAXPROCS: "1", GOMEMLIMIT: "134217728" });
  await shops.one.caughtUp();
  await controller.running.stop();
  t.notMatch(await readFile(controller.running.log, "utf8"), /GOM/);
});
