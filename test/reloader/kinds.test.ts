import t from "tap";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { workloadKinds } from "../../src/core/workload-kinds.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { definitionOf } from "../helpers/every-kind.ts";
import { podsOf } from "../helpers/pods.ts";
import { installReloader, restartReloader, rolloutRights } from "../helpers/reloader-install.ts";
import {
  type AnyWorkload,
  auto,
  changedTo,
  eventOf,
  reloaderEnv,
  templateWith,
  type WorkloadBody,
  workload,
} from "../helpers/reloader-workloads.ts";
import { openShop } from "../helpers/shop.ts";

// Section 1.4 of the compatibility document, but for Jobs and CronJobs: what a change does to each kind of workload.

const plane = await startControlPlane({ argoRollouts: true, kwok: { nodes: 1 } });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());
const configs = workloadKinds.find(({ kind }) => kind === "DeploymentConfig");
if (configs === undefined) throw new Error("There is no kind DeploymentConfig");
await kubeClient(plane).create(definitionOf(configs));
const withRollouts = ["--is-Argo-Rollouts=true"];
const install = await installReloader(plane, { args: withRollouts, rights: [rolloutRights] });
const { kube } = install;
const shop = await openShop(install, "kinds", {});
const pods = podsOf(kube, "kinds");
const hashed = (value: string): string => reloaderHash("ConfigMap", { data: { a: value } });

async function make(name: string, body: WorkloadBody = {}): Promise<AnyWorkload> {
  await kube.create(shop.configMap(name, { a: "1" }));
  return kube.create<AnyWorkload>(workload("kinds", name, body));
}

async function change(name: string, value: string): Promise<void> {
  await kube.patch(shop.configMap(name, {}), { data: { a: value } });
}

const generationOf = async (object: KubeObject): Promise<number> => (await kube.get(object)).metadata.generation ?? 0;
const managersOf = ({ metadata }: KubeObject): readonly string[] =>
  (metadata["managedFields"] as { manager: string }[]).map(({ manager }) => manager);

t.test("Deployment, StatefulSet and DaemonSet: one patch of the pod template", async (t) => {
  const kinds = ["Deployment", "StatefulSet", "DaemonSet"];
  const made = await Promise.all(kinds.map((kind) => make(`apps-${kind.toLowerCase()}`, { kind })));
  await shop.caughtUp();
  for (const { metadata } of made) await change(metadata.name, "2");
  for (const before of made) {
    const after = await changedTo(kube, before, 2);
    const { name } = before.metadata;
    const [variable] = reloaderEnv(after);
    t.equal(variable, `main STAKATER_${name.toUpperCase().replace("-", "_")}_CONFIGMAP=${hashed("2")}`);
    const [container] = after.spec.template.spec.containers;
    const restored = { ...container };
    delete (restored as { env?: unknown }).env;
    t.strictSame(restored, before.spec.template.spec.containers[0], "and nothing else of the container");
    t.ok(managersOf(after).includes("restamp"), "written as restamp, not as Reloader");
    t.notOk(managersOf(after).includes("Reloader"));
    const says = `Changes detected in '${name}' of type 'CONFIGMAP' in namespace 'kinds', Updated '${name}' of type '${after.kind}' in namespace 'kinds'`;
    t.equal(await eventOf(shop, name, "Reloaded"), says);
  }
  await shop.caughtUp();
  for (const each of made) t.equal(await generationOf(each), 2, `${each.kind}: once`);
});

