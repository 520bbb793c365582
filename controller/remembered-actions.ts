import type { RestartAction } from "../src/core/restart-action.ts";
import { recreateJob } from "./actions/recreate-job.ts";
import type { Refusal } from "./actions/refusal.ts";
import { restartRollout } from "./actions/restart-rollout.ts";
import { runCronJob } from "./actions/run-cron-job.ts";
import { type DueRestart, secondsSince } from "./due-restart.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerDeps, RestartOptions } from "./reconciler-deps.ts";
import { strategyWrite } from "./stamp-action.ts";

/** What came of an action that leaves the workload's own template as it is. */
type Done =
  /** `effect`: what becomes of the pods, in words. */
  | { readonly is: "restarted"; readonly effect: string }
  /** Nothing runs with it yet; the next pods will. */
  | { readonly is: "recorded"; readonly effect: string }
  | { readonly is: "waiting"; readonly reason: string }
  | Refusal;

type RememberedAction = Exclude<RestartAction, "stamp">;

/** How long until an action that has to wait is tried again. */
const againMs = 5_000;

/** Actions that no stamp can remember: the ledger does. */
export function createRememberedActions(deps: ReconcilerDeps, options: RestartOptions) {
  const { api, ledger, reports, now } = deps;
  const tried = new Map<string, { readonly stamp: string; readonly at: number }>();

  async function carryOut(action: RememberedAction, due: DueRestart): Promise<Done> {
    switch (action) {
      case "record":
        return { is: "recorded", effect: due.workload.effect };
      case "run":
        return await run(due);
      case "recreate":
        return await recreate(due);
      case "restart-at": {
        const { decision, content } = due.look;
        const contentAt = Math.max(0, ...decision.changes.map(({ entry }) => content.writtenAt(entry)));
        const times = { at: firstTriedAt(due), contentAt };
        const answer = await restartRollout(api, due.workload, { ...times, signal: due.signal });
        const effect = "pods are replaced by the Rollout, by the age of each: restartAt";
        return answer.is === "restarted" ? { is: "restarted", effect } : answer;
      }
      default:
        return action satisfies never;
    }
  }

  /** A second try after an answer that was lost must not restart what the first one has. */
  function firstTriedAt({ workload: { uid }, stamp }: DueRestart): number {
    const former = tried.get(uid);
    const at = former?.stamp === stamp ? former.at : now();
    tried.set(uid, { stamp, at });
    return at;
  }

  async function run(due: DueRestart): Promise<Done> {
    const { workload, signal } = due;
    const strategy = strategyWrite(deps, due, options);
    const answer = await runCronJob(api, workload, { change: nameOfChange(due), strategy, signal });
    switch (answer.is) {
      case "run":
        return { is: "restarted", effect: `Job ${answer.job} runs with it now` };
      case "suspended":
        return { is: "recorded", effect: "used by the next run: suspended" };
      case "waiting":
        return { is: "waiting", reason: "concurrencyPolicy is Forbid, and a Job of it has not ended" };
      default:
        return answer;
    }
  }

  async function recreate(due: DueRestart): Promise<Done> {
    const { namespace, rerunFinishedJobs: rerunFinished } = options;
    const strategy = strategyWrite(deps, due, options);
    const answer = await recreateJob(api, due.workload, { namespace, rerunFinished, strategy, signal: due.signal });
    switch (answer.is) {
      case "recreated":
        return { is: "restarted", effect: "the Job is deleted and created again" };
      case "finished":
        return { is: "recorded", effect: "the Job is over" };
      case "unfinished":
        return { is: "restarted", effect: "the Job is deleted, and created again as soon as the old one is gone" };
      case "lost":
        return { is: "rejected", message: answer.message };
      default:
        return answer;
    }
  }

  return async function act(action: RememberedAction, due: DueRestart): Promise<Outcome> {
    const done = await carryOut(action, due);
    switch (done.is) {
      case "gone":
        tried.delete(due.workload.uid);
        return { is: "unchanged" };
      case "outdated":
        return { is: "waiting", until: now() + againMs };
      case "waiting":
        reports.held(due, done.reason);
        return { is: "waiting", until: now() + againMs };
      case "rejected":
        reports.rejected(due, done.message);
        return { is: "rejected" };
      case "recorded":
      case "restarted": {
        const { tracked } = due.look;
        const restart = { ...due, action, effect: done.effect, seconds: secondsSince(due.look, now()) };
        tried.delete(due.workload.uid);
        // Of the template that was decided about: it may have another one by now.
        ledger.record({ key: tracked.key, workload: due.workload }, due.stamp);
        tracked.conclusion = undefined;
        if (done.is === "recorded") reports.recorded(restart);
        else reports.restarted(restart);
        return { is: "recorded" };
      }
      default:
        return done satisfies never;
    }
  };
}

/** The same for every try of one change, and another one for each later change, also for one back to former content. */
function nameOfChange({ stamp, look }: DueRestart): string {
  const versions = look.decision.changes.map(({ entry }) => {
    const current = look.content.entries.get(entry);
    return current?.is === "present" ? current.since : 0;
  });
  return [stamp, ...versions].join(" ");
}
