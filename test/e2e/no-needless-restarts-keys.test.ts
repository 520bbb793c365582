import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { type Fleet, openFleet } from "../helpers/fleet.ts";
import { installRestamp } from "../helpers/install.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import type { Deployment } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// P3: nothing restarts without cause. Here: digest keys that are rotated or lost, and stamps of other releases.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const quick = ["--settle=1s", "--settle-max=10s", "--min-interval=0s", "--key-propagation=1s"];
/** Found by the controller when it comes: recorded in the ledger, without a stamp until their sources change. */
const found = await openFleet({ kube }, "found");
const recorded = await openFleet({ kube }, "recorded");
// Workloads of the second in which restamp begins are in doubt.
await nextSecond();
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: quick,
  webhookArgs: ["--admission-timeout=900ms", "--key-propagation=1s"],
});
/** Stamped by the webhook or, where that was late, by the controller. */
const stamped = await openFleet(install, "stamped");
const fleets = [found, stamped, recorded];
const keySecret = "/api/v1/namespaces/restamp-system/secrets/restamp-keys";
const stamp = "restamp.dev/stamp";

async function keyIds(): Promise<readonly string[]> {
  const secret = await kube.find<KubeObject & { data?: object }>(keySecret);
  return Object.keys(secret?.data ?? {}).sort();
}

async function stopController(): Promise<void> {
  await Promise.all(install.controllers.splice(0).map(({ running }) => running.stop()));
}

async function startController(args: readonly string[] = []): Promise<RestampProcess> {
  const controller = await install.startController([...quick, ...args]);
  await controller.ready();
  return controller;
}

const revisionsOf = (fleet: Fleet): Promise<readonly number[]> => fleet.revisions();

/** Does something and tells by how many template revisions the workloads of each fleet have moved: `[0]`, `[1]`… */
async function moved(fleets: readonly Fleet[], act: () => Promise<unknown>): Promise<readonly (readonly number[])[]> {
  const before = await Promise.all(fleets.map(revisionsOf));
  await act();
  await Promise.all(fleets.map(({ shop }) => shop.caughtUp()));
  const after = await Promise.all(fleets.map(revisionsOf));
  return after.map((all, fleet) => [
    ...new Set(all.map((revision, index) => revision - (before[fleet]?.[index] ?? 0))),
  ]);
}

async function changes(t: Test, value: string): Promise<void> {
  const change = () => Promise.all([found.change(value), stamped.change(value)]);
  t.same(await moved(fleets, change), [[1], [1], [0]], "a change: once");
}

t.test("a rotated digest key", async (t) => {
  t.same(
    await moved(fleets, () => stamped.change("2")),
    [[0], [1], [0]],
    "to begin with, one fleet is stamped, the others are not",
  );
  const [first] = await keyIds();
  const rotate = async (): Promise<void> => {
    await stopController();
    await startController(["--key-rotation-interval=2s"]);
    await waitFor(async () => (await keyIds()).length >= 3, { timeoutMs: 60_000, describe: "two rotations" });
    await stopController();
    await startController();
  };
  t.same(await moved(fleets, rotate), [[0], [0], [0]], "restarts nothing");
  t.ok(
    (await stamped.stamps()).every((text) => text?.startsWith(`v1:${first};`)),
    "and rewrites no stamp",
  );
  t.same(await moved([found, stamped], newImage), [[1], [1]], "a deploy: once");
  await changes(t, "3");
  const ids = (await stamped.stamps()).map((text) => text?.slice("v1:".length, text.indexOf(";")));
  t.notOk(ids.includes(first), "the new stamps are made with a newer key");
});

t.test("a key Secret that is lost while the controller runs", async (t) => {
  const before = await keyIds();
  const lose = async (): Promise<void> => {
    await kube.delete(keySecret);
    await waitFor(async () => (await keyIds()).length > 0, { describe: "a new key" });
  };
  t.same(await moved(fleets, lose), [[0], [0], [0]], "restarts nothing");
  t.notOk(
    (await keyIds()).some((id) => before.includes(id)),
    "there is a new key",
  );
  await changes(t, "4");
});

