import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { type Pod, podsOf } from "../helpers/pods.ts";
import { openShop } from "../helpers/shop.ts";

// What a new stamp does to the pods of each kind of workload, and that the Event says just that.

const plane = await startControlPlane({ kwok: { nodes: 1 } });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllerArgs: ["--settle=1s", "--min-interval=0s"] });
const { kube } = install;
const shop = await openShop(install, "kinds");
const pods = podsOf(kube, "kinds");
const changed = "ConfigMap app (1 of 1 keys) changed";

interface Row {
  readonly name: string;
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly spec?: object;
  readonly says: string;
  /** How many pods it has, and how many of them a new stamp replaces. */
  readonly pods: number;
  readonly replaced: number;
}

const rows: readonly Row[] = [
  {
    name: "rolling",
    kind: "Deployment",
    spec: { replicas: 2 },
    says: "pods are replaced by a rolling update",
    pods: 2,
    replaced: 2,
  },
  {
    name: "recreate",
    kind: "Deployment",
    spec: { replicas: 1, strategy: { type: "Recreate" } },
    says: "all pods are replaced at once: Recreate",
    pods: 1,
    replaced: 1,
  },
  {
    name: "paused",
    kind: "Deployment",
    spec: { replicas: 1, paused: true },
    says: "recorded; pods are replaced when the rollout is resumed: paused",
    pods: 1,
    replaced: 0,
  },
  {
    name: "zero",
    kind: "Deployment",
    spec: { replicas: 0 },
    says: "recorded; there are no pods to replace: 0 replicas",
    pods: 0,
    replaced: 0,
  },
  {
    name: "ordered",
    kind: "StatefulSet",
    spec: { replicas: 2 },
    says: "pods are replaced by a rolling update",
    pods: 2,
    replaced: 2,
  },
  {
    name: "partition",
    kind: "StatefulSet",
    spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
    says: "pods from ordinal 2 are replaced: partition",
    pods: 3,
    replaced: 1,
  },
  {
    name: "partitioned",
    kind: "StatefulSet",
    spec: { replicas: 1, updateStrategy: { rollingUpdate: { partition: 1 } } },
    says: "recorded; pods are replaced when the partition is lowered: partition 1",
    pods: 1,
    replaced: 0,
  },
  {
    name: "by-hand",
    kind: "StatefulSet",
    spec: { replicas: 1, updateStrategy: { type: "OnDelete" } },
    says: "recorded; pods are replaced when deleted: OnDelete",
    pods: 1,
    replaced: 0,
  },
  { name: "everywhere", kind: "DaemonSet", says: "pods are replaced by a rolling update", pods: 1, replaced: 1 },
  {
    name: "everywhere-by-hand",
    kind: "DaemonSet",
    spec: { updateStrategy: { type: "OnDelete" } },
    says: "recorded; pods are replaced when deleted: OnDelete",
    pods: 1,
    replaced: 0,
  },
];

const container = { name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: "app" } }] };
const template = (name: string, more: object = {}) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [container], ...more },
});

function workload({ name, kind, spec = {} }: Row): KubeObject {
  const serviceName = kind === "StatefulSet" ? { serviceName: name, podManagementPolicy: "Parallel" } : {};
  const common = { selector: { matchLabels: { app: name } }, template: template(name) };
  const metadata = { name, namespace: "kinds" };
  return { apiVersion: "apps/v1", kind, metadata, spec: { ...common, ...serviceName, ...spec } };
}

const job = { template: template("job", { restartPolicy: "Never" }), suspend: true };
const cronJobs = [
  { name: "nightly", suspend: false, says: "recorded; used by the next run" },
  { name: "asleep", suspend: true, says: "recorded; used by the next run: suspended" },
];

const before = new Map<string, ReadonlyMap<string, Pod>>();
const stampOf = (pod: KubeObject | undefined): string | undefined => pod?.metadata.annotations?.["restamp.dev/stamp"];

