import type { Resource } from "./object-ref.ts";

/** One kind of workload: where it is served, where its pod template lies, and what a changed template means for it. */
export interface WorkloadKind extends Resource {
  /** Path of the pod template inside the object. */
  readonly templatePath: readonly string[];
  /**
   * Whether a stamp may be written to its template: `false` where the template is immutable, so that a later PUT
   * without the stamp would be rejected (https://kubernetes.io/docs/concepts/workloads/controllers/job/). Such a
   * workload's digests are kept in the ledger only.
   */
  readonly stampable: boolean;
  /** Part of every cluster, or an API that may be missing and may appear later. */
  readonly builtIn: boolean;
}

/** The kinds of workload that restamp knows. A new kind is a new row. */
export const workloadKinds: readonly WorkloadKind[] = [
  row("apps", "v1", "deployments", "Deployment"),
  row("apps", "v1", "statefulsets", "StatefulSet"),
  row("apps", "v1", "daemonsets", "DaemonSet"),
  row("batch", "v1", "cronjobs", "CronJob", { templatePath: ["spec", "jobTemplate", "spec", "template"] }),
  row("batch", "v1", "jobs", "Job", { stampable: false }),
  row("argoproj.io", "v1alpha1", "rollouts", "Rollout", { builtIn: false }),
];

/** The row of a kind, by API group and kind or plural name. */
export function findWorkloadKind(group: string, kindOrResource: string): WorkloadKind | undefined {
  return workloadKinds.find(
    (row) => row.group === group && (row.kind === kindOrResource || row.resource === kindOrResource),
  );
}

function row(
  group: string,
  version: string,
  resource: string,
  kind: string,
  more: Partial<Pick<WorkloadKind, "templatePath" | "stampable" | "builtIn">> = {},
): WorkloadKind {
  return {
    group,
    version,
    resource,
    kind,
    templatePath: ["spec", "template"],
    stampable: true,
    builtIn: true,
    ...more,
  };
}
