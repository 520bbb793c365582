import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { type Fleet, openFleet } from "../helpers/fleet.ts";
import { installRestamp } from "../helpers/install.ts";

// P3: nothing restarts without cause. Here: what happens to sources that the workloads do not run with, without a webhook.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  controllerArgs: ["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
});
const { kube } = install;

async function removeSources({ shop }: Fleet): Promise<void> {
  await Promise.all([kube.delete(shop.configMap("app", {})), kube.delete(shop.secret("db", {}))]);
}

t.test("edits to keys that a workload does not use", async (t) => {
  const fleet = await openFleet(install, "keys", { use: "keys" });
  const { shop } = fleet;
  const [app, db] = [shop.configMap("app", {}), shop.secret("db", {})];
  const edits: readonly (readonly [string, KubeObject, object])[] = [
    ["a ConfigMap's key", app, { data: { unused: "2" } }],
    ["a Secret's key", db, { stringData: { unused: "2" } }],
    ["a new key", app, { data: { added: "1" } }],
    ["a new key of a Secret", db, { stringData: { added: "1" } }],
    ["binary data", app, { binaryData: { blob: "AAEC" } }],
    ["removed keys", app, { data: { added: null, unused: null }, binaryData: null }],
    ["removed keys of a Secret", db, { data: { added: null, unused: null } }],
  ];
  for (const [title, source, edit] of edits) {
    await kube.patch(source, edit);
    await shop.caughtUp();
    t.same(await fleet.counts(), { 1: 50 }, title);
  }
  await fleet.change("2");
  await fleet.rolled(2);
  t.same(await fleet.counts(), { 2: 50 }, "while an edit of a used key restarts each, once");
});

t.test("deletion, and creation with the same content", async (t) => {
  const fleet = await openFleet(install, "again");
  await removeSources(fleet);
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "deletion");
  await fleet.createSources();
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "creation");
  await removeSources(fleet);
  await fleet.createSources();
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "both at once");

  await fleet.change("2");
  await fleet.rolled(2);
  await removeSources(fleet);
  await install.controllers.at(-1)?.running.stop();
  await (await install.startController()).ready();
  await fleet.shop.caughtUp();
  await fleet.createSources({ used: "2", unused: "1" });
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 2: 50 }, "a restart of the controller in between, of workloads with a stamp");
});

t.test("deletion for a while is told, and restarts nothing", async (t) => {
  const fleet = await openFleet(install, "gone");
  await removeSources(fleet);
  await waitFor(async () => (await fleet.warned("SourceMissing")) === 50, {
    timeoutMs: 60_000,
    describe: "50 Warnings",
  });
  t.same(await fleet.counts(), { 1: 50 });
  await fleet.createSources({ used: "2", unused: "1" });
  await fleet.rolled(2);
  t.same(await fleet.counts(), { 2: 50 }, "creation with other content restarts each, once");
});

t.test("an optional source that disappears restarts nothing and warns of nothing", async (t) => {
  const fleet = await openFleet(install, "optional", { use: "optional" });
  await removeSources(fleet);
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "it disappears");
  t.equal(await fleet.warned("SourceMissing"), 0, "its pods can start without it");
  await fleet.createSources();
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "it is back as it was");
  await kube.patch(fleet.shop.configMap("app", {}), { data: { used: null } });
  await fleet.shop.caughtUp();
  t.same(await fleet.counts(), { 1: 50 }, "a key that is optional disappears");
  await fleet.change("2");
  await fleet.rolled(2);
  t.same(await fleet.counts(), { 2: 50 }, "it is back with other content: each restarts, once");
});
