import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// Which namespaces, workloads and sources Reloader's flags choose.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
// Selectors of namespaces need the right to watch them, in Reloader's chart as well.
const rights = [{ apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] }];
const install = await installReloader(plane, { controllers: 0, rights });
const { kube } = install;
const auto = { annotations: { "reloader.stakater.com/auto": "true" } };

const labels: Readonly<Record<string, Record<string, string>>> = {
  one: { team: "a", reloader: "enabled" },
  two: { team: "b", reloader: "" },
  three: {},
};
const shops: Record<string, Shop> = {};
const first = await runReloader(t, install);
for (const [name, marks] of Object.entries(labels)) {
  const shop = await openShop(install, name, marks);
  shops[name] = shop;
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("db", { value: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }, { secret: "db" }), { metadata: auto }));
}
const { one, two, three } = shops as { one: Shop; two: Shop; three: Shop };
await three.caughtUp();
await first.running.stop();

/** A label of sources that some runs ask for. */
const reload = { reload: "yes" };
let version = 1;
const nextData = () => ({ value: `${++version}` });
const edit = (shop: Shop) => kube.patch(shop.configMap("app", {}), { data: nextData() });
const editSecret = (shop: Shop) => kube.patch(shop.secret("db", {}), shop.secret("db", nextData()));
const label = (namespace: string, labels: Record<string, string | null>) =>
  kube.patch(`/api/v1/namespaces/${namespace}`, { metadata: { labels } });

/** Changes the ConfigMap of each namespace, and checks whose workload is rolled. */
async function rollsOnly(t: Test, chosen: readonly Shop[], title: string): Promise<void> {
  const all = [one, two, three];
  const before = await Promise.all(all.map((shop) => shop.revision("web")));
  for (const shop of all) await edit(shop);
  const want = before.map((revision, index) => revision + (chosen.includes(all[index] as Shop) ? 1 : 0));
  for (const [index, shop] of all.entries()) await shop.rolled("web", want[index] ?? 0);
  for (const shop of chosen) await shop.caughtUp(reload);
  t.same(await Promise.all(all.map((shop) => shop.revision("web"))), want, title);
}

/** Whatever was left out has changed meanwhile: only those may be rolled that are looked after. */
async function run(t: Test, ...flags: readonly string[]): Promise<RestampProcess> {
  return await runReloader(t, install, ...flags);
}

t.test("--namespaces, and KUBERNETES_NAMESPACE", async (t) => {
  process.env["KUBERNETES_NAMESPACE"] = "two";
  t.teardown(() => delete process.env["KUBERNETES_NAMESPACE"]);
  const single = await run(t);
  await rollsOnly(t, [two], "KUBERNETES_NAMESPACE: one namespace");
  await single.running.stop();
  const several = await run(t, "--namespaces=one,three");
  await one.rolled("web", 2);
  await rollsOnly(t, [one, three], "--namespaces: several, and it is stronger than the variable");
  await several.running.stop();
});

t.test("--namespaces-to-ignore", async (t) => {
  await run(t, "--namespaces-to-ignore=two,absent");
  await one.caughtUp();
  await rollsOnly(t, [one, three], "all but those");
});

t.test("--namespace-selector", async (t) => {
  const chosen = await run(t, "--namespace-selector=team in (a,c)");
  await one.caughtUp();
  await rollsOnly(t, [one], "by a selector of Kubernetes");
  await label("three", { team: "c" });
  await three.caughtUp();
  await rollsOnly(t, [one, three], "a label that comes at run time counts");
  await label("three", { team: null });
  await label("one", { team: "b" });
  await label("two", { team: "a" });
  await two.caughtUp();
  await rollsOnly(t, [two], "so does one that goes");
  await chosen.running.stop();

  const legacy = await run(t, "--namespace-selector=team:b");
  await one.caughtUp();
  await rollsOnly(t, [one], "in the notation key:value");
  await legacy.running.stop();
  const any = await run(t, "--namespace-selector=reloader:*");
  await two.caughtUp();
  await rollsOnly(t, [one, two], "in the notation key:*");
  await any.running.stop();
  const both = await run(t, "--namespaces=three", "--namespace-selector=team=a");
  await three.caughtUp();
  await rollsOnly(t, [three], "where namespaces are named the selector has no effect");
  t.match(
    await readFile(both.running.log, "utf8"),
    /--namespace-selector has no effect beside --watch-namespaces/,
    "which the log says",
  );
});

t.test("--resource-label-selector", async (t) => {
  await kube.patch(one.configMap("app", {}), { metadata: { labels: reload } });
  await run(t, "--resource-label-selector=reload=yes");
  await one.caughtUp(reload);
  await rollsOnly(t, [one], "sources that have the label");
  await kube.patch(two.configMap("app", {}), { metadata: { labels: reload } });
  await two.caughtUp(reload);
  await rollsOnly(t, [one, two], "a label that comes at run time counts for sources, too");
  const before = await two.revision("web");
  await editSecret(two);
  await two.caughtUp(reload);
  t.equal(await two.revision("web"), before, "other sources of the same workload do not count");
});

t.test("--resources-to-ignore", async (t) => {
  const shop = await openShop(install, "kinds", {});
  const secrets = await run(t, "--resources-to-ignore=configMaps");
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("db", { value: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }, { secret: "db" }), { metadata: auto }));
  await kube.create(
    shop.deployment("named", {}, { metadata: { annotations: { "configmap.reloader.stakater.com/reload": ".*" } } }),
  );
  await shop.revisions(["web", "named"]);
  await edit(shop);
  await editSecret(shop);
  await shop.rolled("web", 2);
  await secrets.running.stop();
  const configMaps = await run(t, "--resources-to-ignore=secrets");
  await shop.caughtUp();
  const before = await shop.revision("web");
  await editSecret(shop);
  await edit(shop);
  await shop.rolled("web", before + 1);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), before + 1, "one kind of source alone counts");
  await configMaps.ready();
});

t.test("--ignored-workload-types", async (t) => {
  const shop = await openShop(install, "types", {});
  await kube.create(shop.configMap("app", { value: "1" }));
  const pod = {
    containers: [{ name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: "app" } }] }],
  };
  const template = { spec: { ...pod, restartPolicy: "Never" } };
  const jobs = async () => (await kube.list<KubeObject>("/apis/batch/v1/namespaces/types/jobs")).length;
  const ignoring = await run(t, "--ignored-workload-types=jobs,cronjobs");
  await kube.create({
    ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "night", namespace: "types", ...auto } },
    spec: { schedule: "0 3 1 1 *", jobTemplate: { spec: { template } } },
  } as KubeObject);
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), { metadata: auto }));
  await shop.caughtUp();
  await edit(shop);
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.equal(await jobs(), 0, "kinds that are named are left alone");
  await ignoring.running.stop();
});
