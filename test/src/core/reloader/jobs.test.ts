import fc from "fast-check";
import t from "tap";
import { at } from "../../../../src/core/json.ts";
import {
  changeAnnotation,
  isControlledBy,
  isFinished,
  isSameRun,
  jobOfCronJob,
  jobToRecreate,
} from "../../../../src/core/reloader/jobs.ts";
import { isObjectName } from "../../../../src/core/source.ts";

const template = { spec: { containers: [{ name: "main" }] } };
const cronJob = {
  metadata: { name: "backup", namespace: "shop", uid: "u1", labels: { of: "the CronJob" } },
  spec: {
    schedule: "@daily",
    jobTemplate: {
      metadata: { labels: { app: "backup" }, annotations: { a: "b" } },
      spec: { backoffLimit: 2, template },
    },
  },
};

t.test("jobOfCronJob() copies the jobTemplate and names the change", async (t) => {
  const job = jobOfCronJob(cronJob, { change: "v1:k;configmap/app=1" });
  const change = at(job, ["metadata", "annotations", changeAnnotation]);
  t.match(change, /^[0-9a-f]{64}$/);
  t.strictSame(job, {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `backup-${String(change).slice(0, 10)}`,
      namespace: "shop",
      labels: { app: "backup" },
      annotations: { a: "b", "cronjob.kubernetes.io/instantiate": "manual", [changeAnnotation]: change },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "backup", uid: "u1", controller: true }],
    },
    spec: { backoffLimit: 2, template },
  });
  const other = { spec: { containers: [{ name: "other" }] } };
  t.strictSame(at(jobOfCronJob(cronJob, { change: "x", template: other }), ["spec"]), {
    backoffLimit: 2,
    template: other,
  });
});

t.test("jobOfCronJob() has one name for one change of one CronJob, and a legal one", async (t) => {
  const nameOf = (object: unknown, change: string) => at(jobOfCronJob(object, { change }), ["metadata", "name"]);
  const named = (name: string, uid = "u1") => ({ metadata: { name, uid, namespace: "shop" } });
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,80}[a-z0-9])?$/).filter(isObjectName);
  fc.assert(
    fc.property(name, fc.string(), fc.string(), (text, change, other) => {
      const made = String(nameOf(named(text), change));
      const isOwn = change === other || made !== nameOf(named(text), other);
      const isStable = made === nameOf(named(text), change) && made !== nameOf(named(text, "u2"), change);
      return isObjectName(made) && made.length <= 63 && isOwn && isStable;
    }),
  );
  t.equal(String(nameOf(named("c".repeat(52)), "x")).length, 63, "the longest name of a CronJob fits as a whole");
});

t.test("isSameRun() tells the Job of an earlier try from any other", async (t) => {
  const job = jobOfCronJob(cronJob, { change: "1" });
  const { metadata } = job as { metadata: object };
  t.ok(isSameRun({ metadata: { ...metadata, uid: "j1" } }, job));
  t.notOk(isSameRun(jobOfCronJob(cronJob, { change: "2" }), job));
  t.notOk(isSameRun({ metadata: { ...metadata, ownerReferences: [] } }, job));
  t.notOk(isSameRun({ metadata: { ...metadata, annotations: {} } }, job));
  t.notOk(isSameRun({}, {}));
  t.ok(isControlledBy(job, "u1"));
  t.notOk(isControlledBy(job, "u2"));
  t.notOk(isControlledBy({ metadata: { ownerReferences: [{ uid: "u1" }] } }, "u1"), "an owner is no controller");
  t.notOk(isControlledBy({}, undefined));
});

t.test("isFinished() looks at the terminal conditions", async (t) => {
  const job = (type: string, status = "True") => ({ status: { conditions: [{ type, status }] } });
  t.ok(isFinished(job("Complete")));
  t.ok(isFinished(job("Failed")));
  t.notOk(isFinished(job("Complete", "False")));
  t.notOk(isFinished(job("SuccessCriteriaMet")));
  t.notOk(isFinished({}));
});

const automatic = {
  "controller-uid": "j1",
  "job-name": "migrate",
  "batch.kubernetes.io/controller-uid": "j1",
  "batch.kubernetes.io/job-name": "migrate",
};
const stored = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "migrate",
    namespace: "shop",
    uid: "j1",
    resourceVersion: "7",
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
    deletionTimestamp: "2026-01-01T00:00:01Z",
    deletionGracePeriodSeconds: 0,
    managedFields: [{}],
    finalizers: ["foregroundDeletion", "example.com/mine"],
    labels: { app: "migrate", ...automatic },
    annotations: { a: "b" },
    ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "nightly", uid: "c1", controller: true }],
  },
  spec: {
    parallelism: 1,
    selector: { matchLabels: { "batch.kubernetes.io/controller-uid": "j1" } },
    template: {
      metadata: { labels: { app: "migrate", ...automatic }, annotations: { x: "y" } },
      spec: { containers: [] },
    },
  },
  status: { active: 1 },
};

t.test("jobToRecreate() keeps what others have written and nothing of the API server's", async (t) => {
  t.strictSame(jobToRecreate(stored), {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: "migrate",
      namespace: "shop",
      annotations: { a: "b" },
      ownerReferences: stored.metadata.ownerReferences,
      labels: { app: "migrate" },
      finalizers: ["example.com/mine"],
    },
    spec: {
      parallelism: 1,
      template: { metadata: { annotations: { x: "y" }, labels: { app: "migrate" } }, spec: { containers: [] } },
    },
  });
});

t.test("jobToRecreate() keeps a selector that its author has chosen", async (t) => {
  const labels = { "job-name": "mine" };
  const selector = { matchLabels: labels };
  const spec = { manualSelector: true, selector, template: { metadata: { labels }, spec: {} } };
  t.strictSame(at(jobToRecreate({ metadata: { name: "a" }, spec }), ["spec"]), spec);
});

t.test("jobToRecreate() runs another template if it is given one, without automatic labels", async (t) => {
  const other = { metadata: { labels: automatic }, spec: { containers: [{ name: "other" }] } };
  const made = jobToRecreate(stored, { template: other });
  t.strictSame(at(made, ["spec", "template"]), { metadata: {}, spec: other.spec });
});

t.test("jobToRecreate() takes whatever an object holds, and what it made", async (t) => {
  t.same(jobToRecreate(jobToRecreate(stored)), jobToRecreate(stored));
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (metadata, spec) => {
      jobToRecreate({ metadata, spec });
      jobOfCronJob({ metadata, spec }, { change: "x" });
    }),
  );
});
