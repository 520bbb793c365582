import { annotationsLimit } from "../src/core/pod-template.ts";
import { reloaderDeletedHash } from "../src/core/reloader/content-hash.ts";
import { strategyPatch } from "../src/core/reloader/strategy-patch.ts";
import type { ReloadedSource, StrategyWrite } from "../src/core/reloader/strategy-plan.ts";
import { stampFits } from "../src/core/stamp-patch.ts";
import type { Workload } from "../src/core/workload.ts";
import { type Advanced, type AdvanceWrite, type AlsoWritten, advance } from "./advance.ts";
import { arrived, sending } from "./advances.ts";
import { type DueRestart, secondsSince } from "./due-restart.ts";
import { pauseOperations } from "./pausing.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerDeps, RestartOptions } from "./reconciler-deps.ts";

/** How long to wait for the watch to report what a write has run into, before it is tried again. */
const outdatedMs = 1_000;

/** Writes the stamp of the current content to the pod template, and beside it what the reload strategy wants. */
export function createStampAction(deps: ReconcilerDeps, options: RestartOptions) {
  const { store, ledger, notices, reports, now } = deps;

  return async function stamp(due: DueRestart): Promise<Outcome> {
    const { workload } = due;
    if (!stampFits(workload.template?.annotationsSize ?? 0, workload.template?.stamp, due.stamp)) {
      const limit = `${annotationsLimit / 1024} KiB`;
      reports.rejected(due, `with the stamp the annotations of the pod template would exceed ${limit}`);
      return { is: "rejected" };
    }
    const also = needsMore(due) ? (live: unknown) => more(due, live) : undefined;
    const answer = await write(due, also);
    switch (answer.is) {
      case "gone":
        return { is: "unchanged" };
      case "outdated":
        // What was read does not tell when the template changed; the watch does, and wakes it.
        return { is: "waiting", until: now() + outdatedMs };
      case "rejected":
        reports.rejected(due, answer.message);
        return { is: "rejected" };
      case "reverted":
        return reverted(due);
      case "advanced":
        return advanced(due, answer.workload);
      default:
        return answer satisfies never;
    }
  };

  /** What is about to be written is known as restamp's own: the watch may report it before the answer, or without one. */
  async function write(due: DueRestart, also: AdvanceWrite["also"]): Promise<Advanced> {
    const { workload, stamp, signal } = due;
    const { advances } = due.look.tracked;
    sending(advances, stamp);
    const answer = await advance(deps, workload, { stamp, also, signal });
    if (answer.is === "advanced") arrived(advances, stamp);
    return answer;
  }

  function needsMore({ look, workload }: DueRestart): boolean {
    const { pause } = look.scope.policy;
    const pauses = pause !== undefined && workload.kind.pausable && !workload.paused;
    return options.reloadStrategy !== "stamp" || options.removeReloaderEnv || pauses;
  }

  /** What the strategy and a pause change beside the stamp, of the object as it is. */
  function more(due: DueRestart, live: unknown): AlsoWritten {
    const { workload, look } = due;
    const { annotations, operations } = strategyPatch(live, workload.kind.templatePath, strategyOf(due));
    const { pause } = look.scope.policy;
    const pauses = pause !== undefined && workload.kind.pausable && !workload.paused;
    const pausing = pauses ? pauseOperations(live, pause.pausedAt, now()) : [];
    return { annotations, operations: [...operations, ...pausing] };
  }

  function strategyOf(due: DueRestart): StrategyWrite {
    return strategyWrite(deps, due, options);
  }

  /** Admission does not recognize restamp's own write. It will not recognize the next one either. */
  function reverted({ look: { tracked } }: DueRestart): Outcome {
    deps.reverted.add(tracked.key);
    deps.metrics.reverted();
    reports.failed(tracked.workload);
    const note =
      "Cannot restart the pods: stamp advance reverted by admission; see --controller-service-account of the webhook";
    notices.warn(tracked.workload, { reason: "StampReverted", note });
    return { is: "rejected" };
  }

  function advanced(due: DueRestart, written: Workload): Outcome {
    const { look, workload } = due;
    const { tracked } = look;
    const seconds = secondsSince(look, now());
    store.written(written);
    const stamp = written.template?.stamp ?? "";
    tracked.conclusion = { hash: written.template?.hash ?? "", stamp, text: stamp };
    if (ledger.find(workload.uid) !== undefined) ledger.record({ key: tracked.key, workload: written }, "");
    deps.reverted.delete(tracked.key);
    notices.clear(workload, "StampReverted");
    // Whether it is paused is told by what was written.
    reports.restarted({ ...due, action: "stamp", effect: written.effect, seconds });
    return { is: "advanced" };
  }
}

/** What Reloader would write about a restart. */
export function strategyWrite(
  { content, now }: Pick<ReconcilerDeps, "content" | "now">,
  { workload, sources, look }: DueRestart,
  options: Pick<RestartOptions, "reloadStrategy" | "removeReloaderEnv">,
): StrategyWrite {
  const { namespace } = workload;
  const changes = sources.flatMap(({ kind, name, named }): ReloadedSource[] => {
    const state = content.state({ kind, namespace, name });
    const hash = state?.is === "present" ? state.reloaderHash : reloaderDeletedHash;
    return hash === undefined ? [] : [{ kind, namespace, name, hash, named }];
  });
  return {
    strategy: options.reloadStrategy,
    changes,
    observedAt: Math.floor(now() / 1_000),
    removeLeftovers: options.removeReloaderEnv,
    // Of a strategy that writes none, all are left over.
    keep: options.reloadStrategy === "env-vars" ? [...look.scope.references.sources.values()] : [],
  };
}
