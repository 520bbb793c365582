import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { eachRow, gaps, revisionsOnce } from "../helpers/deploy-matrix.ts";
import { createHelm } from "../helpers/helm.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { startPacingProxy } from "../helpers/pacing-proxy.ts";
import { countingOptions } from "../helpers/prove-one-rollout.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// P1: one `helm upgrade` or `kubectl apply -f dir`, one rollout of each workload.

for (const webhook of ["self-managed", "none"] as const) {
  const title = webhook === "none" ? "the controller alone" : "webhook and controller";
  t.test(`${title}: deploys by helm and of directories`, { timeout: 300_000 }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true, helm: true });
    t.teardown(() => plane.stop());
    const install = await installRestamp(plane, { webhook, ...countingOptions });
    const helm = async (t: Test) => upgradeReleases(t, plane, install);
    const folders = async (t: Test) => applyDirectories(t, plane, install);
    t.jobs = 2;
    await Promise.all([
      t.test("helm upgrade", { buffered: true }, helm),
      t.test("kubectl apply -f dir", { buffered: true }, folders),
    ]);
  });
}

async function upgradeReleases(t: Test, plane: ControlPlane, install: Install): Promise<void> {
  const shop = await openShop(install, "releases");
  const helm = createHelm(plane);
  const rows = [true, false].flatMap((serverSide) =>
    gaps.map((gapMs) => ({ serverSide, gapMs, name: `${serverSide ? "server" : "client"}-${gapMs}` })),
  );
  await eachRow(rows, ({ name, serverSide }) =>
    helm.upgrade(name, sharing(shop, name, [name], "1"), { namespace: shop.namespace, serverSide }),
  );
  await revisionsOnce(install, shop, new Map(rows.map(({ name }) => [name, 1])));
  await eachRow(rows, async ({ name, serverSide, gapMs }) => {
    const proxy = await startPacingProxy(plane, gapMs);
    const how = { namespace: shop.namespace, serverSide, kubeconfig: proxy.kubeconfig };
    await helm.upgrade(name, sharing(shop, name, [name], "2"), how).finally(proxy.stop);
  });
  const revisions = await settled(install, shop, new Map(rows.map(({ name }) => [name, 2])));
  for (const { name, serverSide, gapMs } of rows) {
    const way = serverSide ? "server-side apply" : "three-way patch";
    t.equal(revisions.get(name), 2, `helm upgrade, ${way}, ${gapMs} ms apart`);
  }
}

/** What is changed in a directory before it is applied, and the template revisions that each workload gets. */
const directories = [
  { title: "that is new", sources: 1, images: 1, sourcesFirst: true, more: 1 },
  { title: "with everything changed, sources first", sources: 1, images: 1, sourcesFirst: true, more: 1 },
  { title: "with only the sources changed", sources: 1, images: 0, sourcesFirst: true, more: 1 },
  { title: "with everything changed, workloads first", sources: 1, images: 1, sourcesFirst: false, more: 2 },
];
/** Half of the settle time: on a machine that stalls for longer, one run of kubectl is more than one deploy. */
const quickMs = 2_000;

async function applyDirectories(t: Test, plane: ControlPlane, install: Install): Promise<void> {
  const shop = await openShop(install, "directories");
  const names = ["cart", "checkout", "search", "stock"];
  const version = { sources: 0, images: 0, deploys: 0 };
  let before: ReadonlyMap<string, number> = new Map(names.map((name) => [name, 0]));

  async function deploy({ title, sources, images, sourcesFirst, more }: (typeof directories)[number]): Promise<void> {
    version.sources += sources;
    version.images += images;
    const made = sharing(shop, "shared", names, `${version.sources}`, `${version.images}`);
    const objects = sourcesFirst ? made : made.toReversed();
    const folder = await writeFolder(join(plane.dir, `deploy-${version.deploys++}`), objects);
    const start = Date.now();
    await install.kube.kubectl(["apply", "-f", folder]);
    const isOne = Date.now() - start < quickMs;
    const wanted = new Map([...before].map(([name, revision]) => [name, revision + more]));
    const revisions = await settled(install, shop, wanted);
    before = new Map(names.map((name) => [name, revisions.get(name) ?? 0]));
    if (!isOne) return deploy({ title, sources, images, sourcesFirst, more });
    t.same(before, wanted, `a directory ${title}`);
  }
  for (const directory of directories) await deploy(directory);
}

/** A ConfigMap and a Secret of one name, and workloads that use both. */
function sharing(shop: Shop, source: string, names: readonly string[], version: string, image = version) {
  const pod = envFrom({ configMap: source }, { secret: source });
  const workloads = names.map((name) => shop.deployment(name, pod, { image: `registry.example/app:${image}` }));
  return [shop.configMap(source, { version }), shop.secret(source, { version }), ...workloads];
}

/** One file for each object; kubectl reads them in the order of their names. */
async function writeFolder(folder: string, objects: readonly KubeObject[]): Promise<string> {
  await mkdir(folder);
  for (const [index, object] of objects.entries()) {
    await writeFile(join(folder, `${index}-${object.metadata.name}.json`), JSON.stringify(object));
  }
  return folder;
}

/** The revisions when all that were due have come, and then all that were not: a barrier behind them has passed. */
async function settled(install: Install, shop: Shop, wanted: ReadonlyMap<string, number>) {
  await revisionsOnce(install, shop, wanted);
  await shop.caughtUp();
  return revisionsOnce(install, shop, wanted);
}
