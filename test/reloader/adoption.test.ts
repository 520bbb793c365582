import { hash } from "node:crypto";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { installReloader, restartReloader } from "../helpers/reloader-install.ts";
import { type AnyWorkload, changedTo, eventOf, reloaderEnv, workload } from "../helpers/reloader-workloads.ts";
import { openShop, type Shop } from "../helpers/shop.ts";

// Section 1.5 of the compatibility document: what is found on pod templates from Reloader's time.

const sha1 = (text: string): string => hash("sha1", text, "hex");
const generationOf = async (object: KubeObject): Promise<number> => (await kube.get(object)).metadata.generation ?? 0;

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());
const before = await openShop({ kube: kubeClient(plane) }, "before", {});
const later = await openShop({ kube: kubeClient(plane) }, "later", {});

const image = "registry.example/app:1";
const variable = (name: string, value: string) => ({ name, value });

/** Workloads as Reloader leaves them: of each ConfigMap, which is `a=2` now, the pods run with what the variable says. */
async function leftByReloader({ namespace, configMap }: Shop): Promise<ReadonlyMap<string, AnyWorkload>> {
  const kube = kubeClient(plane);
  const hashes = { current: sha1("a=2"), stale: sha1("a=1"), none: undefined };
  const made = new Map<string, AnyWorkload>();
  for (const [name, value] of Object.entries(hashes)) {
    await kube.create(configMap(name, { a: "2" }));
    const env = value === undefined ? [] : [variable(`STAKATER_${name.toUpperCase()}_CONFIGMAP`, value)];
    const containers = [{ name: "main", image, env, envFrom: [{ configMapRef: { name } }] }];
    made.set(name, await kube.create<AnyWorkload>(workload(namespace, name, { pod: { containers } })));
  }
  return made;
}

const adopted = await leftByReloader(before);
const ignored = await leftByReloader(later);
const install = await installReloader(plane, { args: ["--namespaces-to-ignore=later"] });
const { kube } = install;

t.test("coming from Reloader, nothing is restarted; a value that is older than its source is told", async (t) => {
  await before.caughtUp();
  for (const [name, object] of adopted) t.equal(await generationOf(object), 1, name);
  const note = await eventOf(before, "stale", "ChangeMissedByReloader");
  t.match(
    note,
    /^Pods run with older content than there is, by what Reloader last wrote about configmap\/stale: restart/,
  );
  for (const name of ["current", "none"]) t.same(await before.events(name), [], name);
  for (const name of adopted.keys()) await kube.patch(before.configMap(name, {}), { data: { a: "3" } });
  for (const [name, object] of adopted) {
    const now = await changedTo(kube, object, 2);
    t.same(reloaderEnv(now), [`main STAKATER_${name.toUpperCase()}_CONFIGMAP=${sha1("a=3")}`]);
  }
});

t.test("with --adopt=roll, what Reloader has missed is restarted once, and nothing else", async (t) => {
  await restartReloader(install, ["--adopt=roll"]);
  const now = await changedTo(kube, workload("later", "stale"), 2);
  t.same(reloaderEnv(now), [`main STAKATER_STALE_CONFIGMAP=${sha1("a=2")}`]);
  await later.caughtUp();
  await restartReloader(install, ["--adopt=roll"]);
  await later.caughtUp();
  for (const [name, object] of ignored) t.equal(await generationOf(object), name === "stale" ? 2 : 1, name);
});

/** Names of the variables, by container. */
const namesOf = ({ spec }: AnyWorkload) =>
  spec.template.spec.containers.map(({ name, env = [] }) => [name, env.map((each) => each.name)]);

t.test("--remove-reloader-env: what Reloader left behind goes with the next restart, and not before", async (t) => {
  const shop = await openShop(install, "remove", {});
  await kube.create(shop.configMap("clean", { a: "1" }));
  await kube.create(shop.configMap("kept", { a: "1" }));
  const main = {
    ...{ name: "main", image, envFrom: [{ configMapRef: { name: "clean" } }, { configMapRef: { name: "kept" } }] },
    env: [
      variable("STAKATER_URL", "https://stakater.com"),
      variable("STAKATER_OLD_SECRET", sha1("gone")),
      variable("MINE", sha1("mine")),
      variable("STAKATER_CLEAN_CONFIGMAP", sha1("a=1")),
      variable("STAKATER_KEPT_CONFIGMAP", sha1("a=1")),
    ],
  };
  const side = { name: "side", image, env: [variable("STAKATER_OLD_SECRET", sha1("gone"))] };
  const made = await kube.create<AnyWorkload>(workload("remove", "clean", { pod: { containers: [main, side] } }));
  await shop.caughtUp();
  await restartReloader(install, ["--remove-reloader-env"]);
  await shop.caughtUp();
  t.equal(await generationOf(made), 1, "not for its own sake");
  await kube.patch(shop.configMap("clean", {}), { data: { a: "2" } });
  const now = await changedTo(kube, made, 2);
  const kept = ["STAKATER_URL", "MINE", "STAKATER_CLEAN_CONFIGMAP", "STAKATER_KEPT_CONFIGMAP"];
  t.same(namesOf(now), [
    ["main", kept],
    ["side", []],
  ]);
  await restartReloader(install, ["--remove-reloader-env", "--reload-strategy=stamp"]);
  await shop.caughtUp();
  t.equal(await generationOf(made), 2, "nor when the strategy changes");
  await kube.patch(shop.configMap("kept", {}), { data: { a: "2" } });
  t.same(namesOf(await changedTo(kube, made, 3)), [
    ["main", ["STAKATER_URL", "MINE"]],
    ["side", []],
  ]);
});
