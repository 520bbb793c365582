import type { Policy } from "./policy.ts";
import type { Workload } from "./workload.ts";

/**
 * How a workload comes to run with new content.
 *
 * - `stamp`: its pod template gets the new stamp, and Kubernetes replaces the pods.
 * - `record`: nothing can be replaced; the next pods have it.
 * - `run`: a CronJob runs a Job now, from its unchanged template.
 * - `recreate`: a Job is deleted and created again.
 * - `restart-at`: Argo Rollouts replaces the pods of an unchanged template.
 */
export type RestartAction = "stamp" | "record" | "run" | "recreate" | "restart-at";

/** See the options of the same names. */
export interface ActionOptions {
  readonly cronJobs: "stamp" | "run";
  readonly jobs: "record" | "recreate";
}

/** Which action is right for a workload. The one place where kinds differ in it. */
export function restartAction({ kind }: Workload, policy: Policy, options: ActionOptions): RestartAction {
  if (kind.kind === "CronJob" && kind.group === "batch") return options.cronJobs;
  if (kind.kind === "Job" && kind.group === "batch") return options.jobs;
  if (kind.kind === "Rollout" && kind.group === "argoproj.io" && policy.restartAt) return "restart-at";
  return kind.stampable ? "stamp" : "record";
}
