import t from "tap";
import { hasOnlyCurrentPods } from "../../../src/core/pods-of-template.ts";
import { parseCustomWorkload, workloadKinds } from "../../../src/core/workload-kinds.ts";

const observed = { observedGeneration: 3 };
const rows = [
  {
    title: "after a rollout",
    kind: "Deployment",
    status: { ...observed, replicas: 2, updatedReplicas: 2 },
    want: true,
  },
  {
    title: "during a rollout",
    kind: "Deployment",
    status: { ...observed, replicas: 3, updatedReplicas: 1 },
    want: false,
  },
  { title: "that is paused after a change", kind: "Deployment", status: { ...observed, replicas: 2 }, want: false },
  { title: "without pods", kind: "Deployment", status: observed, want: true },
  {
    title: "whose controller has not seen the latest change",
    kind: "Deployment",
    status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2 },
    want: false,
  },
  { title: "that nobody has looked at", kind: "Deployment", status: undefined, want: false },
  {
    title: "with a partition",
    kind: "StatefulSet",
    status: { ...observed, replicas: 3, updatedReplicas: 1 },
    want: false,
  },
  {
    title: "after a rollout",
    kind: "StatefulSet",
    status: { ...observed, replicas: 3, updatedReplicas: 3 },
    want: true,
  },
  {
    title: "on all nodes",
    kind: "DaemonSet",
    status: { ...observed, currentNumberScheduled: 2, updatedNumberScheduled: 2 },
    want: true,
  },
  {
    title: "on one of two nodes",
    kind: "DaemonSet",
    status: { ...observed, currentNumberScheduled: 2, updatedNumberScheduled: 1 },
    want: false,
  },
  {
    title: "whose controller writes a text",
    kind: "Rollout",
    status: { observedGeneration: "3", replicas: 1, updatedReplicas: 1 },
    want: true,
  },
  { title: "as runs go on with what they began with", kind: "CronJob", status: undefined, want: true },
  { title: "whose template never changes", kind: "Job", status: { active: 1 }, want: false },
];
for (const { title, kind: name, status, want } of rows) {
  const kind = workloadKinds.find((row) => row.kind === name);
  if (kind === undefined) throw new Error(`No kind ${name}`);
  const object = { metadata: { generation: 3 }, status };
  t.equal(hasOnlyCurrentPods(kind, object), want, `hasOnlyCurrentPods() is ${want} of a ${name} ${title}`);
}

t.test("hasOnlyCurrentPods() knows nothing of kinds that an operator configures", async (t) => {
  const kind = parseCustomWorkload("example.com/v1/widgets/Widget");
  if ("problem" in kind) throw new Error(kind.problem);
  const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1 };
  t.equal(hasOnlyCurrentPods(kind, { metadata: { generation: 1 }, status }), false);
});
