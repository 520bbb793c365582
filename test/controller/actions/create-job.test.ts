import t from "tap";
import { createJob, deleteJob, jobPath, trialRefusal } from "../../../controller/actions/create-job.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { type KubeObject, waitFor } from "../../controlplane/kube.ts";
import { openActionsBench, podBody } from "../../helpers/actions-bench.ts";

const bench = await openActionsBench({ controllerManager: true });
const { kube, api, signal } = bench;
const namespace = await bench.namespace("shop");

function job(name: string, more: { namespace?: string; labels?: Readonly<Record<string, string>> } = {}): JsonObject {
  const metadata = { name, namespace, ...more };
  return { apiVersion: "batch/v1", kind: "Job", metadata, spec: { suspend: true, template: { spec: podBody } } };
}

t.test("createJob() tells a Job that is there from one that is refused", async (t) => {
  t.strictSame(await createJob(api, job("one"), { signal }), { is: "created" });
  t.match(await createJob(api, job("one"), { signal }), { is: "exists", job: { metadata: { name: "one" } } });
  t.match(await createJob(api, job("Not a name"), { signal }), { is: "rejected", message: /422/ });
  t.strictSame(await createJob(api, job("one", { namespace: "nowhere" }), { signal }), { is: "no-namespace" });
});

t.test("trialRefusal() asks whether a Job would be taken, whatever has its name", async (t) => {
  t.equal(await trialRefusal(api, job("two"), { signal }), undefined);
  t.equal(await kube.find(jobPath(job("two"), "two")), undefined, "it was a trial");
  await createJob(api, job("two"), { signal });
  t.equal(await trialRefusal(api, job("two"), { signal }), undefined);
  t.match(await trialRefusal(api, job("two", { labels: { "not a label": "x" } }), { signal }), /422/);
});

t.test("trialRefusal() does not count the Job that is replaced against a quota", async (t) => {
  const full = await bench.namespace("full");
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "one", namespace: full } };
  await kube.create({ ...quota, spec: { hard: { "count/jobs.batch": "1" } } });
  // Before the Job, which admission then counts: the quota's controller may count what is there before it knows of Jobs.
  type Quota = KubeObject & { readonly status?: { readonly hard?: object } };
  await kube.waitFor<Quota>(quota, ({ status }) => status?.hard !== undefined, { timeoutMs: 60_000 });
  await createJob(api, job("only", { namespace: full }), { signal });
  const exceeded = async () => {
    const second = await kube.raw(`${jobPath(job("x", { namespace: full }))}?dryRun=All`, {
      method: "POST",
      body: job("second", { namespace: full }),
    });
    return second.body.includes("exceeded quota");
  };
  await waitFor(exceeded, { timeoutMs: 60_000, describe: "the quota" });
  t.equal(await trialRefusal(api, job("only", { namespace: full }), { signal }), undefined);
});

t.test("deleteJob() deletes the Job of that uid only", async (t) => {
  await createJob(api, job("three"), { signal });
  const path = jobPath(job("three"), "three");
  const { metadata } = await kube.get(path);
  t.equal(await deleteJob(api, { path, uid: "another" }, { signal }), "gone");
  t.equal((await kube.get(path)).metadata.uid, metadata.uid);
  t.equal(await deleteJob(api, { path, uid: metadata.uid ?? "" }, { signal }), "deleted");
  t.equal(await kube.find(path), undefined);
  t.equal(await deleteJob(api, { path, uid: metadata.uid ?? "" }, { signal }), "gone");
});
