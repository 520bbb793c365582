import { allowedAt, type PaceLimits, settledAt } from "../src/core/pacing.ts";
import { namedSource } from "../src/core/source.ts";
import { formatStamp } from "../src/core/stamp.ts";
import { createConcerns } from "./concerns.ts";
import { type Case, createExamination } from "./examination.ts";
import { createPauseEnd, withPause } from "./pause-end.ts";
import type { ReconcilerDeps, ReconcilerOptions } from "./reconciler-deps.ts";
import { createRollout } from "./rollout.ts";
import { suspendedUntil } from "./suspension.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What a reconciliation came to, and when the workload has to be looked at again without being told. */
export type Outcome =
  | { readonly is: "unchanged" | "recorded" | "advanced"; readonly until?: number | undefined }
  /** `until`: ms since the epoch; `undefined` where a change of a source or the workload wakes it. */
  | { readonly is: "waiting" | "blocked" | "suspended"; readonly until: number | undefined }
  /** To be retried with back-off. */
  | { readonly is: "rejected" | "error"; readonly until?: undefined };

const lookAgainMs = 5_000;
/** How long until a workload is looked at again while one of its sources is being read: nobody tells of a read that shows no change. */
const readAgainMs = 100;

/**
 * Compares what the pods of one workload run with and what they would run with, now, and does what follows. May run at any
 * time, twice, or on the wrong leader without harm. Throws what is to be retried.
 */
