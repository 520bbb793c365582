import fc from "fast-check";
import t from "tap";
import { rolloutEffect } from "../../../src/core/rollout-effect.ts";
import { parseCustomWorkload, workloadKinds } from "../../../src/core/workload-kinds.ts";

const onDelete = { updateStrategy: { type: "OnDelete" } };
const partition = (value: number) => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: value } },
});
const cases = [
  { kind: "Deployment", spec: { replicas: 2 }, want: "pods are replaced by a rolling update" },
  { kind: "Deployment", spec: {}, want: "pods are replaced by a rolling update" },
  { kind: "Deployment", spec: { strategy: { type: "Recreate" } }, want: "all pods are replaced at once: Recreate" },
  {
    kind: "Deployment",
    spec: { paused: true, replicas: 0 },
    want: "recorded; pods are replaced when the rollout is resumed: paused",
  },
  { kind: "Deployment", spec: { replicas: 0 }, want: "recorded; there are no pods to replace: 0 replicas" },
  { kind: "StatefulSet", spec: onDelete, want: "recorded; pods are replaced when deleted: OnDelete" },
  { kind: "DaemonSet", spec: onDelete, want: "recorded; pods are replaced when deleted: OnDelete" },
  { kind: "DaemonSet", spec: {}, want: "pods are replaced by a rolling update" },
  { kind: "StatefulSet", spec: { replicas: 3, ...partition(1) }, want: "pods from ordinal 1 are replaced: partition" },
  {
    kind: "StatefulSet",
    spec: { replicas: 3, ordinals: { start: 5 }, ...partition(2) },
    want: "pods from ordinal 7 are replaced: partition",
  },
  {
    kind: "StatefulSet",
    spec: { replicas: 3, ...partition(3) },
    want: "recorded; pods are replaced when the partition is lowered: partition 3",
  },
  {
    kind: "StatefulSet",
    spec: partition(1),
    want: "recorded; pods are replaced when the partition is lowered: partition 1",
  },
  { kind: "StatefulSet", spec: { replicas: 3, ...partition(0) }, want: "pods are replaced by a rolling update" },
  { kind: "CronJob", spec: {}, want: "recorded; used by the next run" },
  { kind: "CronJob", spec: { suspend: true }, want: "recorded; used by the next run: suspended" },
  { kind: "Job", spec: {}, want: "recorded; pods of a Job are not replaced: its template is immutable" },
  { kind: "Rollout", spec: { strategy: { canary: {} } }, want: "pods are replaced by the Rollout's canary strategy" },
  {
    kind: "Rollout",
    spec: { strategy: { blueGreen: {} } },
    want: "pods are replaced by the Rollout's blue-green strategy",
  },
  { kind: "DeploymentConfig", spec: { replicas: 1 }, want: "pods are replaced by a rolling update" },
  {
    kind: "DeploymentConfig",
    spec: {
      replicas: 1,
      triggers: [{ type: "ImageChange" }, { type: "ConfigChange" }],
      strategy: { type: "Recreate" },
    },
    want: "all pods are replaced at once: Recreate",
  },
  {
    kind: "DeploymentConfig",
    spec: { strategy: { type: "Custom" } },
    want: "pods are replaced by the DeploymentConfig's custom strategy",
  },
  {
    kind: "DeploymentConfig",
    spec: { replicas: 1, triggers: [] },
    want: "recorded; pods are replaced by the next rollout: no ConfigChange trigger",
  },
  {
    kind: "DeploymentConfig",
    spec: { replicas: 0, triggers: [{ type: "ImageChange" }, 7] },
    want: "recorded; pods are replaced by the next rollout: no ConfigChange trigger",
  },
  {
    kind: "DeploymentConfig",
    spec: { paused: true, triggers: [{ type: "ConfigChange" }] },
    want: "recorded; pods are replaced when the rollout is resumed: paused",
  },
];
for (const { kind: name, spec, want } of cases) {
  const kind = workloadKinds.find((row) => row.kind === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  t.equal(rolloutEffect(kind, { spec }), want, `rolloutEffect() ${name} ${JSON.stringify(spec)}`);
}

t.test("rolloutEffect() promises nothing for a kind that an operator has configured", async (t) => {
  const kind = parseCustomWorkload("serving.knative.dev/v1/services/Service");
  if ("problem" in kind) throw new Error(kind.problem);
  t.equal(
    rolloutEffect(kind, { spec: { paused: true, replicas: 0 } }),
    "the pod template is changed; what follows is up to the controller of services.serving.knative.dev",
  );
});

t.test("rolloutEffect() never throws", async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...workloadKinds),
      fc.jsonValue(),
      (kind, object) => rolloutEffect(kind, object) !== "",
    ),
  );
  t.pass();
});
