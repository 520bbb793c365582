import t, { type Test } from "tap";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { lastReloadedFromAnnotation } from "../../src/core/reloader/last-reloaded-from.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { restartAsReloader } from "../helpers/reloader-restart.ts";
import { type AnyWorkload, auto, changedTo, eventOf, reloaderEnv, workload } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// From Reloader to restamp and back, in a cluster that Reloader has looked after.

t.setTimeout(240_000);
t.jobs = 1;
const quick = ["--settle=1s", "--min-interval=0s", "--ledger-interval=100ms"];

for (const strategy of ["env-vars", "annotations"] as const) {
  t.test(`from Reloader to restamp and back, --reload-strategy=${strategy}`, async (t) => {
    const plane = await startControlPlane({ controllerManager: true });
    t.teardown(() => plane.stop());
    const install = await installRestamp(plane, { controllers: 0, manifests: { resources: ["overlays/reloader"] } });
    const shop = await openShop(install, "shop", {});
    const scene = { install, shop, strategy, all: await reloaderCluster(install, shop) };
    const { all } = scene;
    const before = await templates(scene);
    const controller = await start(scene);
    t.same(await templates(scene), before, "nothing is rolled, nothing is written");
    const missed = await eventOf(shop, "missed", "ChangeMissedByReloader");
    t.match(missed, /configmap\/missed/, "what Reloader has missed is told");

    const generations = await generationsOf(scene);
    for (const object of all) await edit(scene, object, "3");
    await changedBy(t, scene, generations);
    await shop.caughtUp();
    t.same(await generationsOf(scene), plusOne(generations), "one change of ConfigMap and Secret rolls exactly once");
    for (const object of all) await marked(t, scene, object);
    await controller.running.stop({ graceMs: 15_000 });

    await wayBack(t, scene);
    await comeAgain(t, scene);
  });
}

interface Scene {
  readonly install: Install;
  readonly shop: Shop;
  readonly strategy: "env-vars" | "annotations";
  readonly all: readonly KubeObject[];
}

async function start({ install, shop, strategy }: Scene): Promise<RestampProcess> {
  const controller = await install.startController([...quick, `--reload-strategy=${strategy}`]);
  await controller.ready();
  await shop.caughtUp();
  return controller;
}

/** Reloader takes over what restamp leaves behind. */
async function wayBack(t: Test, scene: Scene): Promise<void> {
  const { install, shop, strategy, all } = scene;
  const { kube } = install;
  const before = await generationsOf(scene);
  const restart = (workload: KubeObject, source: KubeObject) => restartAsReloader(kube, { workload, source, strategy });
  if (strategy === "env-vars") {
    for (const object of all) {
      for (const source of sourcesOf(shop, object)) {
        t.equal(await restart(object, source), false, `${object.metadata.name}: Reloader finds its own hash`);
      }
    }
  }
  for (const object of all) {
    const source = shop.configMap(object.metadata.name, {});
    await kube.patch(source, { data: { value: "4" } });
    t.equal(await restart(object, source), true);
    const variables = reloaderEnv(await kube.get<AnyWorkload>(object)).map((each) => each.replace(/=.*/, ""));
    t.equal(new Set(variables).size, variables.length, `${object.metadata.name}: no variable is there twice`);
  }
  t.same(await generationsOf(scene), plusOne(before), "Reloader's next change rolls once");
}

/** restamp was uninstalled with its namespace, and is installed anew. */
async function comeAgain(t: Test, scene: Scene): Promise<void> {
  const { kube, namespace } = scene.install;
  for (const resource of ["secrets", "configmaps"]) {
    const own = await kube.list<KubeObject>(`/api/v1/namespaces/${namespace}/${resource}`);
    for (const { metadata } of own) await kube.delete(`/api/v1/namespaces/${namespace}/${resource}/${metadata.name}`);
  }
  const before = await templates(scene);
  const controller = await start(scene);
  t.same(await templates(scene), before, "a second time, nothing is rolled either");
  const generations = await generationsOf(scene);
  for (const object of scene.all) await edit(scene, object, "5");
  await changedBy(t, scene, generations);
  await scene.shop.caughtUp();
  t.same(await generationsOf(scene), plusOne(generations), "and each change once");
  await controller.running.stop({ graceMs: 15_000 });
}

