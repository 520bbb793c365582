import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { Kube, KubeObject } from "../controlplane/kube.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { waitLongerForWebhook } from "../helpers/patient-api-server.ts";
import { accepts, startWebhookProcess } from "../helpers/webhook-process.ts";

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } } };
}

t.setTimeout(180_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());
const hook = await startWebhookProcess(plane);
await hook.register();
const { kube } = hook;
await waitLongerForWebhook(kube);

const target = (name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "shop" } });
const source = (kind: "ConfigMap" | "Secret", name: string, data: object) => ({
  ...{ apiVersion: "v1", kind, metadata: { name, namespace: "shop" } },
  ...(kind === "Secret" ? { stringData: data } : { data }),
});

function deployment(name: string, image = "cart:1", templateMetadata: object = {}): KubeObject {
  const app = { name: "app", image, envFrom: [{ configMapRef: { name: "app-config" } }] };
  const env = [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }];
  return {
    ...target(name),
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name }, ...templateMetadata }, spec: { containers: [{ ...app, env }] } },
    },
  };
}

const stampOf = (object: Deployment) => object.spec.template.metadata.annotations?.[stampAnnotation];
const stored = (name: string) => kube.get<Deployment>(target(name));

/** Writes until the API server has noticed the webhook configuration. */
async function untilCalled(kube: Kube): Promise<void> {
  const called = async () => {
    const made = await kube.create<Deployment>(deployment("probe"), { dryRun: "All" });
    return stampOf(made) !== undefined;
  };
  await waitFor(called, { describe: "the webhook to be called" });
}

t.before(async () => {
  await kube.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { "restamp.dev/enabled": "true" } },
  });
  await kube.apply(source("ConfigMap", "app-config", { LOG: "info" }));
  await kube.create(source("Secret", "db", { password: "hunter2" }));
  await untilCalled(kube);
});

t.test("a new Deployment is stamped in the same request", async (t) => {
  const created = await kube.create<Deployment>(deployment("cart"));
  t.match(stampOf(created), /^v1:k[0-9a-z]+-[0-9a-f]{6};configmap\/app-config=[\w-]{22};secret\/db=[\w-]{22}$/);
  t.equal(created.metadata.generation, 1);
  t.equal(stampOf(await stored("cart")), stampOf(created));
});

t.test("what changes nothing in the template changes nothing in the stamp", async (t) => {
  await kube.create(deployment("steady"));
  const before = await stored("steady");
  const { resourceVersion: _version, managedFields: _managed, ...metadata } = before.metadata;
  const bare = { ...before, metadata, spec: { ...before.spec, template: deployment("steady")["spec"] } };
  const plain = { ...bare, spec: { ...Object(deployment("steady")["spec"]) } };
  const writes: readonly [string, () => Promise<unknown>][] = [
    ["a PUT without the stamp", () => kube.replace(plain)],
    ["the same as a dry run", () => kube.replace(plain, { dryRun: "All" })],
    [
      "a PUT with a made-up stamp",
      () =>
        kube.replace({
          ...plain,
          spec: Object(deployment("steady", "cart:1", { annotations: { [stampAnnotation]: "v1:k1;made=up" } })["spec"]),
        }),
    ],
    ["server-side apply", () => kube.apply(deployment("steady"))],
    [
      "server-side apply with an empty map of annotations",
      () => kube.apply(deployment("steady", "cart:1", { annotations: {} })),
    ],
    ["server-side apply without it again", () => kube.apply(deployment("steady"))],
    [
      "a merge patch that removes the stamp",
      () =>
        kube.patch(target("steady"), {
          spec: { template: { metadata: { annotations: { [stampAnnotation]: null } } } },
        }),
    ],
    ["a label of the Deployment", () => kube.patch(target("steady"), { metadata: { labels: { team: "a" } } })],
  ];
  for (const [title, write] of writes) {
    await write();
    const after = await stored("steady");
    t.equal(stampOf(after), stampOf(before), `${title} keeps the stamp`);
    t.equal(after.metadata.generation, before.metadata.generation, `${title} is no new generation`);
  }
});

t.test("a changed template gets the stamp of what its sources hold at this moment", async (t) => {
  await kube.create(deployment("fresh"));
  const before = await stored("fresh");
  await kube.apply(source("ConfigMap", "app-config", { LOG: "debug" }));
  const after = await kube.patch<Deployment>(
    target("fresh"),
    { spec: { template: { spec: { containers: [{ name: "app", image: "cart:2" }] } } } },
    { type: "strategic" },
  );
  t.not(stampOf(after), stampOf(before));
  t.equal(after.metadata.generation, 2, "in one generation");
  const same = await kube.create<Deployment>(deployment("fresh-2"));
  t.equal(stampOf(same), stampOf(after), "the same content has the same stamp");
});

