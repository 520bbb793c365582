import t from "tap";
import { createJobManifests, manifestName } from "../../../controller/actions/job-manifests.ts";
import { recreateJob } from "../../../controller/actions/recreate-job.ts";
import { resumeRecreations } from "../../../controller/actions/resume-recreations.ts";
import { ClusterError } from "../../../src/core/errors.ts";
import { jobToRecreate } from "../../../src/core/reloader/jobs.ts";
import { waitFor } from "../../controlplane/kube.ts";
import { forbidJobs, openActionsBench, podBody } from "../../helpers/actions-bench.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";

// Namespaces disappear only where a controller finishes them.
const bench = await openActionsBench({ controllerManager: true });
const { kube, api, signal } = bench;
const own = await bench.namespace("restamp-system");
const manifests = createJobManifests(api, { namespace: own });
const resume = async (minAgeMs = 0) => {
  const log = createRecordingLog();
  return { ...(await resumeRecreations(api, { namespace: own, log, signal, minAgeMs })), log: log.lines };
};
const path = (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

async function job(namespace: string, name: string, labels: Readonly<Record<string, string>> = {}) {
  return kube.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels },
    spec: { suspend: true, template: { spec: podBody } },
  });
}

/** As a process leaves it that ends after the deletion. */
async function deleted(namespace: string, name: string, labels?: Readonly<Record<string, string>>): Promise<string> {
  const object = await job(namespace, name, labels);
  const uid = object.metadata.uid ?? "";
  await manifests.store({ uid, job: jobToRecreate(object) }, { signal });
  await kube.delete(path(namespace, name), { propagationPolicy: "Background" });
  return uid;
}

t.test("nothing is stored: nothing is done", async (t) => {
  t.strictSame(await resume(), { recreated: [], pending: 0, log: [] });
});

t.test("a deleted Job is created again, once, and that is said", async (t) => {
  const shop = await bench.namespace("shop");
  const uid = await deleted(shop, "migrate");
  const first = await resume();
  t.match(first, { recreated: ["shop/migrate"], pending: 0 });
  const fields = { job: "Job shop/migrate", secret: manifestName(uid) };
  t.strictSame(first.log, [{ level: "info", fields, message: "Created a deleted Job again" }]);
  const again = await kube.get(path(shop, "migrate"));
  t.not(again.metadata.uid, uid);
  t.strictSame(await resume(), { recreated: [], pending: 0, log: [] });
  t.equal((await kube.get(path(shop, "migrate"))).metadata.uid, again.metadata.uid);
});

t.test("a Job of a namespace that another shard looks after is left to that one", async (t) => {
  const others = await bench.namespace("others");
  await deleted(others, "migrate");
  const log = createRecordingLog();
  const isOwn = (namespace: string): boolean => namespace !== others;
  const options = { namespace: own, log, signal, minAgeMs: 0 };
  t.same(await resumeRecreations(api, { ...options, isOwn }), { recreated: [], pending: 0 });
  t.match(await resumeRecreations(api, { ...options, isOwn: (each) => !isOwn(each) }), {
    recreated: ["others/migrate"],
  });
});

t.test("a Job that somebody else has created again is left as it is", async (t) => {
  await deleted("shop", "reborn");
  const reborn = await job("shop", "reborn");
  t.match(await resume(), { recreated: [], pending: 0, log: [{ level: "info" }] });
  t.equal((await kube.get(path("shop", "reborn"))).metadata.uid, reborn.metadata.uid);
  t.strictSame(await manifests.list(signal), []);
});

t.test("a Job that was never deleted is left to the next decision, once its manifest is old enough", async (t) => {
  const object = await job("shop", "there");
  await manifests.store({ uid: object.metadata.uid ?? "", job: jobToRecreate(object) }, { signal });
  t.match(await resume(60_000), { recreated: [], pending: 1 });
  t.equal((await manifests.list(signal)).length, 1);
  t.match(await resume(), { recreated: [], pending: 0 });
  t.strictSame(await manifests.list(signal), []);
  t.equal((await kube.get(path("shop", "there"))).metadata.uid, object.metadata.uid);
});

