import t, { type Test } from "tap";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { decisionsOf } from "../helpers/decisions.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { abilitiesOf, describeAbility } from "../helpers/rbac-rules.ts";
import { restartAsReloader } from "../helpers/reloader-restart.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// A trial beside Reloader: everything is decided, each change is told once, and nothing is written but Events.

t.setTimeout(240_000);
t.jobs = 1;
const account = "restamp-controller";
const args = ["--settle=1s", "--min-interval=0s", "--log-format=json"];
const commands = {
  reloader: { resources: ["overlays/observe"] },
  controller: { resources: ["base/controller"], components: ["components/namespace", "components/observe"] },
};

for (const [command, manifests] of Object.entries(commands)) {
  t.test(`restamp ${command} --mode=observe: each change is told once, and only Events are written`, async (t) => {
    const plane = await startControlPlane({ audit: true, controllerManager: true });
    t.teardown(() => plane.stop());
    const install = await installRestamp(plane, { controllers: 0, controllerArgs: args, manifests });
    const shop = await openShop(install, `seen-by-${command}`);
    for (const name of ["plain", "both", "reloaded", "annotated", "barrier"]) await createPair(install, shop, name);
    for (const name of ["deployed", "slow-barrier"])
      await createPair(install, shop, name, { "restamp.dev/settle": "5s" });
    const first = await start(t, { install, shop });
    await eachOnce(t, { install, shop, observer: first });
    const total = () => decisionsOf(first).filter(({ audit }) => audit === "would-restart").length;
    const figure = () => `restamp_observed_restarts_total{kind="Deployment"} ${total()}\n`;
    const isCounted = async (): Promise<boolean> => (await first.metrics()).includes(figure());
    await waitFor(isCounted, { describe: figure });
    await first.running.stop({ graceMs: 15_000 });
    await edit(install, shop, "plain", "while nobody looks");
    const second = await start(t, { install, shop });
    const about = new Set(decisionsOf(second).map(({ workload }) => workload));
    t.same([...about], [`Deployment ${shop.namespace}/barrier`], "another observer tells nothing anew");
    await second.running.stop({ graceMs: 15_000 });
    await provedHarmless(t, plane, install);
  });
}

interface Scene {
  readonly install: Install;
  readonly shop: Shop;
  readonly observer: RestampProcess;
}

async function eachOnce(t: Test, { install, shop, observer }: Scene): Promise<void> {
  const { kube } = install;
  const events = async (name: string) =>
    (await shop.events(name)).filter(({ reason }) => reason === "WouldRestart").map(({ note }) => note);
  const once = async (name: string, count: number, title: string, by?: string): Promise<void> => {
    await told(observer, name, count);
    await barrier({ install, shop, observer }, by);
    t.equal(tellings(observer, name).length, count, title);
  };
  const reload = (name: string, strategy: "env-vars" | "annotations" = "env-vars") =>
    restartAsReloader(kube, { workload: shop.deployment(name), source: shop.configMap(name, {}), strategy });

  const untouched = await shop.get("plain");
  await edit(install, shop, "plain", "2");
  await once("plain", 1, "a change of a source");
  await waitFor(async () => (await events("plain")).length === 1, { describe: "the Event" });
  t.match(await events("plain"), [/^ConfigMap plain .*changed/]);
  const told1 = await kube.list<KubeObject & { reason: string; regarding: { name: string } }>(
    `/apis/events.k8s.io/v1/namespaces/${shop.namespace}/events`,
  );
  const event = told1.find(({ reason, regarding }) => reason === "WouldRestart" && regarding.name === "plain");
  t.match(event?.metadata.annotations, { "restamp.dev/sources": "configmap/plain" });
  t.same(await shop.get("plain"), untouched, "the workload is not touched at all");

  // Whatever makes the observer look at it again.
  const again = { "restamp.dev/settle": "300ms" };
  await kube.patch(shop.deployment("plain"), { metadata: { annotations: again } });
  await kube.patch(shop.deployment("plain"), image("registry.example/app:2"), { type: "strategic" });
  await edit(install, shop, "both", "2");
  await once("plain", 1, "what was told is not told again with the next event of the workload");
  await edit(install, shop, "plain", "3");
  await once("plain", 2, "the next change is told as well");

  await edit(install, shop, "reloaded", "2");
  t.equal(await reload("reloaded"), true);
  await once("reloaded", 1, "a change that Reloader has answered before restamp would have");
  await edit(install, shop, "reloaded", "3");
  await told(observer, "reloaded", 2);
  t.equal(await reload("reloaded"), true);
  await once("reloaded", 2, "a change that Reloader answers later");
  await edit(install, shop, "annotated", "2");
  await reload("annotated", "annotations");
  await once("annotated", 1, "Reloader with the strategy annotations");

  await edit(install, shop, "deployed", "2");
  await kube.patch(shop.deployment("deployed"), image("registry.example/app:2"), { type: "strategic" });
  await once("deployed", 0, "a deploy of a workload with its source needs no restart", "slow-barrier");
  await edit(install, shop, "deployed", "3");
  await once("deployed", 1, "the change after it does", "slow-barrier");
}

