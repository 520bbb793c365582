import { readFile } from "node:fs/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { clusterRules, setClusterRules } from "../helpers/rights.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { type Receiver, startReceiver } from "../helpers/webhook-receiver.ts";

// --webhook-url: changes are posted, and no workload is restarted.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube } = install;
const shop = await openShop(install, "shop", { team: "shop" });
const other = await openShop(install, "other", {});

const ignored = { name: "ignored", namespace: "shop", annotations: { "reloader.stakater.com/ignore": "true" } };
const sources = {
  app: shop.configMap("app", { value: "1" }),
  nobodys: shop.configMap("nobodys", { value: "1" }),
  ignored: { ...shop.configMap("ignored", { value: "1" }), metadata: ignored },
  db: shop.secret("db", { value: "1" }),
  elsewhere: other.configMap("elsewhere", { value: "1" }),
} satisfies Readonly<Record<string, KubeObject>>;
for (const source of Object.values(sources)) await kube.create(source);
const pod = envFrom({ configMap: "app" }, { secret: "db" });
await kube.create(shop.deployment("web", pod, { metadata: { annotations: auto } }));
await shop.caughtUp();
// Watched from their creation on: what is made within the second of the install itself is restarted once more than needed.
await install.controllers[0]?.running.stop();

let value = 1;
const encoded = (): string => Buffer.from(`${++value}`).toString("base64");
const change = (name: keyof typeof sources) => kube.patch(sources[name], { data: { value: encoded() } });
const late = shop.configMap("late", { value: "1" });

/** Runs restamp until the test ends, and returns when it has read what there is: until then nothing is a change. */
async function run(t: Test, receiver: Receiver, ...flags: readonly string[]): Promise<RestampProcess> {
  const controller = await install.startController([...unpaced, `--webhook-url=${receiver.url}/in`, ...flags]);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  const isNoticed = async (): Promise<boolean> => {
    await change("nobodys");
    return waitFor(async () => receiver.received.length > 0, { timeoutMs: 10_000 }).catch(() => false);
  };
  await waitFor(isNoticed, { describe: "the first message", timeoutMs: 60_000 });
  return controller;
}

/** Makes a change, and one of "nobodys" after the other until all its messages, and no others, have come. */
async function posts(t: Test, receiver: Receiver, make: () => Promise<unknown>, count: number, title: string) {
  const before = receiver.received.length;
  await make();
  for (const barriers of [1, 2]) {
    await change("nobodys");
    const all = before + count + barriers;
    const describe = (): string => `${title}: message ${all}, there are ${receiver.received.length}`;
    await waitFor(async () => receiver.received.length >= all, { describe, timeoutMs: 15_000 });
  }
  t.equal(receiver.received.length - before - 2, count, title);
}

t.test("one POST for each change of data, whoever refers to it, and no workload is touched", async (t) => {
  const receiver = await startReceiver(t);
  const controller = await run(t, receiver);
  const label = { metadata: { labels: { team: "a" } } };
  const ignore = { metadata: { annotations: { "reloader.stakater.com/ignore": "true" } } };
  await posts(t, receiver, () => change("app"), 1, "a ConfigMap that a workload follows");
  await posts(t, receiver, () => change("db"), 1, "a Secret");
  await posts(t, receiver, () => change("ignored"), 1, "one that is marked to be ignored");
  await posts(t, receiver, () => change("elsewhere"), 1, "one in another namespace");
  await posts(t, receiver, () => kube.patch(sources.app, label), 0, "a label alone");
  await posts(t, receiver, () => kube.patch(sources.app, ignore), 0, "an annotation alone");
  await posts(t, receiver, () => kube.create(late), 0, "one that is created");
  await posts(t, receiver, () => kube.delete(late), 0, "one that is deleted");
  await posts(t, receiver, () => kube.create(late), 1, "one that is there again, with whatever content");
  const got = receiver.received.map(({ method, url, headers, body }) => [method, url, headers["content-type"], body]);
  const each = ["POST", "/in", "application/json", '{"webhook":"update successful"}'];
  t.strictSame(got, new Array(got.length).fill(each), "each says the same");
  await controller.running.stop();
  t.equal((await shop.get("web")).metadata.generation, 1, "nobody has written to the workload");
  t.notMatch(await readFile(controller.running.log, "utf8"), /Restart decision/);
});

t.test("what is out of reach is not posted; creations and deletions are with their flags", async (t) => {
  const namespaces = { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] };
  await setClusterRules(kube, [...(await clusterRules(kube)), namespaces]);
  const receiver = await startReceiver(t);
  const scope = ["--namespace-selector=team=shop", "--resources-to-ignore=secrets"];
  await run(t, receiver, ...scope, "--reload-on-create=true", "--reload-on-delete=true");
  await posts(t, receiver, () => change("elsewhere"), 0, "one in a namespace that is not selected");
  await posts(t, receiver, () => change("db"), 0, "a Secret, which is ignored");
  await posts(t, receiver, () => kube.delete(late), 1, "one that is deleted");
  const later = shop.configMap("later", { value: "1" });
  await posts(t, receiver, () => kube.create(later), 1, "one that is created");
  await posts(t, receiver, () => change("app"), 1, "one that has changed");
});

t.test("an answer that is an error is no delivery: it is tried again", async (t) => {
  const receiver = await startReceiver(t, [503, 500, 200]);
  await run(t, receiver);
  const describe = (): string => `three attempts, there are ${receiver.received.length}`;
  await waitFor(async () => receiver.received.length >= 3, { describe, timeoutMs: 15_000 });
  t.equal(receiver.received.length, 3);
});

t.test("without --webhook-url the same changes restart", async (t) => {
  const controller = await install.startController(unpaced);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await kube.patch(sources.app, { metadata: { annotations: { "reloader.stakater.com/ignore": null } } });
  await shop.caughtUp();
  await change("app");
  await shop.rolled("web", 2);
});
