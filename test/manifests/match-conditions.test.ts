import { readFileSync } from "node:fs";
import t from "tap";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { waveDialect } from "../../src/core/dialects/wave.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { webhookConfiguration } from "../../src/manifests/webhook-configuration.ts";
import { buildParts } from "../controlplane/build.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { startCountingWebhook } from "../helpers/counting-webhook.ts";
import { kustomize } from "../helpers/kustomize.ts";

// The shipped configuration on a real API server: which writes reach the webhook, and that no condition ever errs.

type Body = Readonly<Record<string, unknown>>;
const enabled = "restamp.dev/enabled";
const pod = (image = "a") => ({ metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "a", image }] } });
const jobPod = (image = "a") => ({ ...pod(image), spec: { ...pod(image).spec, restartPolicy: "Never" } });
const selector = { matchLabels: { app: "a" } };
const kinds = {
  Deployment: { apiVersion: "apps/v1", spec: (image?: string) => ({ selector, template: pod(image) }) },
  StatefulSet: {
    apiVersion: "apps/v1",
    spec: (image?: string) => ({ selector, serviceName: "a", template: pod(image) }),
  },
  DaemonSet: { apiVersion: "apps/v1", spec: (image?: string) => ({ selector, template: pod(image) }) },
  ReplicaSet: { apiVersion: "apps/v1", spec: (image?: string) => ({ selector, template: pod(image) }) },
  Rollout: { apiVersion: "argoproj.io/v1alpha1", spec: (image?: string) => ({ selector, template: pod(image) }) },
  Job: { apiVersion: "batch/v1", spec: (image?: string) => ({ template: jobPod(image) }) },
  CronJob: {
    apiVersion: "batch/v1",
    spec: (image?: string) => ({ schedule: "0 0 * * *", jobTemplate: { spec: { template: jobPod(image) } } }),
  },
} as const;
type Kind = keyof typeof kinds;

const plane = await startControlPlane();
const kube = kubeClient(plane);
const webhook = await startCountingWebhook("restamp-webhook.restamp-system.svc");
t.teardown(async () => {
  await webhook.stop();
  await plane.stop();
});
const skip = plane.owned ? false : "needs a control plane of its own: it cannot call this host";

if (!skip) await install();
// Before the configuration of this test is in force, one without a certificate is.
const failedOpenBefore = skip ? [] : await metricsOf("apiserver_admission_webhook_fail_open_count");

t.test("creation reaches the webhook if the workload is in scope", { skip }, async (t) => {
  const owner = (apiVersion: string, kind: string, controller?: boolean) => ({
    ownerReferences: [{ apiVersion, kind, name: "o", uid: "1", ...(controller === undefined ? {} : { controller }) }],
  });
  const label = (value: string) => ({ labels: { [enabled]: value } });
  const annotation = (value: string) => ({ annotations: { [enabled]: value } });
  const cases: { title: string; in?: "in" | "out"; kind?: Kind; metadata?: Body; spec?: Body; calls: number }[] = [
    ...(["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout"] as const).flatMap((kind) => [
      { title: `${kind} in an opted-in namespace`, kind, calls: 1 },
      { title: `${kind} elsewhere`, in: "out" as const, kind, calls: 0 },
      { title: `${kind} elsewhere, opted in by label`, in: "out" as const, kind, metadata: label("true"), calls: 1 },
    ]),
    { title: "a Job", kind: "Job", calls: 0 },
    { title: "a ReplicaSet", kind: "ReplicaSet", calls: 0 },
    { title: "opted in by annotation", in: "out", metadata: annotation("true"), calls: 1 },
    { title: "an unreadable word, to be warned of", in: "out", metadata: annotation("yes"), calls: 1 },
    { title: "other labels only", in: "out", metadata: { labels: { a: "true" } }, calls: 0 },
    { title: "opted out by label", metadata: label("false"), calls: 0 },
    { title: "opted out by annotation", metadata: annotation("false"), calls: 0 },
    { title: "label before annotation", metadata: { ...label("true"), ...annotation("false") }, calls: 1 },
    { title: "label before annotation", metadata: { ...label("false"), ...annotation("true") }, calls: 0 },
    { title: "opted out elsewhere", in: "out", metadata: label("false"), calls: 0 },
    { title: "empty labels and annotations", metadata: { labels: {}, annotations: {} }, calls: 1 },
    { title: "controlled by a Rollout", metadata: owner("argoproj.io/v1alpha1", "Rollout", true), calls: 0 },
    { title: "controlled by a Deployment", metadata: owner("apps/v1", "Deployment", true), calls: 0 },
    { title: "controlled by a Deployment of others", metadata: owner("example.com/v1", "Deployment", true), calls: 1 },
    { title: "controlled by an operator", metadata: owner("flagger.app/v1beta1", "Canary", true), calls: 1 },
    { title: "owned, not controlled, by a Deployment", metadata: owner("apps/v1", "Deployment", false), calls: 1 },
    { title: "owned by a Deployment, control unsaid", metadata: owner("apps/v1", "Deployment"), calls: 1 },
    { title: "a Rollout without template", kind: "Rollout", spec: { workloadRef: { name: "a" } }, calls: 0 },
    { title: "a Rollout with an empty spec", kind: "Rollout", spec: {}, calls: 0 },
  ];
  for (const [index, { title, in: namespace = "in", kind = "Deployment", metadata, spec, calls }] of cases.entries()) {
    const object = workload({ kind, name: `create-${index}`, namespace, ...(metadata && { metadata }) });
    const made = spec ? { ...object, spec } : object;
    t.equal(await countCalls(async () => void (await kube.create(made))), calls, title);
  }
});

