import t from "tap";
import { type JobReplacement, recreateJob } from "../../../controller/actions/recreate-job.ts";
import { resumeRecreations } from "../../../controller/actions/resume-recreations.ts";
import type { KubeObject } from "../../controlplane/kube.ts";
import { waitFor } from "../../controlplane/kube.ts";
import { forbidJobs, openActionsBench, podBody } from "../../helpers/actions-bench.ts";
import { crashAt } from "../../helpers/crashing-client.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";
import { changeOf, hashOf, writeOf } from "../../helpers/strategy-cases.ts";

const bench = await openActionsBench({});
const { kube, api, signal } = bench;
const namespace = await bench.namespace("shop");
const own = await bench.namespace("restamp-system");
const how: JobReplacement = { namespace: own, rerunFinished: false, signal, limitMs: 500 };
const jobPath = (name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;
const manifests = () => kube.list(`/api/v1/namespaces/${own}/secrets`);
const resume = (log = createRecordingLog()) => resumeRecreations(api, { namespace: own, log, signal, minAgeMs: 0 });

async function job(name: string, more: { metadata?: object; spec?: object; pod?: object } = {}) {
  const object = await kube.create({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels: { app: name }, annotations: { a: "b" }, ...more.metadata },
    spec: {
      backoffLimit: 3,
      template: { metadata: { labels: { app: name } }, spec: { ...podBody, ...more.pod } },
      ...more.spec,
    },
  });
  return bench.workload(object);
}

async function finish(name: string): Promise<void> {
  const at = "2026-01-01T00:00:00Z";
  const failed = { status: "True", reason: "Test", message: "", lastTransitionTime: at, lastProbeTime: at };
  const conditions = ["FailureTarget", "Failed"].map((type) => ({ type, ...failed }));
  await kube.patch(jobPath(name), { status: { conditions, startTime: at } }, { subresource: "status" });
}

t.test("a Job is deleted and created again, with the strategy and without what was the API server's", async (t) => {
  const old = await job("migrate");
  const before = await kube.get(jobPath("migrate"));
  const strategy = writeOf("env-vars", [changeOf("ConfigMap", "app", hashOf(1))]);
  t.strictSame(await recreateJob(api, old, { ...how, strategy }), { is: "recreated" });
  const after = await kube.get(jobPath("migrate"));
  t.not(after.metadata.uid, old.uid);
  t.strictSame(after.metadata.labels, before.metadata.labels);
  t.match(after.metadata.annotations, { a: "b" });
  const env = [{ name: "STAKATER_APP_CONFIGMAP", value: hashOf(1) }];
  t.match(after["spec"], { backoffLimit: 3, template: { spec: { containers: [{ env }] } } });
  t.strictSame(await manifests(), []);
});

t.test("its manifest is a Secret of restamp's namespace while it is deleted", async (t) => {
  const { api: watched, sent } = bench.watched();
  const old = await job("steps");
  await recreateJob(watched, old, how);
  const secrets = `/api/v1/namespaces/${own}/secrets`;
  t.strictSame(
    sent.map(({ method, path, query }) => [method, path, query?.["dryRun"] ?? ""].join(" ").trim()),
    [
      `GET ${jobPath("steps")}`,
      `POST ${jobPath("").slice(0, -1)} All`,
      `POST ${secrets}`,
      `DELETE ${jobPath("steps")}`,
      `GET ${jobPath("steps")}`,
      `POST ${jobPath("").slice(0, -1)}`,
      `DELETE ${secrets}/restamp-job-${old.uid}`,
    ],
  );
  const deletion = { propagationPolicy: "Background", preconditions: { uid: old.uid } };
  t.match(sent.find(({ method }) => method === "DELETE")?.body, deletion);
});

t.test("wherever a process ends, the Job is there when the next one has resumed", async (t) => {
  const ends: string[] = [];
  for (const when of ["before", "after"] as const) {
    for (let at = 0; ; at++) {
      const name = `crash-${when}-${at}`;
      const old = await job(name);
      const crashing = crashAt(api, at, when);
      const outcome = await recreateJob(crashing, old, how).catch(({ message }: Error) => message);
      await resume();
      const now = await kube.find<KubeObject>(jobPath(name));
      t.ok(now !== undefined, `${name} is there after a process has ${JSON.stringify(outcome)}`);
      t.strictSame(await manifests(), [], name);
      ends.push(`${when} ${at}: ${now?.metadata.uid === old.uid ? "old" : "new"}`);
      if (now?.metadata.uid === old.uid) t.match(await recreateJob(api, old, how), { is: "recreated" }, "and again");
      if (!crashing.crashed()) break;
    }
  }
  t.ok(ends.length >= 14, "every request was the last one once");
  t.strictSame(
    new Set(ends.slice(0, 4).map((end) => end.slice(-3))),
    new Set(["old"]),
    "nothing is deleted before the manifest is stored",
  );
});

t.test("an abort before the deletion deletes nothing, one after it is finished all the same", async (t) => {
  for (const { at, is } of [
    { at: "POST", is: "old" },
    { at: "DELETE", is: "new" },
  ]) {
    const name = `abort-${at.toLowerCase()}`;
    const old = await job(name);
    const stopping = new AbortController();
    const stopped = {
      ...api,
      async request<T>(request: Parameters<typeof api.request>[0]): Promise<T> {
        const answer = await api.request<T>(request);
        if (request.method === at && request.query?.["dryRun"] === undefined) stopping.abort();
        return answer;
      },
    };
    await recreateJob(stopped, old, { ...how, signal: stopping.signal }).catch(() => undefined);
    await resume();
    t.equal((await kube.get(jobPath(name))).metadata.uid === old.uid ? "old" : "new", is, name);
    t.strictSame(await manifests(), [], name);
  }
});

