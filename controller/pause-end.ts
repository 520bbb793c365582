import type { Notice } from "./notices.ts";
import { type OwnPause, ownPause, resume } from "./pausing.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerDeps, ReconcilerOptions } from "./reconciler-deps.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What became of a workload's pause, and when to look again at the latest, in milliseconds since the epoch. */
export type PauseState =
  | { readonly is: "none" }
  /** Its end has not come, or is refused. */
  | { readonly is: "lasting" | "rejected"; readonly until: number };

const reason = "PauseNotEnded";
/** An end that is refused is not tried again sooner, whatever leads to another look. */
const leastMs = 1_000;
/** Nor later: where something else holds the workload, no back-off brings it back. */
const mostMs = 5 * 60_000;

/**
 * Ends pauses of restamp's that are over, whether the workload is still within reach or not. A refusal is told to its owners,
 * and keeps nothing else from being decided. Throws `ClusterError` for what is not refused.
 */
export function createPauseEnd(deps: ReconcilerDeps, { rules, restart }: ReconcilerOptions) {
  const { scopes, notices, now } = deps;
  /** When ends were last refused. */
  const refusals = new WeakMap<TrackedWorkload, number>();

  async function end(tracked: TrackedWorkload, pause: OwnPause, signal: AbortSignal): Promise<PauseState> {
    const { workload } = tracked;
    const passed = now() - (refusals.get(tracked) ?? Number.NEGATIVE_INFINITY);
    if (passed >= 0 && passed < leastMs) return { is: "rejected", until: now() + leastMs - passed };
    const ended = await resume(deps.api, workload, { pause, signal });
    if (ended.is === "rejected") {
      refusals.set(tracked, now());
      notices.warn(workload, notEnded(tracked, pause, ended.message));
      return { is: "rejected", until: now() + mostMs };
    }
    if (ended.object !== undefined) deps.store.written(deps.readWorkload(workload.kind, ended.object));
    if (ended.is === "resumed") {
      const note = "The pause is over: what was gathered is rolled out";
      notices.tell(workload, { reason: "RolloutResumed", note });
    }
    return over(tracked);
  }

  function over(tracked: TrackedWorkload): PauseState {
    refusals.delete(tracked);
    notices.clear(tracked.workload, reason);
    return { is: "none" };
  }

  return async function endPause(tracked: TrackedWorkload, signal: AbortSignal): Promise<PauseState> {
    const { workload } = tracked;
    const pause = ownPause(workload, { policy: scopes.policy(workload), rules, now: now() });
    if (pause === undefined || restart.mode === "observe") return over(tracked);
    if (workload.paused && now() < pause.until) return { is: "lasting", until: pause.until };
    return await end(tracked, pause, signal);
  };
}

/** An outcome that looks again in time for the pause; where its end is refused, what was gathered is held by that. */
export function withPause(outcome: Outcome, pause: PauseState): Outcome {
  if (pause.is === "none") return outcome;
  const until = Math.min(outcome.until ?? pause.until, pause.until);
  switch (outcome.is) {
    // Tried again with back-off anyway.
    case "rejected":
    case "error":
      return outcome;
    case "waiting":
    case "blocked":
    case "suspended":
      return { ...outcome, until };
    case "unchanged":
    case "recorded":
    case "advanced":
      return pause.is === "rejected" ? { is: "rejected" } : { ...outcome, until };
    default:
      return outcome satisfies never;
  }
}

function notEnded({ workload }: TrackedWorkload, { key }: OwnPause, message: string): Notice {
  const what = workload.paused
    ? "Cannot end the pause, so what was gathered is not rolled out"
    : "Cannot remove what is left of a pause";
  const remedy = workload.paused
    ? `remove the annotation ${key} and set spec.paused to false`
    : `remove the annotation ${key}`;
  return { reason, note: `${what}: ${message}: let restamp ${remedy}, or do it yourself` };
}
