import t from "tap";
import { workloadKinds } from "../../src/core/workload-kinds.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { definitionOf } from "../helpers/every-kind.ts";
import { installReloader, restartReloader, rolloutRights } from "../helpers/reloader-install.ts";
import {
  type AnyWorkload,
  auto,
  changedTo,
  eventOf,
  reloaderEnv,
  type WorkloadBody,
  workload,
} from "../helpers/reloader-workloads.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { openShop } from "../helpers/shop.ts";

// Section 1.6 of the compatibility document: rollouts that are paused for a while after a change.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
for (const { builtIn, ...kind } of workloadKinds) if (!builtIn) await kube.create(definitionOf(kind));
const shop = await openShop({ kube }, "pause", {});

const period = "deployment.reloader.stakater.com/pause-period";
const pausedAt = "deployment.reloader.stakater.com/paused-at";
const rollout = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
const config = { apiVersion: "apps.openshift.io/v1", kind: "DeploymentConfig" };
const pausing = (text: string) => ({ ...auto, [period]: text });

async function make(name: string, body: WorkloadBody = {}): Promise<AnyWorkload> {
  await kube.create(shop.configMap(name, { a: "1" }));
  return kube.create<AnyWorkload>(workload("pause", name, body));
}

async function change(name: string, value: string): Promise<void> {
  await kube.patch(shop.configMap(name, {}), { data: { a: value } });
}

/** Waits until a workload is paused, and returns since when by its annotation; milliseconds since the epoch. */
async function pausedSince(object: KubeObject, key = pausedAt): Promise<number> {
  const now = await kube.waitFor<AnyWorkload>(object, ({ spec }) => spec.paused === true, { timeoutMs: 30_000 });
  const text = now.metadata.annotations?.[key] ?? "";
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) throw new Error(`"${text}" is not a time of RFC 3339`);
  return Date.parse(text);
}

/** Waits until a workload is not paused any more and nothing tells that it was. */
function resumed(object: KubeObject): Promise<AnyWorkload> {
  const isOver = ({ spec, metadata }: AnyWorkload): boolean =>
    spec.paused !== true && metadata.annotations?.[pausedAt] === undefined;
  return kube.waitFor<AnyWorkload>(object, isOver, { timeoutMs: 60_000 });
}

/** As Reloader leaves Deployments in whose pause it ends. */
const left = (since: string, more: object = pausing("1h")) => ({
  annotations: { ...more, [pausedAt]: since },
  spec: { paused: true },
});
const hourAgo = new Date(Date.now() - 3_601_000).toISOString().replace(/\.\d+/, "");
const stranded = [
  await make("left-over", left(hourAgo)),
  await make("left-without-period", left(new Date().toISOString(), auto)),
  await make("left-unreadable", left("yesterday")),
  await make("left-far-ahead", left("2999-01-01T00:00:00Z", pausing("1m"))),
  await make("left-without-auto", left(hourAgo, { [period]: "1h" })),
];
const within = await make("left-within", left(new Date().toISOString()));
const byUser = await make("by-user", { annotations: pausing("1s"), spec: { paused: true } });

const args = ["--is-Argo-Rollouts=true"];
const install = await installReloader(plane, { args, rights: [rolloutRights], controllers: 2 });

t.test(
  "a Deployment that Reloader left paused is resumed, at its time; one that its users paused is not",
  async (t) => {
    for (const each of stranded) t.ok(await resumed(each), each.metadata.name);
    await shop.caughtUp();
    t.equal((await kube.get<AnyWorkload>(within)).spec.paused, true, "its hour is not over");
    t.equal((await kube.get<AnyWorkload>(byUser)).spec.paused, true);
  },
);

t.test("changes are gathered until the pause is over, and make one rollout", async (t) => {
  const envFrom = ["gather", "gather-too"].map((name) => ({ configMapRef: { name } }));
  const containers = [{ name: "main", image: "registry.example/app:1", envFrom }];
  await kube.create(shop.configMap("gather-too", { a: "1" }));
  const made = await make("gather", { annotations: pausing("8s"), pod: { containers } });
  await shop.caughtUp();
  await change("gather", "2");
  const since = await pausedSince(made);
  t.equal(reloaderEnv(await kube.get<AnyWorkload>(made)).length, 1, "the template is patched at once");
  await change("gather-too", "2");
  const isGathered = (now: AnyWorkload): boolean => reloaderEnv(now).length === 2;
  t.equal((await kube.waitFor<AnyWorkload>(made, isGathered)).spec.paused, true);
  await resumed(made);
  t.ok(Date.now() >= since + 8_000, "not before its time");
  await shop.caughtUp();
  t.equal(await shop.revision("gather"), 2, "one rollout");
  const note = "The pause is over: what was gathered is rolled out";
  t.equal(await eventOf(shop, "gather", "RolloutResumed"), note);
});

t.test("a Deployment that its users have paused is patched, and stays paused", async (t) => {
  await change("by-user", "2");
  const now = await changedTo(kube, byUser, 2);
  t.equal(reloaderEnv(now).length, 1);
  await shop.caughtUp();
  const later = await kube.get<AnyWorkload>(byUser);
  t.same([later.spec.paused, later.metadata.annotations?.[pausedAt]], [true, undefined]);
  t.equal(await shop.revision("by-user").catch(() => 0), 0, "no pods are replaced");
});

t.test("a pause that a user ends early is over, and one that a user begins afterwards is left alone", async (t) => {
  const made = await make("early", { annotations: pausing("1h") });
  await shop.caughtUp();
  await change("early", "2");
  await pausedSince(made);
  await kube.patch(made, { spec: { paused: false } });
  await resumed(made);
  await shop.rolled("early", 2);
  await kube.patch(made, { metadata: { annotations: { [period]: "1s" } }, spec: { paused: true } });
  await shop.caughtUp();
  t.equal((await kube.get<AnyWorkload>(made)).spec.paused, true);
});