t.test("a Job that is slow to disappear is finished later", async (t) => {
  const old = await job("slow", { metadata: { finalizers: ["example.com/hold"] } });
  const path = jobPath("slow");
  t.strictSame(await recreateJob(api, old, how), { is: "unfinished" });
  t.match(await resume(), { recreated: [], pending: 1 }, "it is still there");
  t.strictSame(await recreateJob(api, old, how), { is: "gone" }, "it is being deleted");
  await kube.patch(path, { metadata: { finalizers: null } });
  t.match(await resume(), { recreated: ["shop/slow"], pending: 0 });
  const again = await kube.get(path);
  t.strictSame(again.metadata["finalizers"], ["example.com/hold"], "what others wrote is kept");
  await kube.patch(path, { metadata: { finalizers: null } });
});

t.test("a finished Job is run again only if asked", async (t) => {
  const old = await job("finished");
  await finish("finished");
  t.strictSame(await recreateJob(api, old, how), { is: "finished" });
  t.equal((await kube.get(jobPath("finished"))).metadata.uid, old.uid);
  t.strictSame(await recreateJob(api, old, { ...how, rerunFinished: true }), { is: "recreated" });
  t.notOk(JSON.stringify((await kube.get(jobPath("finished")))["status"]).includes("Failed"));
});

t.test("another Job of the name is left alone", async (t) => {
  const old = await job("reborn");
  await kube.delete(jobPath("reborn"), { propagationPolicy: "Background" });
  t.strictSame(await recreateJob(api, old, how), { is: "gone" });
  const reborn = await job("reborn");
  t.strictSame(await recreateJob(api, old, how), { is: "outdated" });
  t.equal((await kube.get(jobPath("reborn"))).metadata.uid, reborn.uid);
});

t.test("a Job that somebody else deletes in that moment stays deleted", async (t) => {
  const old = await job("deleted");
  const racing = {
    ...api,
    async request<T>(request: Parameters<typeof api.request>[0]): Promise<T> {
      if (request.method === "DELETE" && request.path === jobPath("deleted")) {
        await kube.delete(jobPath("deleted"), { propagationPolicy: "Background" });
      }
      return api.request<T>(request);
    },
  };
  t.strictSame(await recreateJob(racing, old, how), { is: "gone" });
  t.strictSame(await resume(), { recreated: [], pending: 0 });
  t.equal(await kube.find(jobPath("deleted")), undefined);
});

t.test("a selector of the author's own is kept", async (t) => {
  const labels = { own: "selector" };
  const spec = {
    manualSelector: true,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podBody },
  };
  const old = await job("manual", { spec });
  t.strictSame(await recreateJob(api, old, how), { is: "recreated" });
  t.match((await kube.get(jobPath("manual")))["spec"], { manualSelector: true, selector: { matchLabels: labels } });
});

t.test("a manifest that no Secret can hold is refused before anything is deleted", async (t) => {
  const value = "x".repeat(1024 * 1024);
  const containers = [{ ...podBody.containers[0], env: [{ name: "LARGE", value }] }];
  const old = await job("large", { pod: { containers } });
  const answer = await recreateJob(api, old, how);
  t.match(answer, { is: "rejected", message: /has 10\d{5} bytes, and a Secret holds 1047552: delete and create/ });
  t.equal((await kube.get(jobPath("large"))).metadata.uid, old.uid);
  const fits = [{ ...podBody.containers[0], env: [{ name: "LARGE", value: "x".repeat(1024 * 1024 - 4096) }] }];
  t.strictSame(await recreateJob(api, await job("fits", { pod: { containers: fits } }), how), { is: "recreated" });
});

t.test("without the right to store the manifest nothing is deleted", async (t) => {
  const old = await job("rights");
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "poor", namespace: own } });
  const allowed = { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "create", "delete"] };
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "poor", namespace } };
  await kube.create({ ...rbac, kind: "Role", rules: [allowed] });
  await kube.create({
    ...rbac,
    kind: "RoleBinding",
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "poor" },
    subjects: [{ kind: "ServiceAccount", name: "poor", namespace: own }],
  });
  const poor = bench.apiAs(await kube.createToken(own, "poor"));
  const refused = () => recreateJob(poor, old, how);
  t.match(await waitFor(async () => JSON.stringify(await refused()).includes("secrets") && refused()), {
    is: "rejected",
    message: /POST \/api\/v1\/namespaces\/restamp-system\/secrets: 403/,
  });
  t.equal((await kube.get(jobPath("rights"))).metadata.uid, old.uid);
});

t.test("a Job that admission would refuse is not deleted", async (t) => {
  const labels = { forbidden: "yes" };
  const old = await job("policy", { metadata: { labels } });
  await forbidJobs(kube, { namespace, labels });
  t.match(await recreateJob(api, old, how), { is: "rejected", message: /no such Jobs/ });
  t.equal((await kube.get(jobPath("policy"))).metadata.uid, old.uid);
  t.strictSame(await manifests(), []);
});