/** A ConfigMap and a Deployment that uses it. */
async function createPair({ kube }: Install, shop: Shop, name: string, more: object = {}): Promise<void> {
  await kube.create(shop.configMap(name, { value: "1" }));
  await kube.create(
    shop.deployment(name, envFrom({ configMap: name }), { metadata: { annotations: { ...auto, ...more } } }),
  );
}

async function start(t: Test, { install, shop }: Omit<Scene, "observer">): Promise<RestampProcess> {
  const observer = await install.startController();
  t.teardown(() => observer.running.stop());
  await observer.ready();
  // Ready, it knows all objects; what sources hold it is still reading, and takes for granted.
  const value = async () => await edit(install, shop, "barrier", `start ${Date.now()}`);
  await waitFor(async () => (await value()) && tellings(observer, "barrier").length > 0, { intervalMs: 1_000 });
  return observer;
}

function edit({ kube }: Install, shop: Shop, name: string, value: string): Promise<unknown> {
  return kube.patch(shop.configMap(name, {}), { data: { value } });
}

function tellings(observer: RestampProcess, name: string) {
  return decisionsOf(observer).filter(
    ({ audit, workload }) => audit === "would-restart" && workload.endsWith(`/${name}`),
  );
}

async function told(observer: RestampProcess, name: string, count: number): Promise<void> {
  const seen = () => tellings(observer, name).length;
  await waitFor(() => seen() >= count, { describe: () => `${count} tellings about ${name}, there are ${seen()}` });
}

/** Returns when the observer has decided about all that was done before. */
async function barrier({ install, shop, observer }: Scene, name = "barrier"): Promise<void> {
  const count = tellings(observer, name).length + 1;
  await edit(install, shop, name, String(count + 1));
  await told(observer, name, count);
}

const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name: "main", image: name }] } } } });

/** By what the API server has logged, and by what the account may do. */
async function provedHarmless(t: Test, { auditLog = "" }: ControlPlane, { kube, namespace }: Install): Promise<void> {
  const user = `system:serviceaccount:${namespace}:${account}`;
  const calls = readAuditLog(auditLog).filter((entry) => entry.user === user);
  const brief = (entries: typeof calls) => entries.map(({ verb, path }) => `${verb} ${path}`);
  const isRead = (verb: string): boolean => ["get", "list", "watch"].includes(verb);
  t.same(brief(calls.filter(({ verb, resource }) => !isRead(verb) && resource !== "events")), []);
  t.same(brief(calls.filter(({ status }) => status === 403)), [], "nothing is refused");
  t.ok(calls.some(({ verb, resource }) => verb === "create" && resource === "events"));
  const may = (await abilitiesOf(kube, { namespace, name: account })).filter(({ verb }) => !isRead(verb));
  t.same(
    may.map(describeAbility).filter((ability) => !ability.includes("events")),
    [],
    "it may write nothing else",
  );
  t.equal(may.length, 2, may.map(describeAbility).join());
  for (const resource of ["secrets", "configmaps"]) {
    const own = await kube.list<KubeObject>(`/api/v1/namespaces/${namespace}/${resource}`);
    t.same(
      own.map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt"),
      [],
      resource,
    );
  }
  t.same(await kube.list(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`), []);
}
