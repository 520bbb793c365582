import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto, changedTo, workload } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import {
  closedPort,
  type Received,
  type Receiver,
  startForwardProxy,
  startReceiver,
} from "../helpers/webhook-receiver.ts";

// Messages to people, from a restart in a real cluster to a real HTTP server, as Reloader's variables ask for them.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const reloader = await installReloader(plane);
const { kube } = reloader;
const shop = await openShop(reloader, "shop", {});
const app = shop.configMap("app", { value: "0" });
const db = shop.secret("db", { value: "0" });
const stateful = workload("shop", "store", { kind: "StatefulSet", configMap: "app" });
const solo = shop.configMap("solo", { value: "0" });
for (const source of [app, db, solo]) await kube.create(source);
await kube.create(
  shop.deployment("web", envFrom({ configMap: "app" }, { secret: "db" }), { metadata: { annotations: auto } }),
);
await kube.create(stateful);
await kube.create(shop.deployment("alone", envFrom({ configMap: "solo" }), { metadata: { annotations: auto } }));
await shop.caughtUp();
// Watched from their creation on: what is made within the second of the install itself is restarted once more than needed.
await reloader.controllers[0]?.running.stop();

let value = 0;
const change = (source: typeof app) =>
  kube.patch(source, { data: { value: Buffer.from(`${++value}`).toString("base64") } });

/** Runs restamp with such variables until the test ends, and returns when it has looked at every workload. */
async function run(
  t: Test,
  env: Readonly<Record<string, string>>,
  install: Install = reloader,
): Promise<RestampProcess> {
  const controller = await install.startController([...unpaced, "--alert-timeout=20s"], env);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await shop.caughtUp();
  return controller;
}

/** Waits for so many messages about a source; those of the barrier are about others. */
async function messages({ received }: Receiver, source: string, count: number): Promise<readonly Received[]> {
  const about = (): readonly Received[] => received.filter(({ body }) => body.includes(source));
  const describe = (): string => `${count} messages about "${source}", there are ${JSON.stringify(received)}`;
  return waitFor(async () => about().length >= count && about(), { describe, timeoutMs: 30_000 });
}

function reloaded(name: string, kind: string, source = "*app* of type *CONFIGMAP*"): string {
  return `Reloader detected changes in ${source} in namespace *shop*. Hence reloaded *${name}* of type *${kind}* in namespace *shop*`;
}

const textOnly = (text: string): string => JSON.stringify({ text });
const plain = (text: string): string => text.replaceAll("*", "");
const sinks = [
  {
    title: "slack",
    sink: "Slack",
    type: "application/json",
    body: (text: string) => JSON.stringify({ attachments: [{ color: "good", author_name: "Reloader", text }] }),
  },
  { title: "teams", sink: "teams", type: "application/json", body: textOnly },
  { title: "gchat", sink: "GCHAT", type: "application/json", body: textOnly },
  { title: "raw text, also of a sink that is not known", sink: "raw", type: "text/plain", body: plain },
];
for (const { title, sink, type, body } of sinks) {
  t.test(`${title}: one message for each workload and source, in Reloader's words`, async (t) => {
    const receiver = await startReceiver(t);
    const url = `${receiver.url}/in/token?key=1`;
    await run(t, { ALERT_ON_RELOAD: "true", ALERT_SINK: sink, ALERT_WEBHOOK_URL: url });
    await change(app);
    await messages(receiver, "app", 2);
    await change(db);
    await messages(receiver, "db", 1);
    await shop.caughtUp();
    const got = [...(await messages(receiver, "app", 2)), ...(await messages(receiver, "db", 1))];
    const want = [
      ...[reloaded("store", "StatefulSet"), reloaded("web", "Deployment")],
      reloaded("web", "Deployment", "*db* of type *SECRET*"),
    ];
    t.strictSame(got.map((each) => each.body).sort(), want.map(body).sort(), "and no more");
    for (const { method, url, headers } of got) {
      t.match({ method, url, headers }, { method: "POST", url: "/in/token?key=1", headers: { "content-type": type } });
    }
  });
}

t.test("nothing is sent without ALERT_ON_RELOAD=true", async (t) => {
  const receiver = await startReceiver(t);
  const url = receiver.url;
  const controller = await run(t, { ALERT_ON_RELOAD: "yes", ALERT_SINK: "slack", ALERT_WEBHOOK_URL: url });
  const { metadata } = await kube.get(stateful);
  await change(app);
  await changedTo(kube, stateful, (metadata.generation ?? 0) + 1);
  await controller.running.stop();
  t.equal(receiver.received.length, 0, "what there was would have been sent by then");
});

