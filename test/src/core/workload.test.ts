import fc from "fast-check";
import t from "tap";
import { stampAnnotation } from "../../../src/core/stamp.ts";
import { controllerOf, readMarks, readWorkload, timeOf, workloadKey } from "../../../src/core/workload.ts";
import { createWorkloadKinds, workloadKinds } from "../../../src/core/workload-kinds.ts";

const [deployments] = workloadKinds;
if (deployments === undefined) throw new Error("no kinds");
const rollouts = createWorkloadKinds().find("argoproj.io", "Rollout") ?? deployments;

const template = (fields: object) => ({ "f:spec": { "f:template": fields } });
const managedFields = [
  { manager: "kubectl", operation: "Apply", time: "2026-01-01T00:00:00Z", fieldsV1: template({ "f:spec": {} }) },
  { manager: "helm", operation: "Update", time: "2026-01-03T00:00:00Z", fieldsV1: template({ "f:metadata": {} }) },
  { manager: "hpa", operation: "Update", time: "2026-01-05T00:00:00Z", fieldsV1: { "f:spec": { "f:replicas": {} } } },
  { manager: "restamp", operation: "Update", time: "2026-01-02T00:00:00Z", fieldsV1: template({ "f:metadata": {} }) },
  { manager: "restamp", operation: "Update", time: "2026-01-04T00:00:00Z", fieldsV1: { "f:metadata": {} } },
];
const object = {
  metadata: {
    ...{ name: "cart", namespace: "shop", uid: "u1", resourceVersion: "42", creationTimestamp: "2026-01-01T00:00:00Z" },
    labels: { "restamp.dev/enabled": "true", app: "cart" },
    annotations: { "restamp.dev/settle": "0s", secret: "hunter2" },
    managedFields,
  },
  spec: {
    template: {
      metadata: { annotations: { [stampAnnotation]: "v1:k1" } },
      spec: { containers: [{ envFrom: [{ secretRef: { name: "db" } }], env: [{ name: "X", value: "hunter2" }] }] },
    },
  },
};

t.test("readWorkload() keeps what the decision needs", async (t) => {
  const workload = readWorkload(deployments, object);
  t.match(workload, {
    ...{
      namespace: "shop",
      name: "cart",
      uid: "u1",
      resourceVersion: 42,
      createdAt: Date.parse("2026-01-01T00:00:00Z"),
    },
    marks: { labels: { "restamp.dev/enabled": "true" }, annotations: { "restamp.dev/settle": "0s" } },
    ...{ owner: undefined, templateFrom: undefined, effect: "pods are replaced by a rolling update" },
    template: { stamp: "v1:k1", depth: "annotations", references: [{ kind: "Secret", name: "db" }] },
    ...{ advancedAt: Date.parse("2026-01-02T00:00:00Z"), writtenBy: "helm" },
  });
  t.notMatch(JSON.stringify(workload), "hunter2", "and nothing else");
  t.equal(workloadKey(workload), "Deployment.apps/shop/cart");
});

t.test("readWorkload() knows how much of the path to the stamp exists", async (t) => {
  const depthOf = (body: object) => readWorkload(deployments, { spec: { template: body } }).template?.depth;
  t.equal(depthOf({}), "template");
  t.equal(depthOf({ metadata: null }), "template");
  t.equal(depthOf({ metadata: { labels: {} } }), "metadata");
  t.equal(depthOf({ metadata: { annotations: {} } }), "annotations");
});

t.test("readWorkload() knows when a Job is over", async (t) => {
  const jobs = createWorkloadKinds().find("batch", "jobs") ?? deployments;
  const cases = [
    { title: "no status", conditions: undefined, want: false },
    { title: "suspended", conditions: [{ type: "Suspended", status: "True" }], want: false },
    { title: "about to fail", conditions: [{ type: "Failed", status: "False" }], want: false },
    { title: "complete", conditions: [{ type: "Complete", status: "True" }], want: true },
    { title: "failed", conditions: [{ type: "Failed", status: "True" }], want: true },
  ];
  for (const { title, conditions, want } of cases) {
    t.equal(readWorkload(jobs, { status: { conditions } }).ended, want, title);
  }
  const complete = { status: { conditions: [{ type: "Complete", status: "True" }] } };
  t.equal(readWorkload(deployments, complete).ended, false, "of another kind it means something else");
});

t.test("readWorkload() of a Rollout whose template lies elsewhere", async (t) => {
  const workloadRef = { apiVersion: "apps/v1", kind: "Deployment", name: "cart" };
  const workload = readWorkload(rollouts, { spec: { workloadRef } });
  t.match(workload, { template: undefined, templateFrom: { group: "apps", kind: "Deployment", name: "cart" } });
  const core = readWorkload(rollouts, {
    spec: { workloadRef: { ...workloadRef, apiVersion: "v1", kind: "PodTemplate" } },
  });
  t.match(core.templateFrom, { group: "", kind: "PodTemplate" });
  t.equal(readWorkload(deployments, { spec: { workloadRef } }).templateFrom, undefined, "of a kind that has its own");
  t.equal(readWorkload(rollouts, { spec: { workloadRef: { kind: "Deployment" } } }).templateFrom, undefined);
});

const owners = [
  {
    title: "a Rollout that controls it",
    owner: { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", controller: true },
    want: true,
  },
  {
    title: "a CronJob that controls it",
    owner: { apiVersion: "batch/v1", kind: "CronJob", controller: true },
    want: true,
  },
  { title: "an owner that does not", owner: { apiVersion: "apps/v1", kind: "Deployment" }, want: false },
  {
    title: "an operator's kind",
    owner: { apiVersion: "shop.example/v1", kind: "Shop", controller: true },
    want: false,
  },
  {
    title: "a kind of that name in another group",
    owner: { apiVersion: "example.com/v1", kind: "Deployment", controller: true },
    want: false,
  },
  {
    title: "a plural for a kind",
    owner: { apiVersion: "apps/v1", kind: "deployments", controller: true },
    want: false,
  },
];
for (const { title, owner, want } of owners) {
  const controller = controllerOf({ metadata: { ownerReferences: [{ kind: "Other" }, owner] } });
  t.equal(createWorkloadKinds().owns(controller), want, `controllerOf() ${title}`);
}

t.same(
  readMarks({ metadata: { labels: { "restamp.dev/a": 7, x: "y" } } }),
  { labels: { "restamp.dev/a": "" }, annotations: {} },
  "readMarks() of odd values",
);
t.same(
  [undefined, null, "", "yesterday", 7].map((value) => timeOf(value)),
  Array.from({ length: 5 }, () => undefined),
  "timeOf() of none",
);

t.test("readWorkload() never throws", async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...workloadKinds),
      fc.jsonValue(),
      (kind, value) => readWorkload(kind, value).kind === kind,
    ),
  );
  fc.assert(fc.property(fc.jsonValue(), (metadata) => readWorkload(deployments, { metadata }).marks !== undefined));
  t.pass();
});
