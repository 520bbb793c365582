import { asObject, at, type Json } from "./json.ts";
import type { WorkloadKind } from "./workload-kinds.ts";

/**
 * Whether a workload has no pods but those of its current template, by its status: pods of any other template would then be
 * new ones. `false` in doubt, as while its controller has yet to look at what is asked for.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentStatus
 */
export function hasOnlyCurrentPods(kind: WorkloadKind, object: unknown): boolean {
  // A run that has begun ends with the template that it began with, whatever becomes of the CronJob's.
  if (kind.kind === "CronJob") return true;
  if (kind.podCounts === undefined) return false;
  const status = asObject(at(object, ["status"]));
  const generation = at(object, ["metadata", "generation"]);
  // Argo Rollouts writes it as a text.
  const isObserved = generation !== undefined && String(status["observedGeneration"]) === String(generation);
  return isObserved && count(status[kind.podCounts.all]) === count(status[kind.podCounts.current]);
}

/** Kubernetes leaves out what is 0. */
function count(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}
