import t from "tap";
import { runCronJob } from "../../../controller/actions/run-cron-job.ts";
import { changeAnnotation } from "../../../src/core/reloader/jobs.ts";
import type { KubeObject } from "../../controlplane/kube.ts";
import { openActionsBench, podBody } from "../../helpers/actions-bench.ts";
import { crashAt } from "../../helpers/crashing-client.ts";
import { changeOf, hashOf, writeOf } from "../../helpers/strategy-cases.ts";

const bench = await openActionsBench({});
const { kube, api, signal } = bench;
const namespace = await bench.namespace("shop");
const jobs = async (owner: string): Promise<readonly KubeObject[]> =>
  (await kube.list(`/apis/batch/v1/namespaces/${namespace}/jobs`)).filter(({ metadata }) =>
    JSON.stringify(metadata["ownerReferences"] ?? []).includes(`"${owner}"`),
  );
const names = async (owner: string) => (await jobs(owner)).map(({ metadata }) => metadata.name).sort();

async function cronJob(name: string, spec: object = {}) {
  return bench.workload(
    await kube.create({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name, namespace },
      spec: {
        schedule: "0 0 1 1 *",
        jobTemplate: { metadata: { labels: { app: name } }, spec: { template: { spec: podBody } } },
        ...spec,
      },
    }),
  );
}

async function end(name: string): Promise<void> {
  const at = "2026-01-01T00:00:00Z";
  const failed = { status: "True", reason: "Test", message: "", lastTransitionTime: at, lastProbeTime: at };
  const conditions = ["FailureTarget", "Failed"].map((type) => ({ type, ...failed }));
  const job = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
  await kube.patch(job, { status: { conditions, startTime: at } }, { subresource: "status" });
}

t.test("a CronJob is run once for each change", async (t) => {
  const workload = await cronJob("once");
  const first = await runCronJob(api, workload, { change: "1", signal });
  t.strictSame(await runCronJob(api, workload, { change: "1", signal }), first);
  const second = await runCronJob(api, workload, { change: "2", signal });
  t.match([first.is, second.is], ["run", "run"]);
  const [job] = await jobs("once");
  t.equal((await jobs("once")).length, 2);
  t.match(job?.metadata, {
    labels: { app: "once" },
    annotations: { "cronjob.kubernetes.io/instantiate": "manual", [changeAnnotation]: String },
    ownerReferences: [{ kind: "CronJob", name: "once", uid: workload.uid, controller: true }],
  });
});

t.test("a try that ended at any request is found by the next one", async (t) => {
  for (const policy of ["Allow", "Forbid", "Replace"]) {
    for (let at = 0; ; at++) {
      const name = `crash-${policy.toLowerCase()}-${at}`;
      const workload = await cronJob(name, { concurrencyPolicy: policy });
      const crashing = crashAt(api, at, "after");
      await runCronJob(crashing, workload, { change: "1", signal }).catch(() => undefined);
      t.match(await runCronJob(api, workload, { change: "1", signal }), { is: "run", replaced: 0 }, name);
      t.equal((await jobs(name)).length, 1, name);
      if (!crashing.crashed()) break;
    }
  }
});

t.test("a suspended CronJob is not run", async (t) => {
  const workload = await cronJob("suspended", { suspend: true });
  t.strictSame(await runCronJob(api, workload, { change: "1", signal }), { is: "suspended" });
  t.strictSame(await jobs("suspended"), []);
});

