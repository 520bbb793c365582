import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { countingOptions, revisionsOnceSettled } from "../helpers/prove-one-rollout.ts";
import { sharing } from "../helpers/shared-sources.ts";
import { openShop } from "../helpers/shop.ts";

// P1: one `kubectl apply -f dir`, one rollout of each workload in it.

for (const webhook of ["self-managed", "none"] as const) {
  const title = webhook === "none" ? "the controller alone" : "webhook and controller";
  t.test(`${title}: kubectl apply -f dir`, { timeout: 300_000 }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true });
    t.teardown(() => plane.stop());
    await applyDirectories(t, plane, await installRestamp(plane, { webhook, ...countingOptions }));
  });
}

/** What is changed in a directory before it is applied, and the template revisions that each workload gets. */
const directories = [
  { title: "that is new", sources: 1, images: 1, sourcesFirst: true, more: 1 },
  { title: "with everything changed, sources first", sources: 1, images: 1, sourcesFirst: true, more: 1 },
  { title: "with only the sources changed", sources: 1, images: 0, sourcesFirst: true, more: 1 },
  { title: "with everything changed, workloads first", sources: 1, images: 1, sourcesFirst: false, more: 2 },
];
/**
 * Within the settle time, as kubectl's start is in it, too: on a machine that stalls for longer, one run of kubectl is more
 * than one deploy.
 */
const quickMs = 3_500;

async function applyDirectories(t: Test, plane: ControlPlane, install: Install): Promise<void> {
  const shop = await openShop(install, "directories");
  const names = ["cart", "checkout", "search", "stock"];
  const version = { sources: 0, images: 0, deploys: 0 };
  let before: ReadonlyMap<string, number> = new Map(names.map((name) => [name, 0]));

  async function deploy({ title, sources, images, sourcesFirst, more }: (typeof directories)[number]): Promise<void> {
    version.sources += sources;
    version.images += images;
    const made = sharing(shop, "shared", { names, version: `${version.sources}`, image: `${version.images}` });
    const objects = sourcesFirst ? made : made.toReversed();
    const folder = await writeFolder(join(plane.dir, `deploy-${version.deploys++}`), objects);
    const start = Date.now();
    await install.kube.kubectl(["apply", "-f", folder]);
    const isOne = Date.now() - start < quickMs;
    const wanted = new Map([...before].map(([name, revision]) => [name, revision + more]));
    const revisions = await revisionsOnceSettled(install, shop, wanted);
    before = new Map(names.map((name) => [name, revisions.get(name) ?? 0]));
    if (!isOne) return deploy({ title, sources, images, sourcesFirst, more });
    t.same(before, wanted, `a directory ${title}`);
  }
  for (const directory of directories) await deploy(directory);
}

/** One file for each object; kubectl reads them in the order of their names. */
async function writeFolder(folder: string, objects: readonly KubeObject[]): Promise<string> {
  await mkdir(folder);
  for (const [index, object] of objects.entries()) {
    await writeFile(join(folder, `${index}-${object.metadata.name}.json`), JSON.stringify(object));
  }
  return folder;
}