t.test("a key Secret that is lost while there is no controller", async (t) => {
  const lose = async (): Promise<void> => {
    await stopController();
    await kube.delete(keySecret);
    await startController();
  };
  t.same(await moved(fleets, lose), [[0], [0], [0]], "restarts nothing");
  const told = async (): Promise<boolean> => (await stamped.warned("UnknownDigestKey")) === 50;
  await waitFor(told, { timeoutMs: 60_000, describe: "a Warning for every workload that has a stamp" });
  t.match(await install.controllers[0]?.metrics(), /^restamp_unknown_key_total [1-9]/m, "and is counted");
  await changes(t, "5");
});

t.test("a record that lacks a reference, as of a release that did not know that kind of reference", async (t) => {
  const both = [stamped, recorded];
  const uses = (await stamped.stamps()).map((text) => text?.includes("secret/db=") ?? false);
  const forget = async (): Promise<void> => {
    await stopController();
    await install.webhook?.running.stop();
    const known = await Promise.all(
      stamped.names.map(async (name) => (await stamped.shop.get(name)).metadata.uid ?? ""),
    );
    for (let shard = 0; shard < 16; shard++) await editLedger(`restamp-ledger-${shard}`, { known: new Set(known) });
    await stamped.each(async (name) => restamped(name, without(await stamped.shop.stamp(name))));
    await startController();
  };
  t.same(await moved(both, forget), [[1], [0]], "is adopted: only the test itself has written templates");
  await (await install.startWebhook()).ready();
  const before = await Promise.all(both.map(revisionsOf));
  await Promise.all(both.map(({ shop }) => kube.patch(shop.secret("db", {}), { stringData: { used: "6" } })));
  await Promise.all(both.map(({ shop }) => shop.caughtUp()));
  const wanted = before.map((all) => all.map((revision, index) => (uses[index] ? revision + 1 : revision)));
  t.same(await Promise.all(both.map(revisionsOf)), wanted, "a later change restarts each that uses it, once");
});

t.test("a stamp of a later release is left alone", async (t) => {
  const text = "v2:k9-abcdef:sha3;all=what-later-releases-write";
  await stamped.each((name) => restamped(name, text));
  const act = async (): Promise<void> => {
    await stamped.change("7");
    await stopController();
    await startController();
    await stamped.each((name) => kube.patch(stamped.shop.deployment(name), { metadata: { labels: { note: "1" } } }));
  };
  t.same(await moved([stamped], act), [[0]]);
  t.same(new Set(await stamped.stamps()), new Set([text]));
  const told = async (): Promise<boolean> => (await stamped.warned("NewerStamp")) === 50;
  await waitFor(told, { timeoutMs: 60_000, describe: "a Warning for each" });
});

async function newImage(): Promise<void> {
  for (const { shop, each } of [found, stamped]) {
    await each(async (name) => {
      const { containers } = (await shop.get(name)).spec.template.spec;
      const changed = containers.map((container) => ({ ...container, image: "registry.example/app:2" }));
      await kube.patch(shop.deployment(name), { spec: { template: { spec: { containers: changed } } } });
    });
  }
}

function restamped(name: string, text: string): Promise<Deployment> {
  const template = { metadata: { annotations: { [stamp]: text } } };
  return kube.patch<Deployment>(stamped.shop.deployment(name), { spec: { template } });
}

/** The text of a record without the Secret, and with something that the workload does not refer to. */
function without(text = ""): string {
  return `${text.replace(/;secret\/db=[\w-]+/, "")};secret/zzz=AAAAAAAAAAAAAAAAAAAAAA`;
}

/** Makes records lack the Secret; those that are in stamps as well are dropped. */
async function editLedger(shard: string, { known }: { known: ReadonlySet<string> }): Promise<void> {
  const path = `/api/v1/namespaces/restamp-system/configmaps/${shard}`;
  const ledger = await kube.find<KubeObject & { data?: Record<string, string> }>(path);
  const entries = Object.entries(ledger?.data ?? {}).map(([uid, text]) => {
    const edited = text.replaceAll(/v1:[^"]+/g, (record) => without(record));
    return [uid, known.has(uid) ? null : edited];
  });
  if (entries.length > 0) await kube.patch(path, { data: Object.fromEntries(entries) });
}