t.test("a Job that is refused is kept, that is said, and the others are created", async (t) => {
  const guarded = await bench.namespace("guarded");
  const labels = { forbidden: "yes" };
  const uid = await deleted(guarded, "refused", labels);
  await deleted("shop", "other");
  const allow = await forbidJobs(kube, { namespace: guarded, labels });
  const refused = await resume();
  t.match(refused, { recreated: ["shop/other"], pending: 1 });
  t.match(
    refused.log.find(({ level }) => level === "error"),
    {
      fields: { job: "Job guarded/refused", secret: manifestName(uid), error: /no such Jobs/ },
      message: /manifest is kept in the Secret/,
    },
  );
  t.match(await resume(), { recreated: [], pending: 1 }, "and kept again");
  await allow();
  t.match(await resume(), { recreated: ["guarded/refused"], pending: 0 });
});

t.test("a refusal after the deletion loses nothing", async (t) => {
  const race = await bench.namespace("race");
  const labels = { forbidden: "yes" };
  const workload = bench.workload(await job(race, "late", labels));
  let allow = async (): Promise<void> => undefined;
  const racing = {
    ...api,
    async request<T>(request: Parameters<typeof api.request>[0]): Promise<T> {
      if (request.method === "DELETE" && request.path === path(race, "late")) {
        allow = await forbidJobs(kube, { namespace: race, labels });
      }
      return api.request<T>(request);
    },
  };
  const how = { namespace: own, rerunFinished: false, signal };
  t.match(await recreateJob(racing, workload, how), { is: "lost", message: /no such Jobs/ });
  t.equal(await kube.find(path(race, "late")), undefined);
  t.match(await resume(), { pending: 1 });
  await allow();
  t.match(await resume(), { recreated: ["race/late"], pending: 0 });
});

t.test("a Job is given up when its namespace is gone, and not before", async (t) => {
  const leaving = await bench.namespace("leaving");
  const hold = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "hold", namespace: leaving } };
  await kube.create({ ...hold, metadata: { ...hold.metadata, finalizers: ["example.com/hold"] } });
  await deleted(leaving, "migrate");
  await kube.delete(`/api/v1/namespaces/${leaving}`);
  t.match(await resume(), { recreated: [], pending: 1, log: [{ level: "error" }] }, "it is being deleted");
  await kube.patch(hold, { metadata: { finalizers: null } });
  const after = async () => {
    const resumed = await resume();
    return resumed.pending === 0 && resumed;
  };
  t.match(await waitFor(after, { timeoutMs: 60_000 }), {
    recreated: [],
    log: [{ level: "warn", message: /namespace is gone/ }],
  });
  t.strictSame(await manifests.list(signal), []);
});

t.test("a manifest that cannot be read is reported and kept", async (t) => {
  const uid = await deleted("shop", "changed");
  const secret = `/api/v1/namespaces/${own}/secrets/${manifestName(uid)}`;
  await kube.patch(secret, { data: { "job.json": Buffer.from("{").toString("base64") } });
  const resumed = await resume();
  t.match(resumed, { recreated: [], pending: 1, log: [{ level: "error", fields: { secret: manifestName(uid) } }] });
  await kube.delete(secret);
});

t.test("an API server that does not answer is tried again later", async (t) => {
  await deleted("shop", "later");
  const log = createRecordingLog();
  const away = {
    ...api,
    async request<T>(request: Parameters<typeof api.request>[0]): Promise<T> {
      if (request.path === path("shop", "later")) throw new ClusterError("unavailable", "no answer");
      return api.request<T>(request);
    },
  };
  t.match(await resumeRecreations(away, { namespace: own, log, signal }), { recreated: [], pending: 1 });
  t.match(log.lines, [{ level: "warn", fields: { error: "no answer" } }]);
  t.match(await resume(), { recreated: ["shop/later"], pending: 0 });
});