t.test("a CronJob that is being deleted is not run", async (t) => {
  const workload = await cronJob("leaving");
  const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs/leaving`;
  await kube.patch(path, { metadata: { finalizers: ["example.com/hold"] } });
  await kube.delete(path);
  t.strictSame(await runCronJob(api, workload, { change: "1", signal }), { is: "gone" });
  t.strictSame(await jobs("leaving"), []);
  await kube.patch(path, { metadata: { finalizers: null } });
});

t.test("Forbid waits until the Job before has ended", async (t) => {
  const workload = await cronJob("forbid", { concurrencyPolicy: "Forbid" });
  await runCronJob(api, workload, { change: "1", signal });
  const [first = ""] = await names("forbid");
  t.strictSame(await runCronJob(api, workload, { change: "2", signal }), { is: "waiting", active: [first] });
  t.match(
    await runCronJob(api, workload, { change: "1", signal }),
    { is: "run", job: first },
    "its own run is no other",
  );
  await end(first);
  t.match(await runCronJob(api, workload, { change: "2", signal }), { is: "run" });
  t.equal((await jobs("forbid")).length, 2);
});

t.test("Replace deletes what is active, and nothing else", async (t) => {
  const workload = await cronJob("replace", { concurrencyPolicy: "Replace" });
  await runCronJob(api, workload, { change: "1", signal });
  const [ended = ""] = await names("replace");
  await end(ended);
  await runCronJob(api, workload, { change: "2", signal });
  const other = await cronJob("bystander");
  await runCronJob(api, other, { change: "1", signal });
  const third = await runCronJob(api, workload, { change: "3", signal });
  t.match(third, { is: "run", replaced: 1 });
  const left = await names("replace");
  t.strictSame(left, [ended, third.is === "run" ? third.job : ""].sort());
  t.equal((await jobs("bystander")).length, 1);
});

t.test("Replace kills nothing for a Job that would be refused", async (t) => {
  const workload = await cronJob("refused", { concurrencyPolicy: "Replace" });
  await runCronJob(api, workload, { change: "1", signal });
  const before = await names("refused");
  const { api: watched, sent } = bench.watched();
  const annotations = { "not a key": "x" };
  t.match(await runCronJob(watched, workload, { change: "2", annotations, signal }), {
    is: "rejected",
    message: /422/,
  });
  t.strictSame(await names("refused"), before);
  t.notOk(sent.some(({ method }) => method === "DELETE"));
});

t.test("the strategy is written to the Job's pod template, not to the CronJob", async (t) => {
  const workload = await cronJob("strategy");
  const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs/strategy`;
  const before = await kube.get(path);
  const strategy = writeOf("env-vars", [changeOf("ConfigMap", "app", hashOf(1))]);
  await runCronJob(api, workload, { change: "1", strategy, annotations: { "example.com/a": "b" }, signal });
  const env = [{ name: "STAKATER_APP_CONFIGMAP", value: hashOf(1) }];
  const [job] = await jobs("strategy");
  t.match(job?.["spec"], {
    template: { metadata: { annotations: { "example.com/a": "b" } }, spec: { containers: [{ env }] } },
  });
  t.strictSame(await kube.get(path), before, "nobody wrote the CronJob");
});

t.test("another object of the name, of CronJob or Job, is left alone", async (t) => {
  const gone = await cronJob("reborn");
  const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs/reborn`;
  await kube.delete(path);
  t.strictSame(await runCronJob(api, gone, { change: "1", signal }), { is: "gone" });
  const reborn = await cronJob("reborn");
  t.strictSame(await runCronJob(api, gone, { change: "1", signal }), { is: "outdated" });
  const run = await runCronJob(api, reborn, { change: "1", signal });
  const job = `/apis/batch/v1/namespaces/${namespace}/jobs/${run.is === "run" ? run.job : ""}`;
  await kube.patch(job, { metadata: { annotations: { [changeAnnotation]: null } } });
  t.match(await runCronJob(api, reborn, { change: "1", signal }), {
    is: "rejected",
    message: /another one of that name/,
  });
});

t.test("missing rights are a refusal", async (t) => {
  const workload = await cronJob("rights");
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace } });
  const poor = bench.apiAs(await kube.createToken(namespace, "nobody"));
  t.match(await runCronJob(poor, workload, { change: "1", signal }), { is: "rejected", message: /403/ });
});