t.test("a pause period that cannot be read is told, and the restart happens", async (t) => {
  const made = await make("unreadable", { annotations: pausing("5 minutes") });
  const note = await eventOf(shop, "unreadable", "InvalidAnnotation");
  t.equal(note, `Cannot read ${period}: "5 minutes" is not a duration of Go, write for example "5m"`);
  await shop.caughtUp();
  await change("unreadable", "2");
  t.notOk((await changedTo(kube, made, 2)).spec.paused);
  await shop.rolled("unreadable", 2);
});

t.test("a pause that a policy keeps from ending is told, and changes are gathered until it may end", async (t) => {
  const made = await make("kept", { annotations: pausing("2s") });
  await shop.caughtUp();
  const permit = await keepPaused();
  await change("kept", "2");
  await pausedSince(made);
  const note = await eventOf(shop, "kept", "PauseNotEnded");
  t.match(note, /^Cannot end the pause, so what was gathered is not rolled out: .*it stays paused/);
  const [before] = reloaderEnv(await kube.get<AnyWorkload>(made));
  await change("kept", "3");
  const isNewer = (now: AnyWorkload): boolean => reloaderEnv(now)[0] !== before;
  t.equal((await kube.waitFor<AnyWorkload>(made, isNewer, { timeoutMs: 30_000 })).spec.paused, true);
  await permit();
  await resumed(made);
  await shop.rolled("kept", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("kept"), 2, "one rollout");
});

t.test(
  "Rollouts and DeploymentConfigs are paused and resumed; kinds that cannot be paused are restarted",
  async (t) => {
    const annotations = pausing("5s");
    const made = await Promise.all([
      make("rollout", { ...rollout, annotations }),
      make("config", { ...config, annotations }),
    ]);
    const others = await Promise.all([
      make("set", { kind: "StatefulSet", annotations }),
      make("daemons", { kind: "DaemonSet", annotations }),
    ]);
    await shop.caughtUp();
    for (const { metadata } of [...made, ...others]) await change(metadata.name, "2");
    await Promise.all(made.map((each) => pausedSince(each)));
    for (const each of made) t.equal(reloaderEnv(await resumed(each)).length, 1, each.kind);
    for (const each of others) t.equal(reloaderEnv(await changedTo(kube, each, 2)).length, 1, each.kind);
  },
);

t.test("restamp's own annotation pauses as well", async (t) => {
  const annotations = { "restamp.dev/enabled": "true", "restamp.dev/pause-period": "5s" };
  const made = await make("own", { annotations });
  await shop.caughtUp();
  await change("own", "2");
  await pausedSince(made, "restamp.dev/paused-at");
  t.equal((await resumed(made)).metadata.annotations?.["restamp.dev/paused-at"], undefined);
  await shop.rolled("own", 2);
});

/** Makes a policy that lets nobody end the pause of Deployment `kept`, and waits until it holds. Returns how to permit it. */
async function keepPaused(): Promise<() => Promise<void>> {
  const policy = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "stay-paused" } };
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] };
  const resourceRules = [{ ...rule, resourceNames: ["kept"] }];
  const expression =
    "!(has(oldObject.spec.paused) && oldObject.spec.paused) || (has(object.spec.paused) && object.spec.paused)";
  const trial = "!has(object.metadata.labels) || !('trial' in object.metadata.labels)";
  const validations = [expression, trial].map((each) => ({ expression: each, message: "it stays paused" }));
  const spec = { matchConstraints: { resourceRules }, validations };
  await kube.create({ ...policy, kind: "ValidatingAdmissionPolicy", spec });
  const binding = { ...policy, kind: "ValidatingAdmissionPolicyBinding" };
  await kube.create({ ...binding, spec: { policyName: "stay-paused", validationActions: ["Deny"] } });
  const kept = "/apis/apps/v1/namespaces/pause/deployments/kept";
  const holds = (): Promise<boolean> =>
    kube.patch(kept, { metadata: { labels: { trial: "1" } } }, { query: { dryRun: "All" } }).then(
      () => false,
      (error: Error) => error.message.includes("it stays paused"),
    );
  await waitFor(holds, { describe: "the policy to hold" });
  return async () => void (await kube.delete(binding));
}

async function leader(): Promise<RestampProcess> {
  const find = async () => {
    for (const each of install.controllers.filter(({ running }) => running.exit() === undefined)) {
      if (await each.leads()) return each;
    }
    return undefined;
  };
  return waitFor(find, { timeoutMs: 30_000, describe: "a leader" });
}

t.test("a pause ends although the controller that began it was killed, and its successor as well", async (t) => {
  const made = await make("killed", { annotations: pausing("12s") });
  await shop.caughtUp();
  await change("killed", "2");
  const since = await pausedSince(made);
  await (await leader()).running.stop({ signal: "SIGKILL" });
  await (await leader()).running.stop({ signal: "SIGKILL" });
  t.equal((await kube.get<AnyWorkload>(made)).spec.paused, true, "nobody is there");
  await restartReloader(install, args);
  await resumed(made);
  t.ok(Date.now() >= since + 12_000, "not before its time");
  await shop.rolled("killed", 2);
});

t.test("a pause ends although the API server was away when it should have", { skip: !plane.owned }, async (t) => {
  const made = await make("away", { annotations: pausing("6s") });
  await shop.caughtUp();
  await change("away", "2");
  const since = await pausedSince(made);
  await plane.stopApiServer();
  await waitFor(() => Date.now() > since + 7_000, { describe: "the end of the pause" });
  await plane.startApiServer();
  t.ok(await resumed(made));
  await shop.rolled("away", 2, 60_000);
});
