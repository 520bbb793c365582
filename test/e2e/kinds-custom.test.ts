import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { definitionOf, definitionsOfTheTable } from "../helpers/every-kind.ts";
import { installRestamp } from "../helpers/install.ts";
import { parseManifests } from "../helpers/kustomize.ts";
import { openShop } from "../helpers/shop.ts";

// Kinds that not every cluster has, and kinds that an operator has configured: CRDs in the place of what serves them.

const served = [
  { group: "serving.knative.dev", version: "v1", resource: "services", kind: "Service" },
  { group: "example.com", version: "v1", resource: "clusters", kind: "Cluster" },
  { group: "nowhere.example.com", version: "v1", resource: "regions", kind: "Region" },
];
const kindOptions = [
  `--custom-workloads=${[
    "serving.knative.dev/v1/services/Service",
    "example.com/v1/clusters/Cluster:spec.workers.pod-set.template",
    "nowhere.example.com/v1/regions/Region",
    "missing.example.com/v1/widgets/Widget",
  ].join()}`,
  ...["--argo-rollouts=false", "--ignored-workload-types=statefulsets"],
];

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
for (const kind of served) {
  const { spec, ...definition } = definitionOf(kind) as KubeObject & { spec: object };
  const scope = kind.kind === "Region" ? "Cluster" : "Namespaced";
  await kube.create({ ...definition, spec: { ...spec, scope } } as KubeObject);
}
for (const definition of definitionsOfTheTable) await kube.create(definition);
const [configuration, ...rights] = await printedManifests();
for (const object of rights) await kube.apply(object);
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=2s", "--min-interval=0s", ...kindOptions],
  webhookArgs: ["--admission-timeout=900ms", ...kindOptions],
});
const shop = await openShop(install, "custom");
const stampKey = "restamp.dev/stamp";

/** `restamp manifests`, as an operator calls it. */
async function printedManifests(): Promise<readonly KubeObject[]> {
  const entry = process.env["RESTAMP_TEST_ENTRY"] ?? join(import.meta.dirname, "..", "..", "src", "main.ts");
  const args = [entry, "manifests", "--namespace=restamp-system", ...kindOptions];
  return parseManifests((await promisify(execFile)(process.execPath, args)).stdout);
}

/** Puts the printed configuration into force; the webhook is where the installed one says. */
async function register(): Promise<void> {
  type Configuration = KubeObject & { readonly webhooks: readonly { readonly clientConfig: object }[] };
  const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";
  const [live] = (await kube.get<Configuration>(path)).webhooks;
  const { webhooks } = configuration as Configuration;
  await kube.patch(path, { webhooks: webhooks.map((each) => ({ ...each, clientConfig: live?.clientConfig })) });
}

function template(app: string, image = "registry.example/app:1") {
  const container = { name: "main", image, envFrom: [{ configMapRef: { name: "app" } }] };
  return { metadata: { labels: { app } }, spec: { containers: [container] } };
}

interface Row {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: readonly string[];
  readonly spec?: object;
  /** What the Event says about the pods. */
  readonly says: string;
}

const rows: readonly Row[] = [
  {
    name: "config",
    apiVersion: "apps.openshift.io/v1",
    kind: "DeploymentConfig",
    path: ["spec", "template"],
    spec: { replicas: 1, triggers: [{ type: "ConfigChange" }] },
    says: "pods are replaced by a rolling update",
  },
  {
    name: "by-hand",
    apiVersion: "apps.openshift.io/v1",
    kind: "DeploymentConfig",
    path: ["spec", "template"],
    spec: { replicas: 1, triggers: [] },
    says: "recorded; pods are replaced by the next rollout: no ConfigChange trigger",
  },
  {
    name: "knative",
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    path: ["spec", "template"],
    says: "the pod template is changed; what follows is up to the controller of services.serving.knative.dev",
  },
  {
    name: "nested",
    apiVersion: "example.com/v1",
    kind: "Cluster",
    path: ["spec", "workers", "pod-set", "template"],
    says: "the pod template is changed; what follows is up to the controller of clusters.example.com",
  },
];