t.test("OnDelete: the template is patched, and pods stay until they are deleted", async (t) => {
  const spec = { updateStrategy: { type: "OnDelete" } };
  const set = await make("by-hand", { kind: "StatefulSet", spec: { ...spec, replicas: 1 } });
  const daemons = await make("daemons", { kind: "DaemonSet", spec });
  const [old, oldDaemons] = [await pods.running("by-hand", 1), await pods.running("daemons", 1)];
  await change("by-hand", "2");
  await change("daemons", "2");
  for (const each of [set, daemons]) t.equal(reloaderEnv(await changedTo(kube, each, 2)).length, 1, each.kind);
  await shop.caughtUp();
  t.equal(await pods.kept("by-hand", old), 1);
  t.equal(await pods.kept("daemons", oldDaemons), 1);
  await kube.delete("/api/v1/namespaces/kinds/pods/by-hand-0");
  await waitFor(async () => (await pods.kept("by-hand", old)) === 0, { timeoutMs: 60_000, describe: "a new pod" });
  const [fresh] = (await pods.running("by-hand", 1)).values();
  t.match(JSON.stringify(fresh), hashed("2"), "the next pod has the new template");
});

t.test("a DeploymentConfig is restarted by its template", async (t) => {
  const made = await make("config", { apiVersion: "apps.openshift.io/v1", kind: "DeploymentConfig" });
  await change("config", "2");
  t.same(reloaderEnv(await changedTo(kube, made, 2)), [`main STAKATER_CONFIG_CONFIGMAP=${hashed("2")}`]);
});

t.test("Pods, ReplicaSets and custom resources that nobody has configured are left alone", async (t) => {
  const set = await make("bare-set", { kind: "ReplicaSet" });
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "bare-pod", namespace: "kinds", annotations: auto } };
  const bare = await kube.create({ ...pod, spec: templateWith("bare-pod", "bare-set").spec } as KubeObject);
  const service = { group: "serving.knative.dev", version: "v1", resource: "services", kind: "Service" };
  await kube.create(definitionOf(service));
  const knative = { apiVersion: "serving.knative.dev/v1", kind: "Service", metadata: { ...pod.metadata, name: "kn" } };
  const spec = { template: templateWith("kn", "bare-set") };
  const custom = await waitFor(() => kube.create({ ...knative, spec } as KubeObject).catch(() => undefined), {
    describe: "a custom resource",
  });
  await shop.caughtUp();
  await change("bare-set", "2");
  await shop.caughtUp();
  t.equal((await kube.get(bare)).metadata.uid, bare.metadata.uid);
  for (const each of [set, custom]) t.equal(await generationOf(each), 1, each.kind);
});

/** Waits until a workload has a variable of Reloader's. Argo's controller itself writes Rollouts, so generations do not tell. */
function marked(object: KubeObject): Promise<AnyWorkload> {
  return kube.waitFor<AnyWorkload>(object, (now) => reloaderEnv(now).length > 0);
}

interface Rollout extends AnyWorkload {
  readonly status?: { readonly phase?: string; readonly stableRS?: string; readonly currentPodHash?: string };
}

const argo = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
const canary = { strategy: { canary: { maxSurge: 1, maxUnavailable: 1 } } };

/** Waits until nothing of a Rollout is under way, and returns its revision. */
async function settled(name: string, replicas: number): Promise<number> {
  const isHealthy = ({ status }: Rollout): boolean =>
    status?.phase === "Healthy" && status.stableRS !== undefined && status.stableRS === status.currentPodHash;
  const object = { ...argo, metadata: { name, namespace: "kinds" } };
  const now = await kube.waitFor<Rollout>(object, isHealthy, { timeoutMs: 90_000 });
  await pods.running(name, replicas);
  return Number(now.metadata.annotations?.["rollout.argoproj.io/revision"]);
}

t.test("an Argo Rollout gets a new revision of its template", async (t) => {
  const made = await make("canary", { ...argo, spec: { ...canary, replicas: 1 } });
  const old = await pods.running("canary", 1);
  t.equal(await settled("canary", 1), 1);
  await change("canary", "2");
  const isNew = async (): Promise<boolean> => (await settled("canary", 1)) === 2;
  await waitFor(isNew, { timeoutMs: 90_000, describe: "revision 2" });
  t.same(reloaderEnv(await kube.get<AnyWorkload>(made)), [`main STAKATER_CANARY_CONFIGMAP=${hashed("2")}`]);
  // Argo's controller writes the revision before it says that the state of the former one is over.
  await waitFor(async () => (await pods.kept("canary", old)) === 0, { timeoutMs: 90_000, describe: "a new pod" });
  await shop.caughtUp();
  t.equal(await settled("canary", 1), 2, "once");
});

