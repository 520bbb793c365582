import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { refusal, refuseRestarts } from "../helpers/refuse-restarts.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { startReceiver } from "../helpers/webhook-receiver.ts";

// What Reloader tells: Events on workloads, and answers to probes.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;
const receiver = await startReceiver(t);
const alerting = { ALERT_ON_RELOAD: "true", ALERT_WEBHOOK_URL: receiver.url };
const controller = await install.startController([...unpaced, "--settle=3s"], alerting);
await controller.ready();
const shop = await openShop(install, "shop", {});
const app = shop.configMap("app", { value: "1" });
const db = shop.secret("db", { value: "1" });
await kube.create(app);
await kube.create(db);
const metadata = { annotations: auto };
await kube.create(shop.deployment("web", envFrom({ configMap: "app" }, { secret: "db" }), { metadata }));
await shop.caughtUp();

let value = 1;
const change = (source: KubeObject) => kube.patch(source, { data: { value: btoa(`${++value}`) } });
const updated = "Updated 'web' of type 'Deployment' in namespace 'shop'";
const ofApp = `Changes detected in 'app' of type 'CONFIGMAP' in namespace 'shop', ${updated}`;
const ofDb = `Changes detected in 'db' of type 'SECRET' in namespace 'shop', ${updated}`;

/** An Event as the core API has it, which is what `kubectl get events` and most programs read. */
interface CoreEvent extends KubeObject {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly count?: number;
  readonly series?: { readonly count: number };
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly source?: { readonly component?: string };
  readonly reportingComponent: string;
}

/** Waits for so many Events about the Deployment that have the reason. */
async function events(reason: string, count: number): Promise<readonly CoreEvent[]> {
  let last: readonly CoreEvent[] = [];
  const isThere = async (): Promise<boolean> => {
    const all = await kube.list<CoreEvent>("/api/v1/namespaces/shop/events");
    last = all.filter((each) => each.involvedObject.name === "web" && each.reason === reason);
    return last.length >= count;
  };
  await waitFor(isThere, { describe: () => `${count} Events ${reason}, there are ${JSON.stringify(last)}` });
  return last;
}

async function told(t: Test, wanted: readonly string[]): Promise<void> {
  const found = await events("Reloaded", wanted.length);
  t.strictSame(found.map(({ message }) => message).sort(), [...wanted].sort());
  for (const { type, involvedObject } of found) {
    t.match({ type, involvedObject }, { type: "Normal", involvedObject: { kind: "Deployment", name: "web" } });
  }
}

t.test("Reloaded, on the workload, in Reloader's words", async (t) => {
  await change(app);
  await shop.rolled("web", 2);
  await told(t, [ofApp]);
  const [event] = await events("Reloaded", 1);
  t.equal(event?.reportingComponent, "restamp.dev/controller", "by restamp, which is who did it");
});

t.test("two sources that change together: one restart, and an Event for each", async (t) => {
  await change(db);
  await shop.rolled("web", 3);
  await Promise.all([change(app), change(db)]);
  await shop.rolled("web", 4);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 4);
  await told(t, [ofApp, ofDb]);
});

t.test("ReloadFail, once, for what is refused; no alert; and the restart comes when it is allowed", async (t) => {
  const allow = await refuseRestarts(kube, { namespace: "shop", name: "web" });
  const alerts = receiver.received.length;
  await change(app);
  const isRetried = async (): Promise<boolean> => {
    const [, count] = /^reloader_reload_errors_total (\d+)$/m.exec(await controller.metrics()) ?? [];
    return Number(count) >= 3;
  };
  await waitFor(isRetried, { describe: "three attempts", timeoutMs: 60_000 });
  const failed = await events("ReloadFail", 1);
  t.equal(failed.length, 1, "for three attempts");
  const [{ type, message = "", count = 1, series } = {} as Partial<CoreEvent>] = failed;
  t.match({ type, count }, { type: "Warning", count: 1 });
  t.equal(series, undefined);
  t.ok(message.startsWith("Update for 'web' of type 'Deployment' in namespace 'shop' failed with error "), message);
  t.ok(message.includes(refusal), message);
  t.equal(receiver.received.length, alerts);
  await allow();
  await shop.rolled("web", 5, 90_000);
  const describe = (): string => `an alert more than ${alerts}`;
  await waitFor(async () => receiver.received.length > alerts, { describe });
});

t.test("probes: /live and /metrics where Reloader has them; readiness tells when the API server is gone", async (t) => {
  const get = async (path: string) => {
    const response = await fetch(`${controller.ops}${path}`);
    return { status: response.status, text: await response.text() };
  };
  t.strictSame(await get("/live"), { status: 200, text: "alive" });
  t.match(await get("/metrics"), { status: 200, text: /^reloader_reload_executed_total\{success="true"\} \d/m });
  t.match(await get("/debug/pprof/"), { status: 404 });
  t.ok(await controller.ready());
  await plane.stopApiServer();
  await waitFor(async () => (await get("/readyz")).status === 503, { describe: "not ready", timeoutMs: 60_000 });
  t.strictSame(await get("/live"), { status: 200, text: "alive" }, "a restart of restamp would not help");
  await plane.startApiServer();
  await controller.ready();
  await change(app);
  await shop.rolled("web", 6, 60_000);
});
