import t from "tap";
import { readPolicy } from "../../../src/core/policy.ts";
import { type ActionOptions, type RestartAction, restartAction } from "../../../src/core/restart-action.ts";
import { readWorkload } from "../../../src/core/workload.ts";
import { createWorkloadKinds, type WorkloadKind } from "../../../src/core/workload-kinds.ts";

const kinds = createWorkloadKinds();
const mild: ActionOptions = { cronJobs: "stamp", jobs: "record" };
const likeReloader: ActionOptions = { cronJobs: "run", jobs: "recreate" };
const restart = { "restamp.dev/rollout-strategy": "restart" };
const rollout = { "restamp.dev/rollout-strategy": "rollout" };

const cases: readonly {
  readonly of: readonly [group: string, kind: string];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly options?: ActionOptions;
  readonly want: RestartAction;
}[] = [
  ...["Deployment", "StatefulSet", "DaemonSet"].flatMap((kind) => [
    { of: ["apps", kind] as const, options: likeReloader, want: "stamp" as const },
    { of: ["apps", kind] as const, annotations: restart, want: "stamp" as const },
  ]),
  { of: ["apps.openshift.io", "DeploymentConfig"], want: "stamp" },
  { of: ["batch", "CronJob"], want: "stamp" },
  { of: ["batch", "CronJob"], options: likeReloader, want: "run" },
  { of: ["batch", "Job"], want: "record" },
  { of: ["batch", "Job"], options: likeReloader, want: "recreate" },
  { of: ["argoproj.io", "Rollout"], want: "stamp" },
  { of: ["argoproj.io", "Rollout"], annotations: rollout, options: likeReloader, want: "stamp" },
  { of: ["argoproj.io", "Rollout"], annotations: restart, want: "restart-at" },
];
for (const { of, annotations = {}, options = mild, want } of cases) {
  const kind = kinds.find(...of);
  if (kind === undefined) throw new Error(`There is no kind ${of}`);
  t.equal(
    actionOf(kind, { annotations, options }),
    want,
    `restartAction() of ${of[1]}, ${JSON.stringify(annotations)}`,
  );
}

t.test("restartAction() of a kind of somebody else's is told by its row, not by its name", async (t) => {
  const [deployments, jobs] = [kinds.find("apps", "Deployment"), kinds.find("batch", "Job")];
  if (deployments === undefined || jobs === undefined) throw new Error("There are no such kinds");
  const how = { annotations: restart, options: likeReloader };
  for (const kind of ["CronJob", "Job", "Rollout"]) {
    t.equal(actionOf({ ...deployments, group: "example.com", kind }, how), "stamp", kind);
  }
  t.equal(actionOf({ ...jobs, group: "example.com" }, how), "record", "what cannot be stamped");
});

function actionOf(
  kind: WorkloadKind,
  how: { readonly annotations: Readonly<Record<string, string>>; readonly options: ActionOptions },
): RestartAction {
  const workload = readWorkload(kind, { metadata: { annotations: how.annotations } });
  const policy = readPolicy(workload.marks, { labels: {}, annotations: {} }, { settleMs: 0, minIntervalMs: 0 });
  return restartAction(workload, policy, how.options);
}