const restarts = { ...auto, "reloader.stakater.com/rollout-strategy": "restart" };

t.test("rollout-strategy: restart has Argo replace the pods of an unchanged template, once", async (t) => {
  const body = { ...argo, annotations: restarts, spec: { ...canary, replicas: 1 } };
  const made = await make("restarting", body);
  let old = await pods.running("restarting", 1);
  await settled("restarting", 1);
  for (const value of ["2", "3"]) {
    await change("restarting", value);
    await waitFor(async () => (await pods.kept("restarting", old)) === 0, { timeoutMs: 90_000, describe: "new pods" });
    t.equal(await settled("restarting", 1), 1, "no new revision");
    old = await pods.running("restarting", 1);
  }
  const now = await kube.get<AnyWorkload>(made);
  t.equal(now.spec.template.metadata?.annotations, undefined, "no stamp");
  t.same(reloaderEnv(now), []);
  t.match(now.spec.restartAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await restartReloader(install, withRollouts);
  await shop.caughtUp();
  t.equal((await kube.get<AnyWorkload>(made)).spec.restartAt, now.spec.restartAt, "not again by the next controller");
  t.equal(await pods.kept("restarting", old), 1);
});

t.test("rollout-strategy with any other value is rollout, and does nothing to other kinds", async (t) => {
  const rollout = await make("other-value", {
    ...argo,
    annotations: { ...auto, "reloader.stakater.com/rollout-strategy": "restarts" },
    spec: canary,
  });
  const deployment = await make("no-rollout", { annotations: restarts });
  await shop.caughtUp();
  for (const each of [rollout, deployment]) {
    await change(each.metadata.name, "2");
    t.equal((await marked(each)).spec.restartAt, undefined, each.kind);
  }
});

t.test("workloadRef: the Deployment whose template a Rollout runs is changed, also for sources by name", async (t) => {
  const named = { "configmap.reloader.stakater.com/reload": "by-name" };
  await kube.create(shop.configMap("by-name", { a: "1" }));
  await make("lender", { annotations: {} });
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "lender" };
  const { spec } = workload("kinds", "lender");
  const { template: _template, ...others } = spec;
  const rollout = { ...others, ...canary, replicas: 1, workloadRef };
  for (const [name, annotations] of Object.entries({ lender: { ...auto, ...named } })) {
    await kube.create({ ...argo, metadata: { name, namespace: "kinds", annotations }, spec: rollout } as KubeObject);
  }
  const old = await pods.running("lender", 1);
  await settled("lender", 1);
  await shop.caughtUp();
  await change("lender", "2");
  await waitFor(async () => (await pods.kept("lender", old)) === 0, { timeoutMs: 90_000, describe: "new pods" });
  t.same(reloaderEnv(await kube.get<AnyWorkload>(workload("kinds", "lender"))), [
    `main STAKATER_LENDER_CONFIGMAP=${hashed("2")}`,
  ]);
  const second = await pods.running("lender", 1);
  await settled("lender", 1);
  await change("by-name", "2");
  await waitFor(async () => (await pods.kept("lender", second)) === 0, { timeoutMs: 90_000, describe: "new pods" });
  t.equal(await settled("lender", 1), 3);
});

t.test("without --is-Argo-Rollouts, Rollouts are left alone", async (t) => {
  const made = await make("off", { ...argo, spec: canary });
  await restartReloader(install);
  await change("off", "2");
  await shop.caughtUp();
  t.same(reloaderEnv(await kube.get<AnyWorkload>(made)), []);
  await restartReloader(install, ["--is-argo-rollouts=true"]);
  t.same(reloaderEnv(await marked(made)), [`main STAKATER_OFF_CONFIGMAP=${hashed("2")}`]);
});