/** Waits for the Event that says what became of a change. */
function told(name: string, reason = "Restamped"): Promise<string> {
  const note = async () => (await shop.events(name)).find((event) => event.reason === reason)?.note;
  return waitFor(note, { timeoutMs: 60_000, describe: `an Event "${reason}" on ${name}` });
}

t.before(async () => {
  await kube.create(shop.configMap("app", { a: "1" }));
  await Promise.all(
    rows.map((row) => kube.create({ ...workload(row), spec: { ...Object(workload(row)["spec"]), paused: undefined } })),
  );
  for (const { name, kind, suspend } of cronJobs.map((row) => ({ ...row, kind: "CronJob" }))) {
    const spec = { schedule: "0 0 1 1 *", suspend, jobTemplate: { spec: { ...job, suspend: undefined } } };
    await kube.create({ apiVersion: "batch/v1", kind, metadata: { name, namespace: "kinds" }, spec });
  }
  await kube.create({ apiVersion: "batch/v1", kind: "Job", metadata: { name: "once", namespace: "kinds" }, spec: job });
  for (const { name, pods: count } of rows) before.set(name, await pods.running(name, count));
  await kube.patch(workload({ name: "paused", kind: "Deployment" } as Row), { spec: { paused: true } });
  await shop.caughtUp();
  await kube.patch(shop.configMap("app", {}), { data: { a: "2" } });
});

for (const row of rows) {
  const { name, kind, says, pods: count, replaced } = row;
  t.test(`a ${kind}: ${says}`, async (t) => {
    const old = before.get(name) ?? new Map();
    t.equal(await told(name), `${changed}: ${says}`);
    await waitFor(async () => (await pods.kept(name, old)) <= count - replaced, {
      timeoutMs: 90_000,
      describe: `${replaced} new pods of ${name}`,
    });
    const now = await pods.running(name, count);
    await shop.caughtUp();
    t.equal(await pods.kept(name, old), count - replaced, "so many pods are the old ones");
    t.equal([...now.values()].filter(stampOf).length, replaced, "so many pods run with the new stamp");
  });
}

t.test("pods that were kept get the stamp when their owner says so", async (t) => {
  await kube.delete("/api/v1/namespaces/kinds/pods/by-hand-0");
  await kube.patch(workload({ name: "paused", kind: "Deployment" } as Row), { spec: { paused: false } });
  await kube.patch(workload({ name: "partitioned", kind: "StatefulSet" } as Row), {
    spec: { updateStrategy: { rollingUpdate: { partition: 0 } } },
  });
  for (const name of ["by-hand", "paused", "partitioned"]) {
    const fresh = async () => [...(await pods.running(name, 1)).values()].some(stampOf);
    t.ok(await waitFor(fresh, { timeoutMs: 90_000, describe: `a new pod of ${name}` }), name);
  }
});

for (const { name, says } of cronJobs) {
  t.test(`a CronJob: ${says}`, async (t) => {
    t.equal(await told(name), `${changed}: ${says}`);
    await kube.kubectl(["create", "job", "--namespace=kinds", `--from=cronjob/${name}`, `${name}-1`]);
    const run = await kube.get<KubeObject & { spec: { template: KubeObject } }>({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: `${name}-1`, namespace: "kinds" },
    });
    t.match(stampOf(run.spec.template), "configmap/app=", "the next run has the stamp");
  });
}

t.test("a Job is never written: an Event says what it does not run with", async (t) => {
  t.equal(
    await told("once", "ConfigurationChanged"),
    `${changed}: recorded; pods of a Job are not replaced: its template is immutable`,
  );
  await kube.patch(shop.configMap("app", {}), { data: { a: "3" } });
  await shop.caughtUp();
  const once = await kube.get<KubeObject & { spec: { template: KubeObject } }>({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "once", namespace: "kinds" },
  });
  t.equal(stampOf(once.spec.template), undefined, "it has no stamp");
  t.notOk(
    JSON.stringify(once.metadata["managedFields"]).includes('"manager":"restamp"'),
    "restamp has written nothing of it",
  );
});