/** `value` at a path, as a nested object. */
function nest(path: readonly string[], value: unknown): Record<string, unknown> {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

function workload({ name, apiVersion, kind, path, spec = {} }: Row, body: unknown = template(name)): KubeObject {
  const inner = nest(path.slice(1), body);
  return { apiVersion, kind, metadata: { name, namespace: "custom" }, spec: { ...spec, ...inner } };
}

function stampOf(object: unknown, path: readonly string[]): string | undefined {
  const full = [...path, "metadata", "annotations", stampKey];
  return full.reduce<unknown>((here, key) => Reflect.get(Object(here), key), object) as string | undefined;
}

const generationOf = async (object: KubeObject): Promise<number> => (await kube.get(object)).metadata.generation ?? 0;

/** Waits until a change of the ConfigMap has brought each of the rows to a generation, and shows that it stays there. */
async function reached(generation: number): Promise<void> {
  for (const row of rows) {
    const isThere = async () => (await generationOf(workload(row))) >= generation;
    await waitFor(isThere, { timeoutMs: 60_000, describe: `generation ${generation} of ${row.kind} ${row.name}` });
  }
  await shop.caughtUp();
}

t.before(async () => {
  await register();
  await kube.create(shop.configMap("app", { a: "1" }));
  for (const row of rows) {
    const probe = { ...workload(row), metadata: { name: "probe", namespace: "custom" } };
    const called = async () => stampOf(await kube.create(probe, { dryRun: "All" }), row.path);
    await waitFor(called, { describe: `the webhook to be called for ${row.kind}` });
  }
});

t.test("each is stamped when it is created, and advanced once for each change", async (t) => {
  const first = new Map<Row, string | undefined>();
  for (const row of rows) {
    first.set(row, stampOf(await kube.create(workload(row)), row.path));
    t.match(first.get(row), "configmap/app=", row.name);
  }
  await shop.caughtUp();
  for (const row of rows) t.equal(await generationOf(workload(row)), 1, `${row.name} is left as it was deployed`);
  await kube.patch(shop.configMap("app", {}), { data: { a: "2" } });
  await reached(2);
  for (const row of rows) {
    const now = await kube.get(workload(row));
    t.equal(now.metadata.generation, 2, `${row.name}: once`);
    t.match(stampOf(now, row.path), "configmap/app=");
    t.not(stampOf(now, row.path), first.get(row));
    const note = (await shop.events(row.name)).find(({ reason }) => reason === "Restamped")?.note;
    t.equal(note, `ConfigMap app (1 of 1 keys) changed: ${row.says}`, row.name);
  }
});

t.test("deployed together with its source, each has one new generation", async (t) => {
  const deploy = (row: Row) => kube.patch(workload(row), nest(row.path, template(row.name, "registry.example/app:2")));
  // The other way around there would be two: the deploy with the old content, then the change.
  await kube.patch(shop.configMap("app", {}), { data: { a: "3" } });
  await Promise.all(rows.map(deploy));
  await reached(3);
  for (const row of rows) t.equal(await generationOf(workload(row)), 3, row.name);
});

t.test(
  "a template that is missing, or inside a list, is no template until it is where it was said to be",
  async (t) => {
    const nested = rows.find(({ name }) => name === "nested");
    const config = rows.find(({ name }) => name === "config");
    if (nested === undefined || config === undefined) throw new Error("Cannot test: a row is missing");
    const cases = [
      { name: "empty", row: nested, spec: {} },
      { name: "listed", row: nested, spec: { workers: [{ "pod-set": { template: template("listed") } }] } },
      { name: "text", row: nested, spec: { workers: { "pod-set": { template: "later" } } } },
      { name: "nothing", row: config, spec: { replicas: 1, template: null } },
    ];
    const made = await Promise.all(
      cases.map(({ name, row, spec }) =>
        kube.create({ ...workload(row), metadata: { name, namespace: "custom" }, spec } as KubeObject),
      ),
    );
    await kube.patch(shop.configMap("app", {}), { data: { a: "4" } });
    await reached(4);
    for (const object of made) t.equal(await generationOf(object), 1, object.metadata.name);
    t.same(
      (await shop.events("listed")).map(({ reason }) => reason),
      [],
      "and nothing is said",
    );
    const late = { ...workload(nested), metadata: { name: "empty", namespace: "custom" } };
    const stamped = await kube.patch<KubeObject>(late, nest(nested.path, template("empty")));
    t.match(stampOf(stamped, nested.path), "configmap/app=");
    await kube.patch(shop.configMap("app", {}), { data: { a: "5" } });
    await waitFor(async () => (await generationOf(late)) === 3, { timeoutMs: 60_000, describe: "the late template" });
  },
);

t.test("kinds that are switched off are left alone", async (t) => {
  const selector = { matchLabels: { app: "off" } };
  const rollout = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
  const set = { apiVersion: "apps/v1", kind: "StatefulSet" };
  const made = await Promise.all(
    [rollout, set].map((type) =>
      kube.create({
        ...type,
        metadata: { name: "off", namespace: "custom" },
        spec: { replicas: 0, serviceName: "off", selector, template: template("off") },
      } as KubeObject),
    ),
  );
  for (const object of made) t.equal(stampOf(object, ["spec", "template"]), undefined, object.kind);
  await kube.patch(shop.configMap("app", {}), { data: { a: "6" } });
  await shop.caughtUp();
  for (const object of made) t.equal(await generationOf(object), 1, object.kind);
});

t.test("what is configured, but not served or in no namespace, holds up nothing", async (t) => {
  await kube.create({
    ...{ apiVersion: "nowhere.example.com/v1", kind: "Region", metadata: { name: "north" } },
    spec: { template: template("north") },
  } as KubeObject);
  const [controller] = install.controllers;
  const noted = async () =>
    (await controller?.readyz())?.text.includes("regions.nowhere.example.com are in no namespace");
  await waitFor(noted, { describe: "a note" });
  await controller?.ready();
  const metrics = (await controller?.metrics()) ?? "";
  t.match(metrics, /^restamp_tracked_workloads\{kind="Service"\} 1$/m);
  t.match(metrics, /^restamp_tracked_workloads\{kind="Widget"\} 0$/m);
  t.match(metrics, /^restamp_tracked_workloads\{kind="Region"\} 0$/m);
});
