import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { podsOf } from "../helpers/pods.ts";
import { openShop } from "../helpers/shop.ts";

// Rollouts of Argo Rollouts, with its real controller.

interface Rollout extends KubeObject {
  readonly spec: { readonly template?: { readonly metadata?: { readonly annotations?: Record<string, string> } } };
  readonly status?: { readonly phase?: string; readonly stableRS?: string; readonly currentPodHash?: string };
}

const plane = await startControlPlane({ argoRollouts: true, kwok: { nodes: 1 } });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=2s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
});
const { kube } = install;
const shop = await openShop(install, "argo");
const pods = podsOf(kube, "argo");
const stamp = "restamp.dev/stamp";
const label = { labels: { "restamp.dev/enabled": "true" } };

function template(app: string) {
  const container = { name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: "app" } }] };
  return { metadata: { labels: { app } }, spec: { containers: [container] } };
}

function rollout(
  name: string,
  spec: object,
  { namespace = "argo", ...metadata }: { namespace?: string; labels?: object } = {},
) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name, namespace, ...metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      strategy: { canary: { maxSurge: 1, maxUnavailable: 1 } },
      ...spec,
    },
  } as unknown as Rollout;
}

const isHealthy = ({ status }: Rollout): boolean =>
  status?.phase === "Healthy" && status.stableRS !== undefined && status.stableRS === status.currentPodHash;

/** Revision of a Rollout once nothing of it is under way. */
async function revision(name: string, namespace = "argo"): Promise<number> {
  const now = await kube.waitFor<Rollout>(rollout(name, {}, { namespace }), isHealthy, { timeoutMs: 90_000 });
  return Number(now.metadata.annotations?.["rollout.argoproj.io/revision"]);
}

async function rolled(name: string, wanted: number, namespace = "argo"): Promise<void> {
  const reached = async (): Promise<boolean> => (await revision(name, namespace)) >= wanted;
  await waitFor(reached, { timeoutMs: 90_000, describe: `Rollout ${name} to be at revision ${wanted}` });
}

const stampOf = (object: KubeObject | undefined): string | undefined =>
  (object as Rollout | undefined)?.spec.template?.metadata?.annotations?.[stamp];

const optIn = "restamp.dev/enabled";

t.before(async () => {
  await kube.create(shop.configMap("app", { a: "1" }));
  const called = async () =>
    stampOf(await kube.create(rollout("probe", { template: template("probe") }), { dryRun: "All" }));
  await waitFor(called, { describe: "the webhook to be called for Rollouts" });
});

t.test("a Rollout is stamped when it is created and restarted when its source changes", async (t) => {
  const made = await kube.create<Rollout>(rollout("web", { replicas: 2, template: template("web") }));
  t.match(stampOf(made), "configmap/app=");
  const old = await pods.running("web", 2);
  t.equal(await revision("web"), 1);
  await kube.patch(shop.configMap("app", {}), { data: { a: "2" } });
  await rolled("web", 2);
  await waitFor(async () => (await pods.kept("web", old)) === 0, { timeoutMs: 60_000, describe: "new pods" });
  const now = await pods.running("web", 2);
  const stamps = [...now.values()].map(({ metadata }) => metadata.annotations?.[stamp]);
  t.same(stamps, Array(2).fill(stampOf(await kube.get(made))), "and run with the new stamp");
  await shop.caughtUp();
  t.equal(await revision("web"), 2, "once");
  const note = (await shop.events("web")).find(({ reason }) => reason === "Restamped")?.note;
  t.equal(note, "ConfigMap app (1 of 1 keys) changed: pods are replaced by the Rollout's canary strategy");
});

t.test("a Rollout that is deployed together with its source has one new revision", async (t) => {
  await kube.create(rollout("deploy", { replicas: 1, template: template("deploy") }));
  t.equal(await revision("deploy"), 1);
  const changed = template("deploy");
  const containers = changed.spec.containers.map((container) => ({ ...container, image: "registry.example/app:2" }));
  // The other way around there would be two: the deploy with the old content, then the change.
  await kube.patch(shop.configMap("app", {}), { data: { a: "3" } });
  await kube.patch(rollout("deploy", {}), { spec: { template: { spec: { containers } } } });
  await rolled("deploy", 2);
  await shop.caughtUp();
  t.equal(await revision("deploy"), 2);
});

t.test("a Rollout that is left alone", async (t) => {
  const labels = { [optIn]: "false" };
  const made = await kube.create<Rollout>(rollout("alone", { replicas: 1, template: template("alone") }, { labels }));
  t.equal(stampOf(made), undefined);
  t.equal(await revision("alone"), 1);
  await kube.patch(shop.configMap("app", {}), { data: { a: "4" } });
  await shop.caughtUp();
  t.equal(await revision("alone"), 1);
});