t.test("ALERT_ADDITIONAL_INFO stands in front, and ALERT_WEBHOOK_PROXY is on the way", async (t) => {
  const receiver = await startReceiver(t);
  const proxy = await startForwardProxy(t, { to: receiver });
  await run(t, {
    ...{ ALERT_ON_RELOAD: "true", ALERT_SINK: "teams", ALERT_WEBHOOK_URL: "http://hooks.example/in" },
    ...{ ALERT_ADDITIONAL_INFO: "cluster blue", ALERT_WEBHOOK_PROXY: `http://127.0.0.1:${proxy.port}` },
  });
  await change(db);
  const [message] = await messages(receiver, "db", 1);
  t.equal(message?.body, textOnly(`cluster blue : ${reloaded("web", "Deployment", "*db* of type *SECRET*")}`));
  t.match(proxy.proxied[0]?.what, "POST http://hooks.example/in");
});

t.test("a receiver that hangs delays no restart", async (t) => {
  const receiver = await startReceiver(t, ["hang"]);
  const controller = await run(t, { ALERT_ON_RELOAD: "true", ALERT_SINK: "slack", ALERT_WEBHOOK_URL: receiver.url });
  const revision = await shop.revision("alone");
  for (const more of [1, 2, 3, 4]) {
    await change(solo);
    await shop.rolled("alone", revision + more, 10_000);
  }
  await messages(receiver, "", 2);
  t.match(await controller.metrics(), /^restamp_alerts_total\{outcome="sent"\} 0$/m, "all messages still hang");
  await controller.running.stop({ graceMs: 15_000 });
  t.match(controller.running.exit(), { code: 0 }, "nor the end of the process");
  t.match(await readFile(controller.running.log, "utf8"), /Webhook calls were dropped/, "what is given up is logged");
});

t.test("a receiver that refuses delays no restart", async (t) => {
  const url = `http://127.0.0.1:${await closedPort()}/the-token`;
  const controller = await run(t, { ALERT_ON_RELOAD: "true", ALERT_WEBHOOK_URL: url });
  const revision = await shop.revision("alone");
  for (const more of [1, 2]) {
    await change(solo);
    await shop.rolled("alone", revision + more, 10_000);
  }
  await controller.running.stop();
  t.notMatch(await readFile(controller.running.log, "utf8"), /the-token/, "the log does not tell the URL");
});

t.test("500 is tried again; a redirect is an error, and not followed", async (t) => {
  const elsewhere = await startReceiver(t);
  const redirect = (response: ServerResponse) => void response.writeHead(302, { location: elsewhere.url }).end();
  const receiver = await startReceiver(t, [500, 200, redirect, 200]);
  const url = `${receiver.url}/the-token`;
  const env = { ALERT_ON_RELOAD: "true", ALERT_SINK: "slack", ALERT_WEBHOOK_URL: url };
  // No barrier, whose messages would be answered, too: what "alone" runs with is on its template from the tests before.
  const controller = await reloader.startController(unpaced, env);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  const outcome = async (name: string): Promise<void> => {
    const line = `restamp_alerts_total{outcome="${name}"} `;
    const count = async (): Promise<boolean> => !(await controller.metrics()).includes(`${line}0\n`);
    await waitFor(count, { describe: `${line} to be counted`, timeoutMs: 20_000 });
  };
  await change(solo);
  await messages(receiver, "solo", 2);
  await outcome("sent");
  await change(solo);
  await messages(receiver, "solo", 3);
  await outcome("failed");
  await change(solo);
  await messages(receiver, "solo", 4);
  t.equal(receiver.received[0]?.body, receiver.received[1]?.body);
  t.equal(elsewhere.received.length, 0);
  await controller.running.stop();
  const log = await readFile(controller.running.log, "utf8");
  t.match(log, /Webhook could not be called .*127\.0\.0\.1:\d+.*302 Found: redirects are not followed, check the URL/);
  t.notMatch(log, /the-token/);
});

t.test("restamp controller has one message for each change, which lists its workloads", async (t) => {
  const manifests = { resources: ["base/controller"], components: ["components/namespace"] };
  const install = await installRestamp(plane, { controllers: 0, manifests });
  const receiver = await startReceiver(t);
  for (const object of [stateful, shop.deployment("web")]) {
    await kube.patch(object, { metadata: { labels: { "restamp.dev/enabled": "true" } } });
  }
  await run(t, { RESTAMP_ALERT_SINK: "slack", RESTAMP_ALERT_URL: receiver.url }, install);
  await change(app);
  const [message] = await messages(receiver, "shop/app", 1);
  const text = message === undefined ? "" : JSON.parse(message.body).attachments[0].text;
  const names = ["*Deployment shop/web*", "*StatefulSet shop/store*"];
  for (const name of names) t.ok(text.includes(name), text);
  t.match(text, /^\*ConfigMap shop\/app\* changed: restarted 2 workloads: /);
  t.equal((await messages(receiver, "shop/app", 1)).length, 1);
});