t.test("update reaches the webhook if the pod template changes", { skip }, async (t) => {
  const cases: { title: string; kind?: Kind; patch: Body; subresource?: string; calls: number }[] = [
    { title: "a label", patch: { metadata: { labels: { b: "c" } } }, calls: 0 },
    { title: "replicas", patch: { spec: { replicas: 3 } }, calls: 0 },
    { title: "replicas by /scale", patch: { spec: { replicas: 4 } }, subresource: "scale", calls: 0 },
    { title: "status", patch: { status: { replicas: 1 } }, subresource: "status", calls: 0 },
    { title: "nothing", patch: {}, calls: 0 },
    { title: "an image", patch: { spec: { template: pod("b") } }, calls: 1 },
    { title: "an annotation of the template", patch: { spec: { template: annotated({ a: "b" }) } }, calls: 1 },
    { title: "opting out and an image", patch: { ...labeled("false"), spec: { template: pod("c") } }, calls: 0 },
    { title: "opting in again, no change", patch: labeled(null), calls: 0 },
    { title: "a schedule", kind: "CronJob", patch: { spec: { schedule: "1 0 * * *" } }, calls: 0 },
    {
      title: "the image of a CronJob",
      kind: "CronJob",
      patch: { spec: { jobTemplate: { spec: { template: jobPod("b") } } } },
      calls: 1,
    },
    { title: "the image of a Rollout", kind: "Rollout", patch: { spec: { template: pod("b") } }, calls: 1 },
    { title: "a Rollout's template taken away", kind: "Rollout", patch: { spec: { template: null } }, calls: 0 },
    { title: "a Rollout's template put back", kind: "Rollout", patch: { spec: { template: pod("b") } }, calls: 1 },
    { title: "a Job's label", kind: "Job", patch: { metadata: { labels: { b: "c" } } }, calls: 0 },
  ];
  for (const kind of ["Deployment", "CronJob", "Rollout", "Job"] as const) {
    await kube.create(workload({ kind, name: "update", namespace: "in" }));
  }
  for (const { title, kind = "Deployment", patch, subresource, calls } of cases) {
    const target = workload({ kind, name: "update", namespace: "in" });
    const write = async () => void (await kube.patch(target, patch, subresource === undefined ? {} : { subresource }));
    t.equal(await countCalls(write), calls, title);
  }
});

t.test("template changed by the controller itself does not reach the webhook", { skip }, async (t) => {
  await kube.create(workload({ kind: "Deployment", name: "own", namespace: "in" }));
  const users = { "restamp-controller": 0, "restamp-webhook": "forbidden" };
  for (const [user, outcome] of Object.entries(users)) {
    const own = kube.as(await kube.createToken("restamp-system", user));
    const target = workload({ kind: "Deployment", name: "own", namespace: "in" });
    const write = async () => void (await own.patch(target, { spec: { template: annotated({ by: user }) } }));
    if (outcome === "forbidden") await t.rejects(countCalls(write), /403 Forbidden/, `${user} must not write`);
    else t.equal(await countCalls(write), outcome, user);
  }
});

t.test("annotations of others make a workload take part, on its pod template too", { skip }, async (t) => {
  const dialect = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
  await configure(webhookConfiguration(createWorkloadKinds(), { optIn: [...dialect.optIn, ...waveDialect.optIn] }));
  const auto = (prefix: string) => ({ annotations: { [`${prefix}.stakater.com/auto`]: "true" } });
  const reached = () => countCalls(() => create("probe", auto("reloader"), { dryRun: "All" }));
  await waitFor(reached, { describe: "the conditions to be in force" });
  const cases: { title: string; metadata?: Body; template?: Body; calls: number }[] = [
    { title: "auto", metadata: auto("reloader"), calls: 1 },
    { title: "auto of a kind", metadata: auto("secret.reloader"), calls: 1 },
    { title: "names", metadata: { annotations: { "configmap.reloader.stakater.com/reload": "a" } }, calls: 1 },
    { title: "search on the pod template", template: { "reloader.stakater.com/search": "true" }, calls: 1 },
    { title: "Wave", metadata: { annotations: { "wave.pusher.com/update-on-config-change": "true" } }, calls: 1 },
    {
      title: "what is read on sources only",
      metadata: { annotations: { "reloader.stakater.com/match": "true" } },
      calls: 0,
    },
    { title: "nothing", calls: 0 },
  ];
  for (const [index, { title, metadata = {}, template, calls }] of cases.entries()) {
    const made = () => create(`others-${index}`, metadata, {}, template);
    t.equal(await countCalls(made), calls, title);
  }
});