export function createReconciler(deps: ReconcilerDeps, options: ReconcilerOptions) {
  const { store, scopes, ledger, notices, now } = deps;
  const roll = createRollout(deps, options.restart);
  const { examine, findLostKey } = createExamination(deps, options);
  const concerns = createConcerns(deps);
  const endPause = createPauseEnd(deps, options);

  return async function reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const tracked = store.get(key);
    if (tracked === undefined || tracked.workload.ended) return forget(tracked);
    concerns.ofAnnotations(tracked);
    const pause = await endPause(tracked, signal);
    return withPause(await decideAndAct(tracked, signal), pause);
  };

  async function decideAndAct(tracked: TrackedWorkload, signal: AbortSignal): Promise<Outcome> {
    // The watches of Namespaces and workloads are not in step: it may have been seen before the label of its Namespace.
    if (tracked.left === "namespace" && scopes.isBornWithin(tracked.workload)) tracked.left = undefined;
    const lostKey = await findLostKey(tracked, signal);
    const seen = look(tracked, lostKey);
    if ("is" in seen) return seen;
    const outcome = await act(seen.look, signal);
    return outcome.is === "unchanged" && seen.isNews ? { is: "recorded" } : outcome;
  }

  /** Looks, and remembers what was seen, in one turn: between the two, nothing that is told can come. */
  function look(
    tracked: TrackedWorkload,
    lostKey: string | undefined,
  ): { readonly look: Case; readonly isNews: boolean } | Outcome {
    if (store.get(tracked.key) !== tracked) return { is: "unchanged" };
    const scope = scopes.get(tracked.workload);
    if (scope === undefined) return scopes.isTold(tracked.workload) ? leave(tracked) : notKnown();
    const found = examine(tracked, scope, lostKey);
    if (found === "newer") return { is: "unchanged" };
    if (found === undefined) return notKnown();
    const isNews = remember(found);
    concerns.ofContent(found);
    return { look: found, isNews };
  }

  /** What is over needs no memory. */
  function forget(tracked: TrackedWorkload | undefined): Outcome {
    if (tracked !== undefined) ledger.forget(tracked.workload.uid);
    return { is: "unchanged" };
  }

  /** Whatever comes to be known wakes it; the time is for what nobody tells. */
  function notKnown(): Outcome {
    return { is: "waiting", until: now() + lookAgainMs };
  }

  /** Outside restamp's reach. What was recorded must not be compared with what will be there when it returns. */
  function leave(tracked: TrackedWorkload): Outcome {
    const { workload } = tracked;
    tracked.left = scopes.hasSaid(workload) ? "workload" : "namespace";
    tracked.unrest = undefined;
    nothingReverted(tracked);
    const entry = ledger.find(workload.uid);
    const hasMemory = entry !== undefined || workload.template?.stamp !== undefined;
    if (hasMemory && entry?.released !== true && workload.template !== undefined) ledger.release(tracked);
    return { is: "unchanged" };
  }

  /** Keeps what was learned, in memory and in the ledger. Returns whether that was news. */
  function remember({ tracked, decision, content, key, record }: Case): boolean {
    const { template, uid } = tracked.workload;
    if (template === undefined) return false;
    const entries = decision.learned ?? record?.entries ?? new Map();
    const text = formatStamp({
      keyId: key.id,
      round: decision.learned === undefined ? (record?.round ?? 0) : 0,
      entries,
    });
    const entry = ledger.find(uid);
    tracked.left = undefined;
    tracked.ignored = content.ignored;
    tracked.conclusion = { hash: template.hash, stamp: template.stamp, text };
    const news = entries.size > 0 && decision.learned !== undefined;
    const isOutdated = entry !== undefined && (entry.released || entry.records[0]?.hash !== template.hash);
    // An empty text: the stamp on the template says it.
    if (news || isOutdated) ledger.record(tracked, text === template.stamp ? "" : text);
    return news;
  }

  async function act(look: Case, signal: AbortSignal): Promise<Outcome> {
    const { tracked, decision } = look;
    if (decision.changes.length === 0 && decision.missing.length === 0) return settled(tracked);
    const wait = waitForQuiet(look);
    // Whoever applies a directory of manifests creates a workload before its sources: no reason to warn yet, or to act.
    if (wait !== undefined) return wait;
    if (decision.missing.length > 0) return blocked(look);
    notices.clear(tracked.workload, "SourceMissing");
    return await restart(look, signal);
  }

  /** Until the window in which changes are collected is over. What is reported and not read yet may be one of them. */
  function waitForQuiet({ tracked, scope, content }: Case): Outcome | undefined {
    const { unrest, workload } = tracked;
    if (unrest === undefined) return undefined;
    const time = now();
    const quietAfter = (last: number): number =>
      settledAt({ first: unrest.first, last }, scope.policy.settleMs, options.settleMaxMs);
    const quietAt = quietAfter(unrest.last);
    if (time < quietAt) return { is: "waiting", until: quietAt };
    // Those that a pattern matches have entries of their own, as long as they are few.
    const matched = [...content.entries.keys()].flatMap((entry) => namedSource(entry) ?? []);
    const isPending = [...scope.references.sources.values(), ...matched].some(({ kind, name }) =>
      deps.isPending({ kind, namespace: workload.namespace, name }),
    );
    const latest = isPending ? quietAfter(time) : time;
    return time < latest ? { is: "waiting", until: Math.min(time + readAgainMs, latest) } : undefined;
  }

  /** Replaces the pods, as soon as the workload's owners allow it. */
  async function restart(look: Case, signal: AbortSignal): Promise<Outcome> {
    const { tracked, scope } = look;
    const suspended = suspendedUntil(tracked, { notices, now });
    if (suspended !== undefined) {
      deps.reports.held(roll.describe(look), "another writer keeps undoing restarts");
      return { is: "suspended", until: suspended };
    }
    const limits: PaceLimits = { ...options.pace, minIntervalMs: scope.policy.minIntervalMs };
    const pace = tracked.pace ?? paceFromApi(tracked, limits);
    const due = allowedAt(pace, limits, now());
    if (now() < due) {
      deps.reports.held(roll.describe(look), "the least time between two restarts");
      return { is: "waiting", until: due };
    }
    return await roll.carryOut(look, { pace, limits, signal });
  }

  function settled(tracked: TrackedWorkload): Outcome {
    tracked.unrest = undefined;
    tracked.changedKeys.clear();
    notices.clear(tracked.workload, "SourceMissing");
    nothingReverted(tracked);
    deps.reports.clear(tracked.workload);
    return { is: "unchanged" };
  }

  /** There is nothing to write any more, whatever became of what was written. */
  function nothingReverted({ key, workload }: TrackedWorkload): void {
    if (deps.reverted.delete(key)) notices.clear(workload, "StampReverted");
  }

  function blocked(look: Case): Outcome {
    const { tracked, decision } = look;
    const held = decision.changes.length > 0 ? "; a restart that is due is held until then" : "";
    const note = `Pods cannot start until it exists: ${decision.missing.join(", ")} is missing${held}`;
    notices.warn(tracked.workload, { reason: "SourceMissing", note });
    if (decision.changes.length > 0) deps.reports.held(roll.describe(look), "a required source is missing");
    return decision.changes.length > 0 ? { is: "blocked", until: undefined } : { is: "unchanged" };
  }
}

/** After a restart of the controller: the last advance is on record, how many came before it is not. */
function paceFromApi({ workload }: TrackedWorkload, limits: PaceLimits) {
  return workload.advancedAt === undefined ? undefined : { lastAt: workload.advancedAt, streak: limits.burst };
}
