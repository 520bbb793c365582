import { asArray, at } from "./json.ts";
import { resourceName } from "./object-ref.ts";
import type { WorkloadKind } from "./workload-kinds.ts";

/**
 * What a changed pod template means for the pods of a workload, in words that are true: a stamp is not a rollout.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/
 */
export function rolloutEffect(kind: WorkloadKind, object: unknown): string {
  if (kind.custom) return `the pod template is changed; what follows is up to the controller of ${resourceName(kind)}`;
  const spec = at(object, ["spec"]);
  return recordedOnly(kind, spec) ?? replaced(kind, spec);
}

/** The cases in which no pod is replaced now. */
function recordedOnly(kind: WorkloadKind, spec: unknown): string | undefined {
  if (kind.kind === "Job") return "recorded; pods of a Job are not replaced: its template is immutable";
  if (kind.kind === "CronJob") {
    return at(spec, ["suspend"]) === true
      ? "recorded; used by the next run: suspended"
      : "recorded; used by the next run";
  }
  if (at(spec, ["updateStrategy", "type"]) === "OnDelete") return "recorded; pods are replaced when deleted: OnDelete";
  if (at(spec, ["paused"]) === true) return "recorded; pods are replaced when the rollout is resumed: paused";
  if (kind.kind === "DeploymentConfig" && !rollsByItself(spec)) {
    return "recorded; pods are replaced by the next rollout: no ConfigChange trigger";
  }
  if (at(spec, ["replicas"]) === 0) return "recorded; there are no pods to replace: 0 replicas";
  const partition = partitionOf(spec);
  if (partition > 0 && partition >= replicasOf(spec)) {
    return `recorded; pods are replaced when the partition is lowered: partition ${partition}`;
  }
  return undefined;
}

function replaced(kind: WorkloadKind, spec: unknown): string {
  if (partitionOf(spec) > 0) return `pods from ordinal ${startOf(spec) + partitionOf(spec)} are replaced: partition`;
  if (at(spec, ["strategy", "type"]) === "Recreate") return "all pods are replaced at once: Recreate";
  if (kind.kind === "DeploymentConfig" && at(spec, ["strategy", "type"]) === "Custom") {
    return "pods are replaced by the DeploymentConfig's custom strategy";
  }
  if (kind.kind !== "Rollout") return "pods are replaced by a rolling update";
  return at(spec, ["strategy", "blueGreen"]) === undefined
    ? "pods are replaced by the Rollout's canary strategy"
    : "pods are replaced by the Rollout's blue-green strategy";
}

/**
 * A changed template starts a rollout only with the trigger for it, which OpenShift adds where `triggers` is left out: an
 * empty list means that each rollout is started by hand.
 *
 * @see https://docs.okd.io/latest/applications/deployments/managing-deployment-processes.html
 */
function rollsByItself(spec: unknown): boolean {
  const triggers = at(spec, ["triggers"]);
  if (triggers === undefined || triggers === null) return true;
  return asArray(triggers).some((trigger) => at(trigger, ["type"]) === "ConfigChange");
}

function partitionOf(spec: unknown): number {
  const partition = at(spec, ["updateStrategy", "rollingUpdate", "partition"]);
  return typeof partition === "number" ? partition : 0;
}

/**
 * The ordinal of the first pod: a partition counts from there.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#start-ordinal
 */
function startOf(spec: unknown): number {
  const start = at(spec, ["ordinals", "start"]);
  return typeof start === "number" ? start : 0;
}

function replicasOf(spec: unknown): number {
  const replicas = at(spec, ["replicas"]);
  return typeof replicas === "number" ? replicas : 1;
}