t.test("no condition ever erred and no call failed open", { skip }, async (t) => {
  t.same(await metricsOf("apiserver_admission_match_condition_evaluation_errors_total"), []);
  t.same(await metricsOf("apiserver_admission_webhook_fail_open_count"), failedOpenBefore);
  const exclusions = await metricsOf("apiserver_admission_match_condition_exclusions_total");
  t.not(exclusions.length, 0, "and such numbers are still counted");
});

/** Lines of one of the API server's metrics that are not 0. */
async function metricsOf(name: string): Promise<string[]> {
  const lines = (await plane.apiServerMetrics()).split("\n");
  return lines.filter((line) => line.startsWith(name) && !line.endsWith(" 0"));
}

/** The shipped base without Pods; the Service leads to this process, as it is `ExternalName` here. */
async function install(): Promise<void> {
  for (const file of (await buildParts(["argo-rollouts"])).assets["argo-rollouts"] ?? []) {
    const crd = readFileSync(file, "utf8");
    if (crd.includes("name: rollouts.argoproj.io")) await kube.applyYaml(crd);
  }
  const crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io";
  await kube.waitFor(crd, isEstablished);
  for (const [name, labels] of Object.entries({ in: { [enabled]: "true" }, out: { a: "b" }, "restamp-system": {} })) {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } } as KubeObject);
  }
  await kube.applyYaml(await kustomize({ resources: ["base"] }));
  const metadata = { name: "restamp-webhook", namespace: "restamp-system" };
  const service = { apiVersion: "v1", kind: "Service", metadata };
  const spec = { type: "ExternalName", externalName: "localhost", selector: null, clusterIP: null, clusterIPs: null };
  await kube.patch(service, { spec });
  await configure(webhookConfiguration(createWorkloadKinds()));
  // Each of the four webhooks must be in force before calls are counted.
  const scopes = [
    { kind: "Deployment", namespace: "in" },
    { kind: "CronJob", namespace: "in" },
    { kind: "Deployment", namespace: "out", metadata: { labels: { [enabled]: "true" } } },
    { kind: "CronJob", namespace: "out", metadata: { labels: { [enabled]: "true" } } },
  ] as const;
  for (const scope of scopes) {
    const probe = workload({ name: "probe", ...scope });
    const reached = () => countCalls(async () => void (await kube.create(probe, { dryRun: "All" })));
    await waitFor(reached, { describe: `the webhook for a ${scope.kind} in "${scope.namespace}"` });
  }
}

/** Puts a configuration in force, with this host as the webhook. */
async function configure(configuration: ReturnType<typeof webhookConfiguration>): Promise<void> {
  const { caBundle, port } = webhook;
  const webhooks = configuration.webhooks.map(({ clientConfig, ...rest }) => ({
    ...rest,
    clientConfig: { caBundle, service: { ...clientConfig.service, port } },
  }));
  await kube.patch(configuration, { webhooks });
}

async function create(name: string, metadata: Body, options: { dryRun?: "All" } = {}, template?: Body): Promise<void> {
  const object = workload({ kind: "Deployment", name, namespace: "out", metadata });
  const spec =
    template === undefined
      ? object["spec"]
      : { selector, template: { ...pod(), metadata: { ...pod().metadata, annotations: template } } };
  await kube.create({ ...object, spec } as KubeObject, options);
}

async function countCalls(write: () => Promise<void>): Promise<number> {
  const before = webhook.calls.length;
  await write();
  return webhook.calls.length - before;
}

function workload(of: { kind: Kind; name: string; namespace: string; metadata?: Body }): KubeObject {
  const { apiVersion, spec } = kinds[of.kind];
  return {
    apiVersion,
    kind: of.kind,
    metadata: { name: of.name, namespace: of.namespace, ...of.metadata },
    spec: spec(),
  };
}

function annotated(annotations: Body): Body {
  return { metadata: { annotations } };
}

function labeled(value: string | null): Body {
  return { metadata: { labels: { [enabled]: value } } };
}

function isEstablished(crd: KubeObject): boolean {
  const { conditions = [] } = (crd["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
}