/** Workloads that Reloader has restarted in every way, or has not, or should have. */
async function reloaderCluster({ kube }: Install, shop: Shop): Promise<readonly KubeObject[]> {
  const { namespace } = shop;
  const named = (name: string) => {
    const annotations = { "configmap.reloader.stakater.com/reload": name, "secret.reloader.stakater.com/reload": name };
    return shop.deployment(name, envFrom({ configMap: name }, { secret: name }), { metadata: { annotations } });
  };
  const deployment = (name: string) =>
    shop.deployment(name, envFrom({ configMap: name }, { secret: name }), { metadata: { annotations: auto } });
  const set = (kind: string, name: string) => {
    const { containers } = envFrom({ configMap: name }, { secret: name }) as { containers: object[] };
    return workload(namespace, name, { kind, pod: { containers } });
  };
  const restarted: readonly (readonly [KubeObject, "env-vars" | "annotations"])[] = [
    [deployment("env"), "env-vars"],
    [deployment("annotated"), "annotations"],
    [named("named"), "env-vars"],
    [set("StatefulSet", "stateful"), "env-vars"],
    [set("DaemonSet", "daemon"), "annotations"],
  ];
  const others = [deployment("untouched"), deployment("missed")];
  const all = [...restarted.map(([object]) => object), ...others];
  for (const object of all) {
    await kube.create(shop.configMap(object.metadata.name, { value: "1" }));
    await kube.create(shop.secret(object.metadata.name, { value: "1" }));
    await kube.create(object);
  }
  for (const [object, strategy] of [...restarted, [deployment("missed"), "env-vars"] as const]) {
    await edit({ install: { kube }, shop }, object, "2");
    for (const source of sourcesOf(shop, object)) await restartAsReloader(kube, { workload: object, source, strategy });
  }
  await kube.patch(shop.configMap("missed", {}), { data: { value: "written while Reloader was down" } });
  // What is created in the second in which restamp is installed is in doubt.
  await nextSecond();
  return all;
}

function sourcesOf(shop: Shop, { metadata: { name } }: KubeObject): readonly KubeObject[] {
  return [shop.configMap(name, {}), shop.secret(name, {})];
}

/** Both sources of a workload. */
async function edit(
  { install: { kube }, shop }: Edited,
  { metadata: { name } }: KubeObject,
  value: string,
): Promise<void> {
  await kube.patch(shop.configMap(name, {}), { data: { value } });
  const { stringData } = shop.secret(name, { value });
  await kube.patch(shop.secret(name, {}), { stringData });
}

interface Edited {
  readonly install: Pick<Install, "kube">;
  readonly shop: Shop;
}

async function changedBy(t: Test, { install, all }: Scene, generations: readonly number[]): Promise<void> {
  for (const [index, object] of all.entries()) {
    t.ok(await changedTo(install.kube, object, (generations[index] ?? 0) + 1), object.metadata.name);
  }
}

const plusOne = (generations: readonly number[]) => generations.map((generation) => generation + 1);

function generationsOf({ install: { kube }, all }: Scene): Promise<readonly number[]> {
  return Promise.all(all.map(async (object) => (await kube.get(object)).metadata.generation ?? 0));
}

function templates({ install: { kube }, all }: Scene): Promise<readonly unknown[]> {
  return Promise.all(all.map(async (object) => (await kube.get<AnyWorkload>(object)).spec));
}

/** What Reloader would have written: one mark each, with the hash of what is there now. */
async function marked(t: Test, { install: { kube }, shop, strategy }: Scene, object: KubeObject): Promise<void> {
  const { name } = object.metadata;
  const live = await kube.get<AnyWorkload>(object);
  const hash = async (source: KubeObject) =>
    reloaderHash(source.kind as "ConfigMap" | "Secret", await kube.get(source));
  const [config, secret] = await Promise.all(sourcesOf(shop, object).map(hash));
  const base = `main STAKATER_${name.toUpperCase()}`;
  if (strategy === "env-vars") {
    const wanted = [`${base}_CONFIGMAP=${config}`, `${base}_SECRET=${secret}`];
    t.same([...reloaderEnv(live)].sort(), wanted, `${name}: variables`);
  } else {
    const text = live.spec.template.metadata?.annotations?.[lastReloadedFromAnnotation] ?? "{}";
    t.ok([config, secret].includes((JSON.parse(text) as { hash: string }).hash), `${name}: ${text}`);
  }
}