t.test("what a stamp means for a Rollout is told", async (t) => {
  const rows = [
    {
      name: "blue",
      spec: { replicas: 1, strategy: { blueGreen: { activeService: "blue" } } },
      says: "pods are replaced by the Rollout's blue-green strategy",
    },
    { name: "none", spec: { replicas: 0 }, says: "recorded; there are no pods to replace: 0 replicas" },
    {
      name: "held",
      spec: { replicas: 1, paused: true },
      says: "recorded; pods are replaced when the rollout is resumed: paused",
    },
  ];
  for (const { name, spec } of rows) {
    await kube.create(rollout(name, { ...spec, template: template(name) }));
  }
  await shop.caughtUp();
  await kube.patch(shop.configMap("app", {}), { data: { a: "5" } });
  for (const { name, says } of rows) {
    const note = async () => (await shop.events(name)).find(({ reason }) => reason === "Restamped")?.note;
    const text = await waitFor(note, { timeoutMs: 60_000, describe: `an Event on ${name}` });
    t.equal(text, `ConfigMap app (1 of 1 keys) changed: ${says}`);
  }
});

const canary = "pods are replaced by the Rollout's canary strategy";

/** A Deployment without pods, and a Rollout that runs its template, in a Namespace of their own. */
async function lend(
  namespace: string,
  { labels = {}, namespaceLabels = {} }: { labels?: object; namespaceLabels?: Record<string, string> },
) {
  const lending = await openShop(install, namespace, namespaceLabels);
  await kube.create(lending.configMap("app", { a: "1" }));
  const lent = lending.deployment("lent");
  await kube.create({ ...lent, spec: { ...lent.spec, template: template("lent") } } as KubeObject);
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "lent" };
  const spec = { replicas: 2, workloadRef, selector: { matchLabels: { app: "lent" } } };
  await kube.create(rollout("borrower", spec, { namespace, labels }));
  const old = await podsOf(kube, namespace).running("lent", 2);
  await revision("borrower", namespace);
  await lending.caughtUp();
  await kube.patch(lending.configMap("app", {}), { data: { a: "2" } });
  return { lending, old };
}

t.test("workloadRef: an opt-in on the Rollout reaches the Deployment whose template it runs", async (t) => {
  const { lending, old } = await lend("lending", label);
  await rolled("borrower", 2, "lending");
  const lentPods = podsOf(kube, "lending");
  const isReplaced = async () => (await lentPods.kept("lent", old)) === 0;
  await waitFor(isReplaced, { timeoutMs: 60_000, describe: "new pods of the Rollout" });
  await lentPods.running("lent", 2);
  await lending.caughtUp();
  t.equal(await revision("borrower", "lending"), 2, "once");
  const told = async (name: string) => (await lending.events(name)).find(({ reason }) => reason === "Restamped")?.note;
  const what = "ConfigMap app (1 of 1 keys) changed";
  const none = "recorded; there are no pods to replace: 0 replicas";
  t.equal(await told("lent"), `${what}: ${none}; Rollout borrower: ${canary}`);
  t.equal(await told("borrower"), `${what} in the template of Deployment lent: ${canary}`);
  await kube.patch(rollout("borrower", {}, { namespace: "lending" }), { metadata: { labels: { [optIn]: null } } });
  await lending.caughtUp();
  await kube.patch(lending.configMap("app", {}), { data: { a: "3" } });
  await lending.caughtUp();
  t.equal(await lending.revision("lent"), 2, "no more without the opt-in");
});

t.test("workloadRef: so does an opt-out", async (t) => {
  const labels = { [optIn]: "false" };
  const { lending } = await lend("unlent", { labels, namespaceLabels: label.labels });
  await lending.caughtUp();
  t.equal(await lending.revision("lent"), 1);
});

t.test("workloadRef: a template in an object of another kind is not followed, and that is told", async (t) => {
  const podTemplate = { apiVersion: "v1", kind: "PodTemplate", metadata: { name: "lent", namespace: "argo" } };
  await kube.create({ ...podTemplate, template: template("elsewhere") });
  const workloadRef = { apiVersion: "v1", kind: "PodTemplate", name: "lent" };
  await kube.create(rollout("elsewhere", { replicas: 0, workloadRef }));
  const note = async () =>
    (await shop.events("elsewhere")).find(({ reason }) => reason === "TemplateNotFollowed")?.note;
  t.equal(
    await waitFor(note, { timeoutMs: 60_000, describe: "a Warning" }),
    'Changes are not followed: the pod template lies in PodTemplate "lent"; refer to a Deployment, or put the template into the Rollout',
  );
});