t.test("kubectl shows what the webhook has to say", async (t) => {
  const missing = deployment("missing");
  const text = JSON.stringify(missing).replaceAll("app-config", "not-there-yet");
  const answer = await kube.raw("/apis/apps/v1/namespaces/shop/deployments", {
    method: "POST",
    body: JSON.parse(text),
  });
  t.equal(answer.status, 201);
  const made = JSON.parse(answer.body);
  t.match(stampOf(made), "configmap/not-there-yet=absent");
  const warning = 'restamp: ConfigMap \\"not-there-yet\\" does not exist: pods cannot start until it is created';
  t.match(String(answer.headers["warning"]), warning);
  const lines = await hook.lines();
  t.match(lines, /"outcome":"stamped"/);
});

t.test("other workloads", async (t) => {
  const job = (spec: object) => ({ template: { spec: { restartPolicy: "Never", ...spec } } });
  const pod = { containers: [{ name: "app", image: "x", envFrom: [{ configMapRef: { name: "app-config" } }] }] };
  const metadata = { name: "other", namespace: "shop" };
  const cron = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: { schedule: "0 0 1 1 *", suspend: true, jobTemplate: { spec: job(pod) } },
  };
  const made = await kube.create(cron);
  t.match(
    JSON.stringify(made),
    /restamp.dev\/stamp":"v1:[^"]*configmap\/app-config=[\w-]{22}"/,
    "a CronJob is stamped",
  );
  const once = await kube.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata,
    spec: { suspend: true, ...job(pod) },
  });
  t.notMatch(JSON.stringify(once), "restamp.dev/stamp", "a Job is not");
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
  const place = { name: "cart", namespace: "elsewhere" };
  const outside = await kube.create<Deployment>({ ...deployment("cart"), metadata: place });
  t.equal(stampOf(outside), undefined, "a namespace that does not take part is left alone");
  const labels = { "restamp.dev/enabled": "true" };
  const single = await kube.create<Deployment>({
    ...deployment("cart"),
    metadata: { ...place, name: "single", labels },
  });
  t.match(stampOf(single), "configmap/app-config=absent", "but for a workload that asks for it");
});

t.test("SIGTERM fails no admission", async (t) => {
  const failures: unknown[] = [];
  let running = true;
  const load = (async () => {
    for (let count = 0; running; count++) {
      await kube
        .patch(target("cart"), { spec: { template: { metadata: { annotations: { count: `${count}` } } } } })
        .catch((error: unknown) => failures.push(error));
      await sleep(5);
    }
  })();
  const updates = /restamp_admissions_total\{operation="UPDATE",outcome="[a-z]+"\} ([0-9]+)/g;
  const count = async () => {
    const { body } = await hook.ops("/metrics");
    return [...body.matchAll(updates)].reduce((sum, [, answered]) => sum + Number(answered), 0);
  };
  const stopped = hook.running.stop({ graceMs: 20_000 });
  await waitFor(async () => (await hook.ops("/readyz").catch(() => undefined))?.status === 503, {
    describe: "readiness to fail",
  });
  const before = await count();
  // What the API server has counted counts as long as the port was open afterwards.
  const samples: string[] = [];
  let last = before;
  for (;;) {
    const sample = await plane.apiServerMetrics();
    if (!(await accepts(hook.port))) break;
    samples.push(sample);
    last = await count().catch(() => last);
  }
  t.ok(last > before, "reviews are answered while it drains");
  const failed = /^apiserver_admission_webhook_fail_open_count\{.*\} [1-9]/m;
  t.notMatch(samples.at(-1), failed, "no call of the webhook has failed");
  await stopped;
  running = false;
  await load;
  t.same(failures, [], "no request of a user has failed");
  t.same(hook.running.exit(), { code: 0, signal: null }, "the process ends by itself");
  const after = await kube.patch<Deployment>(target("cart"), {
    spec: { template: { metadata: { annotations: { count: "last" } } } },
  });
  t.ok(after, "without a webhook a deploy goes through");
  t.notMatch(await hook.lines(), /hunter2|aHVudGVyMg/, "the log holds no value");
});
