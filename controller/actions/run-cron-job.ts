import { asString, at, type JsonObject } from "../../src/core/json.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { type Annotations, withAnnotations } from "../../src/core/reloader/annotation-patch.ts";
import { isControlledBy, isFinished, isSameRun, jobOfCronJob } from "../../src/core/reloader/jobs.ts";
import { withStrategy } from "../../src/core/reloader/strategy-patch.ts";
import type { StrategyWrite } from "../../src/core/reloader/strategy-plan.ts";
import { listPages } from "../../src/kube/list-pages.ts";
import { createJob, deleteJob, jobPath, jobs, trialRefusal } from "./create-job.ts";
import { type ActedOn, type Refusal, readLive } from "./refusal.ts";

/** What to run. */
export interface CronJobChange {
  /**
   * Names the change: the same for every try of one change, another one for each later change, also for one back to former
   * content.
   */
  readonly change: string;
  /** What is written to the Job's pod template. */
  readonly strategy?: StrategyWrite;
  readonly annotations?: Annotations;
  readonly signal: AbortSignal;
}

/** What came of running a CronJob now. */
export type CronJobRun =
  /** The Job is there: made now, or by an earlier try. */
  | { readonly is: "run"; readonly job: string; readonly replaced: number }
  /** `spec.suspend`: nothing is to run. Its next run will have the new content. */
  | { readonly is: "suspended" }
  /** `concurrencyPolicy: Forbid`, and a Job of it has not ended. */
  | { readonly is: "waiting"; readonly active: readonly string[] }
  | Refusal;

/**
 * Runs a CronJob now, once for each change, as its schedule would: with respect for `suspend` and `concurrencyPolicy`. The
 * CronJob itself is not changed. Throws `ClusterError` for what is to be tried again.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy
 */
export async function runCronJob(api: ApiClient, workload: ActedOn, change: CronJobChange): Promise<CronJobRun> {
  const live = await readLive(api, workload, change.signal);
  if (live.is !== "found") return live;
  const cronJob = live.object;
  // Its Jobs are deleted with it.
  if (at(cronJob, ["metadata", "deletionTimestamp"]) !== undefined) return { is: "gone" };
  if (at(cronJob, ["spec", "suspend"]) === true) return { is: "suspended" };
  const job = jobOfCronJob(cronJob, { change: change.change, template: templateOf(cronJob, change) });
  const policy = at(cronJob, ["spec", "concurrencyPolicy"]);
  if (policy !== "Forbid" && policy !== "Replace") return await create(api, job, { replaced: 0, ...change });
  const children = await childrenOf(api, workload, change.signal);
  const done = children.find((child) => isSameRun(child.object, job));
  if (done !== undefined) return { is: "run", job: done.name, replaced: 0 };
  const active = children.filter(({ object }) => !isFinished(object));
  if (policy === "Replace") return await replace(api, job, { active, signal: change.signal });
  if (active.length > 0) return { is: "waiting", active: active.map(({ name }) => name) };
  return await create(api, job, { replaced: 0, ...change });
}

interface Child {
  readonly name: string;
  readonly uid: string;
  /** What is looked at of it: a Job may be large. */
  readonly object: unknown;
}

function templateOf(cronJob: unknown, { strategy, annotations }: CronJobChange): unknown {
  const stored = at(cronJob, ["spec", "jobTemplate", "spec", "template"]);
  return withAnnotations(strategy === undefined ? stored : withStrategy(stored, strategy), annotations ?? {});
}

/** The Jobs that the CronJob controls; `status.active` does not name those that others have made of it. */
async function childrenOf(api: ApiClient, workload: ActedOn, signal: AbortSignal): Promise<readonly Child[]> {
  const children: Child[] = [];
  const ignore = (): void => undefined;
  await listPages(
    {
      api,
      watched: { resource: jobs, namespace: workload.namespace },
      handler: {
        item({ metadata, ["status"]: status }) {
          if (!isControlledBy({ metadata }, workload.uid)) return;
          const { name = "", uid = "" } = metadata ?? {};
          children.push({ name, uid, object: { metadata, status } });
        },
        listing: ignore,
        listed: ignore,
        event: ignore,
      },
    },
    { limit: 500, timeoutMs: 30_000, signal },
  );
  return children;
}

/** Nothing is killed for a Job that is refused afterwards. */
async function replace(
  api: ApiClient,
  job: JsonObject,
  { active, signal }: { readonly active: readonly Child[]; readonly signal: AbortSignal },
): Promise<CronJobRun> {
  const refused = active.length === 0 ? undefined : await trialRefusal(api, job, { signal });
  if (refused !== undefined) return { is: "rejected", message: refused };
  let replaced = 0;
  for (const { name, uid } of active) {
    const deleted = await deleteJob(api, { path: jobPath(job, name), uid }, { signal });
    if (typeof deleted === "object") return { is: "rejected", message: deleted.rejected };
    if (deleted === "deleted") replaced += 1;
  }
  return await create(api, job, { replaced, signal });
}

async function create(
  api: ApiClient,
  job: JsonObject,
  { replaced, signal }: { readonly replaced: number; readonly signal: AbortSignal },
): Promise<CronJobRun> {
  const name = asString(at(job, ["metadata", "name"])) ?? "";
  const created = await createJob(api, job, { signal });
  switch (created.is) {
    case "created":
      return { is: "run", job: name, replaced };
    case "exists":
      if (isSameRun(created.job, job)) return { is: "run", job: name, replaced };
      return { is: "rejected", message: `Cannot create Job "${name}": another one of that name exists: delete it` };
    case "no-namespace":
      return { is: "gone" };
    case "rejected":
      return created;
    default:
      return created satisfies never;
  }
}
