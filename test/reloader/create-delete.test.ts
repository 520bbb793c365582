import { hash } from "node:crypto";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { type Deployment, envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { type Changes, whoRolls } from "../helpers/who-rolls.ts";

// Sources that appear and disappear, also while nothing runs.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;
const auto = { metadata: { annotations: { "reloader.stakater.com/auto": "true" } } };
const named = (text: string) => ({ metadata: { annotations: { "configmap.reloader.stakater.com/reload": text } } });
const optional = (configMap: string) => envFrom({ configMap, optional: true });
const both = ["--reload-on-create=true", "--reload-on-delete=true"];

/** Sources "there" and "untouched", and nothing else of what the workloads use. */
async function open(namespace: string): Promise<Shop> {
  const shop = await openShop(install, namespace, {});
  for (const name of ["there", "untouched"]) await kube.create(shop.configMap(name, { value: "1" }));
  return shop;
}

const creating = (shop: Shop, name: string) => () => kube.create(shop.configMap(name, { value: "2" }));
const deleting = (shop: Shop, name: string) => () => kube.delete(shop.configMap(name, {}));
const variablesOf = ({ spec }: Deployment): readonly string[] => {
  const [container] = spec.template.spec.containers as unknown as readonly { env?: readonly { name: string }[] }[];
  return (container?.env ?? []).map(({ name }) => name);
};

t.test("--reload-on-create and --reload-on-delete", async (t) => {
  const shop = await open("shop");
  const deployments: Readonly<Record<string, Deployment>> = {
    optional: shop.deployment("optional", optional("new"), auto),
    named: shop.deployment("named", {}, named("new")),
    pattern: shop.deployment("pattern", {}, named("new-.*")),
    waiting: shop.deployment("waiting", envFrom({ configMap: "new" }), auto),
    "needs-it": shop.deployment("needs-it", envFrom({ configMap: "there" }), auto),
    "can-do-without": shop.deployment("can-do-without", optional("there"), auto),
    untouched: shop.deployment("untouched", optional("untouched"), auto),
  };
  await runReloader(t, install, ...both);
  for (const deployment of Object.values(deployments)) await kube.create(deployment);
  await shop.caughtUp();
  const expected = new Map<string, readonly string[]>([
    ["optional", ["new is created", "new is deleted"]],
    ["named", ["new is created", "new is deleted"]],
    ["pattern", ["new-one is created"]],
    ["waiting", []],
    ["needs-it", ["there is back with other data"]],
    ["can-do-without", ["there is deleted", "there is back with other data"]],
    ["untouched", []],
  ]);
  const changes: Changes = {
    "new is created": creating(shop, "new"),
    "new-one is created": creating(shop, "new-one"),
    async "new is deleted"() {
      t.same(variablesOf(await shop.get("optional")), ["STAKATER_NEW_CONFIGMAP"], "the variable of a created source");
      await deleting(shop, "new")();
    },
    "there is deleted": deleting(shop, "there"),
    "there is back with other data": creating(shop, "there"),
  };
  const rolled = await whoRolls({ kube, shop }, expected, changes);
  const says = (name: string, title: string) => t.same(rolled.get(name), expected.get(name), title);
  says("optional", "an optional source rolls when it is created, and when it is deleted");
  says("named", "so does one that only an annotation names");
  says("pattern", "so does one that an expression comes to match");
  says("waiting", "pods that could not start without a source are not restarted when it is created");
  says("needs-it", "pods whose successors could not start are left alone until the source is back");
  says("can-do-without", "a source that no variable tells of yet rolls when it is deleted");
  says("untouched", "nobody else is concerned");
  t.same(variablesOf(await shop.get("optional")), [], "the variable of a deleted source is removed");
  const warnings = (await shop.events("needs-it")).filter(({ type }) => type === "Warning");
  t.match(warnings, [{ reason: "SourceMissing", note: /ConfigMap "there" is missing/ }], "its owners are told, once");
});

t.test("--reload-on-delete with --reload-strategy=annotations", async (t) => {
  const shop = await open("annotations");
  await runReloader(t, install, "--reload-on-delete=true", "--reload-strategy=annotations");
  await kube.create(shop.deployment("web", optional("there"), auto));
  await shop.caughtUp();
  await deleting(shop, "there")();
  await shop.rolled("web", 2);
  const text = (await shop.get("web")).spec.template.metadata?.annotations?.[
    "reloader.stakater.com/last-reloaded-from"
  ];
  const marker = hash("sha1", "__RELOADER_EMPTY_DELETE_MARKER__", "hex");
  t.match(
    JSON.parse(text ?? "{}"),
    { type: "CONFIGMAP", name: "there", hash: marker },
    "Reloader's mark of a deletion",
  );
});

t.test("--reload-on-create with --resources-to-ignore: the other kind is still seen to be created", async (t) => {
  const shop = await open("one-kind");
  const controller = await runReloader(t, install, ...both, "--resources-to-ignore=configMaps");
  await kube.create(shop.deployment("web", envFrom({ secret: "new", optional: true }), auto));
  await kube.create(shop.deployment("other", optional("new"), auto));
  await shop.revisions(["web", "other"]);
  const isKnown = async () => (await controller.metrics()).includes('\nrestamp_tracked_sources{kind="Secret"} 1\n');
  await waitFor(isKnown, { describe: "the Secret to be followed" });
  await kube.create(shop.configMap("new", { value: "1" }));
  await kube.create(shop.secret("new", { value: "1" }));
  await shop.rolled("web", 2);
  await kube.delete(shop.secret("new", {}));
  await shop.rolled("web", 3);
  t.equal(await shop.revision("other"), 1, "of the kind that is ignored nothing is");
});

t.test("what happened while nothing ran", async (t) => {
  const shop = await open("away");
  const later = await open("later-namespace");
  const uses = (name: string) => shop.deployment(name, optional(name), auto);
  const before = await runReloader(t, install);
  for (const name of ["there", "untouched", "new"]) await kube.create(uses(name));
  for (const name of ["there", "new"]) await kube.create(later.deployment(name, optional(name), auto));
  await shop.caughtUp();
  await before.running.stop();
  await kube.patch(shop.configMap("there", {}), { data: { value: "2" } });
  for (const each of [shop, later]) await creating(each, "new")();

  await t.test("changed sources are rolled, without any flag", async (t) => {
    const controller = await runReloader(t, install);
    await shop.rolled("there", 2);
    await shop.caughtUp();
    t.same(await shop.revisions(["there", "untouched", "new"]), [2, 1, 1], "and nobody else is");
    await controller.running.stop();
  });

  await t.test("--sync-after-restart with --reload-on-create: created sources, too, and nothing else", async (t) => {
    const first = await runReloader(t, install, ...both);
    for (const name of ["kept", "gone"]) await kube.create(shop.configMap(name, { value: "1" }));
    for (const name of ["kept", "gone", "late"]) await kube.create(uses(name));
    await shop.caughtUp();
    await first.running.stop();
    await creating(shop, "late")();
    await deleting(shop, "gone")();
    const namespaces = "--namespaces=away,later-namespace";
    await runReloader(t, install, ...both, "--sync-after-restart=true", namespaces);
    await shop.rolled("late", 2);
    await shop.rolled("gone", 2);
    await shop.caughtUp();
    t.same(await shop.revisions(["there", "untouched", "new", "kept", "late"]), [2, 1, 1, 1, 2]);
    t.equal(await shop.revision("gone"), 2, "a deletion that no watch has reported is seen");
    t.same(await later.revisions(["there", "new"]), [1, 1], "a first listing creates nothing");
  });
});
