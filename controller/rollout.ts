import { entryValue } from "../src/core/current-entry.ts";
import { describeObject } from "../src/core/object-ref.ts";
import { type Pace, type PaceLimits, restarted } from "../src/core/pacing.ts";
import { formatStamp, parseStamp, type Stamp, unknown } from "../src/core/stamp.ts";
import { stampFits } from "../src/core/stamp-patch.ts";
import type { Workload } from "../src/core/workload.ts";
import { type Advanced, advance } from "./advance.ts";
import { describeChanges } from "./describe-change.ts";
import { currentContent } from "./evidence.ts";
import type { Case, Outcome } from "./reconciler.ts";
import type { ReconcilerDeps } from "./reconciler-deps.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** How fast a workload may be restarted, and how long the restart may take. */
export interface RollLimits {
  readonly pace: Pace | undefined;
  readonly limits: PaceLimits;
  readonly signal: AbortSignal;
}

/** Carries out what a decision came to. */
export interface Rollout {
  /** Writes the stamp of the current content: the pods are replaced. */
  advance(look: Case, how: RollLimits): Promise<Outcome>;
  /** For workloads whose template cannot be changed. */
  recordOnly(look: Case): Outcome;
}

/** How long to wait for the watch to report what a write has run into, before it is tried again. */
const outdatedMs = 1_000;

/** @see createReconciler */
export function createRollout(deps: ReconcilerDeps): Rollout {
  const { store, ledger, notices, now } = deps;

  /** The stamp of what is there now; `undefined` where something has to be read first. */
  function freshStamp(look: Case): string | undefined {
    const { namespace, template } = look.tracked.workload;
    const signing = deps.keyRing.signing() ?? look.key;
    // What cannot be read keeps its recorded value, and all values of a stamp are made with one key.
    const key = [...look.content.entries.values()].some((entry) => entry.is === "unknown") ? look.key : signing;
    const { references } = look.scope;
    const content =
      key.id === look.key.id ? look.content : currentContent(deps.content, { namespace, references }, key);
    if (content === undefined) return undefined;
    const entries = new Map<string, string>();
    for (const [entry, current] of content.entries) {
      const kept = look.record?.entries.get(entry) ?? unknown;
      entries.set(entry, current.is === "unknown" ? kept : entryValue(current));
    }
    return unlike(template?.stamp, { keyId: key.id, entries });
  }

  function finish(look: Case, answer: Advanced, how: RollLimits): Outcome {
    const { tracked } = look;
    const { workload } = tracked;
    if (answer.is !== "rejected") notices.clear(workload, "RestartRejected");
    switch (answer.is) {
      case "gone":
        return { is: "unchanged" };
      case "outdated":
        // What was read does not tell when the template changed; the watch does, and wakes it.
        return { is: "waiting", until: now() + outdatedMs };
      case "rejected":
        notices.warn(workload, { reason: "RestartRejected", note: `Cannot restart the pods: ${answer.message}` });
        return { is: "rejected" };
      case "reverted":
        return reverted(tracked);
      case "advanced":
        return advanced(look, answer.workload, how);
      default:
        return answer satisfies never;
    }
  }

  /** Admission does not recognize restamp's own write. It will not recognize the next one either. */
  function reverted({ key, workload }: TrackedWorkload): Outcome {
    deps.reverted.add(key);
    deps.metrics.reverted();
    const note =
      "Cannot restart the pods: stamp advance reverted by admission; see --controller-service-account of the webhook";
    notices.warn(workload, { reason: "StampReverted", note });
    return { is: "rejected" };
  }

  function advanced(look: Case, written: Workload, { pace, limits }: RollLimits): Outcome {
    const { tracked, decision, scope } = look;
    const { workload, unrest } = tracked;
    const what = describeChanges(decision.changes, scope.references, tracked.changedKeys);
    store.written(written);
    const stamp = written.template?.stamp ?? "";
    tracked.advances.stamp = stamp;
    tracked.pace = restarted(pace, limits, now());
    tracked.unrest = undefined;
    tracked.changedKeys.clear();
    tracked.conclusion = { hash: written.template?.hash ?? "", stamp, text: stamp };
    if (ledger.find(workload.uid) !== undefined) ledger.record(tracked, "");
    deps.reverted.delete(tracked.key);
    notices.clear(workload, "StampReverted");
    tellEffect(look, what);
    deps.metrics.rolled(workload.kind.kind, unrest === undefined ? undefined : (now() - unrest.first) / 1000);
    const object = describeObject({ ...workload, kind: workload.kind.kind });
    deps.log.info({ workload: object, changes: decision.changes, effect: workload.effect }, "Restamped");
    return { is: "advanced" };
  }

  /** Where another workload runs the template, that one's pods are replaced, and both have a story to tell. */
  function tellEffect({ tracked: { workload }, scope: { borrower } }: Case, what: string): void {
    const reason = "Restamped";
    const also = borrower === undefined ? "" : `; ${borrower.kind.kind} ${borrower.name}: ${borrower.effect}`;
    notices.tell(workload, { reason, note: `${what}: ${workload.effect}${also}` });
    if (borrower === undefined) return;
    const where = `in the template of ${workload.kind.kind} ${workload.name}`;
    notices.tell(borrower, { reason, note: `${what} ${where}: ${borrower.effect}` });
  }

  return {
    async advance(look, how) {
      const { workload } = look.tracked;
      const stamp = freshStamp(look);
      if (stamp === undefined) return { is: "waiting", until: undefined };
      if (!stampFits(workload.template?.annotationsSize ?? 0, workload.template?.stamp, stamp)) {
        const note = "Cannot restart the pods: with the stamp the annotations of the pod template would exceed 256 KiB";
        notices.warn(workload, { reason: "RestartRejected", note });
        return { is: "rejected" };
      }
      return finish(look, await advance(deps.api, workload, { stamp, signal: how.signal }), how);
    },
    recordOnly({ tracked, decision, scope, content, key }) {
      const entries = new Map([...content.entries].map(([entry, current]) => [entry, entryValue(current)]));
      const what = describeChanges(decision.changes, scope.references, tracked.changedKeys);
      ledger.record(tracked, formatStamp({ keyId: key.id, entries }));
      tracked.conclusion = undefined;
      tracked.unrest = undefined;
      tracked.changedKeys.clear();
      notices.tell(tracked.workload, { reason: "ConfigurationChanged", note: `${what}: ${tracked.workload.effect}` });
      return { is: "recorded" };
    },
  };
}

/** The stamp's text, in a later round if the template has just these entries: the same text would change nothing. */
function unlike(before: string | undefined, stamp: Stamp): string {
  const parsed = parseStamp(before ?? "");
  const isEqual = parsed.is === "stamp" && formatStamp({ ...parsed.stamp, round: 0 }) === formatStamp(stamp);
  return isEqual ? formatStamp({ ...stamp, round: (parsed.stamp.round ?? 0) + 1 }) : formatStamp(stamp);
}
