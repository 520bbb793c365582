import { entryValue } from "../src/core/current-entry.ts";
import { disturbed, type Pace, type PaceLimits, restarted, type Unrest } from "../src/core/pacing.ts";
import { restartAction } from "../src/core/restart-action.ts";
import { formatStamp, parseStamp, type Stamp, unknown } from "../src/core/stamp.ts";
import { changedSources } from "./changed-sources.ts";
import { changedKeyNames, describeChanges } from "./describe-change.ts";
import { type DueRestart, secondsSince } from "./due-restart.ts";
import { currentContent } from "./evidence.ts";
import type { Case } from "./examination.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerDeps, RestartOptions } from "./reconciler-deps.ts";
import { createRememberedActions } from "./remembered-actions.ts";
import type { RestartCase } from "./reports.ts";
import { createStampAction } from "./stamp-action.ts";

/** How fast a workload may be restarted, and how long the restart may take. */
export interface RollLimits {
  readonly pace: Pace | undefined;
  readonly limits: PaceLimits;
  readonly signal: AbortSignal;
}

/** Carries out what a decision came to. */
export interface Rollout {
  /** Makes the pods run with what is there now, by the action that is right for the workload. */
  carryOut(look: Case, how: RollLimits): Promise<Outcome>;
  /** What a decision is about, for reports. */
  describe(look: Case): RestartCase;
}

/** @see createReconciler */
export function createRollout(deps: ReconcilerDeps, options: RestartOptions): Rollout {
  const { reports, now } = deps;
  const stampAction = createStampAction(deps, options);
  const remembered = createRememberedActions(deps, options);

  /** The stamp of what is there now; `undefined` where something has to be read first. */
  function freshStamp(look: Case): string | undefined {
    const { namespace, template } = look.tracked.workload;
    const signing = deps.keyRing.signing() ?? look.key;
    // What cannot be read keeps its recorded value, and all values of a stamp are made with one key.
    const key = [...look.content.entries.values()].some((entry) => entry.is === "unknown") ? look.key : signing;
    const { references } = look.scope;
    const { record } = look;
    const content =
      key.id === look.key.id ? look.content : currentContent(deps.content, { namespace, references, record }, key);
    if (content === undefined) return undefined;
    const entries = new Map<string, string>();
    for (const [entry, current] of content.entries) {
      const kept = record?.entries.get(entry) ?? unknown;
      entries.set(entry, current.is === "unknown" ? kept : entryValue(current));
    }
    return unlike(template?.stamp, { keyId: key.id, entries });
  }

  function describe(look: Case): RestartCase {
    const { tracked, decision, scope } = look;
    const { namespace } = tracked.workload;
    const sources = changedSources(look).map((source) => {
      const state = deps.content.state({ kind: source.kind, namespace, name: source.name });
      const keys = changedKeyNames(source, scope.references, tracked.changedKeys);
      return { ...source, writtenBy: state?.is === "present" ? state.writtenBy : undefined, keys };
    });
    const what = describeChanges(decision.changes, scope.references, tracked.changedKeys);
    return { workload: tracked.workload, borrower: scope.borrower, what, sources };
  }

  /** What was decided is remembered as if it had been done, and told: nobody is touched. */
  function observe(due: DueRestart): Outcome {
    const { tracked } = due.look;
    // The record of exactly this template is what the next look compares with.
    deps.ledger.record(tracked, due.stamp);
    tracked.conclusion = undefined;
    reports.observed({ ...due, action: actionOf(due.look), seconds: secondsSince(due.look, now()) });
    return { is: "recorded" };
  }

  function actionOf({ tracked: { workload }, scope }: Case) {
    return restartAction(workload, scope.policy, options);
  }

  async function perform(due: DueRestart): Promise<Outcome> {
    if (options.mode === "observe") return observe(due);
    const action = actionOf(due.look);
    return action === "stamp" ? stampAction(due) : remembered(action, due);
  }

  async function attempt(due: DueRestart): Promise<Outcome> {
    try {
      return await perform(due);
    } catch (error) {
      reports.failed(due.workload);
      throw error;
    }
  }

  return {
    describe,
    async carryOut(look, { pace, limits, signal }) {
      const stamp = freshStamp(look);
      if (stamp === undefined) return { is: "waiting", until: undefined };
      const { tracked } = look;
      const { unrest } = tracked;
      const outcome = await attempt({ ...describe(look), look, stamp, signal });
      if (outcome.is !== "advanced" && outcome.is !== "recorded") return outcome;
      tracked.pace = restarted(pace, limits, now());
      tracked.unrest = unrestSince(unrest, tracked.unrest);
      tracked.changedKeys.clear();
      return outcome;
    },
  };
}

/** What has changed while a restart was under way begins a window of its own. */
function unrestSince(before: Unrest | undefined, now: Unrest | undefined): Unrest | undefined {
  if (before === undefined || now === undefined) return now;
  return now === before ? undefined : disturbed(undefined, now.last);
}

/** The stamp's text, in a later round if the template has just these entries: the same text would change nothing. */
function unlike(before: string | undefined, stamp: Stamp): string {
  const parsed = parseStamp(before ?? "");
  const isEqual = parsed.is === "stamp" && formatStamp({ ...parsed.stamp, round: 0 }) === formatStamp(stamp);
  return isEqual ? formatStamp({ ...stamp, round: (parsed.stamp.round ?? 0) + 1 }) : formatStamp(stamp);
}
