import { type Decision, decide, type Provenance } from "../src/core/decision.ts";
import type { DigestKey } from "../src/core/digest.ts";
import { allowedAt, type PaceLimits, settledAt } from "../src/core/pacing.ts";
import { formatStamp, type Stamp } from "../src/core/stamp.ts";
import type { Workload } from "../src/core/workload.ts";
import { type CurrentContent, currentContent, provenanceOf, type Recorded, recordOf } from "./evidence.ts";
import { unfollowedTemplate } from "./lending.ts";
import type { ReconcilerDeps, ReconcilerOptions } from "./reconciler-deps.ts";
import { createRollout } from "./rollout.ts";
import type { Scope } from "./scope.ts";
import { suspendedUntil } from "./suspension.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What a reconciliation came to, and when the workload has to be looked at again without being told. */
export type Outcome =
  | { readonly is: "unchanged" | "recorded" | "advanced" }
  /** `until`: ms since the epoch; `undefined` where a change of a source or the workload wakes it. */
  | { readonly is: "waiting" | "blocked" | "suspended"; readonly until: number | undefined }
  /** To be retried with back-off. */
  | { readonly is: "rejected" | "error" };

/** What one look at a workload found. */
export interface Case {
  readonly tracked: TrackedWorkload;
  readonly scope: Scope;
  readonly decision: Decision;
  readonly content: CurrentContent;
  /** The key that `content` was digested with. */
  readonly key: DigestKey;
  readonly record: Stamp | undefined;
}

const lookAgainMs = 5_000;

/**
 * Compares what the pods of one workload run with and what they would run with, now, and does what follows. May run at any
 * time, twice, or on the wrong leader without harm. Throws what is to be retried.
 */
export function createReconciler(deps: ReconcilerDeps, options: ReconcilerOptions) {
  const { store, scopes, ledger, keyRing, notices, now } = deps;
  const roll = createRollout(deps);

  return async function reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const tracked = store.get(key);
    if (tracked === undefined || tracked.workload.ended) return forget(tracked);
    reportProblems(tracked);
    const scope = scopes.get(tracked.workload);
    if (scope === undefined) return scopes.isTold(tracked.workload) ? leave(tracked) : notKnown();
    const look = await examine(tracked, scope, signal);
    if (look === "newer") return { is: "unchanged" };
    if (look === undefined) return notKnown();
    const recorded = remember(look);
    reportUnreadable(look);
    const outcome = await act(look, signal);
    return outcome.is === "unchanged" && recorded ? { is: "recorded" } : outcome;
  };

  /** What is over needs no memory. */
  function forget(tracked: TrackedWorkload | undefined): Outcome {
    if (tracked !== undefined) ledger.forget(tracked.workload.uid);
    return { is: "unchanged" };
  }

  /** Whatever comes to be known wakes it; the time is for what nobody tells. */
  function notKnown(): Outcome {
    return { is: "waiting", until: now() + lookAgainMs };
  }

  function reportProblems({ workload }: TrackedWorkload): void {
    const problems = scopes.problems(workload);
    if (problems.length === 0) notices.clear(workload, "InvalidAnnotation");
    else if (notices.warn(workload, { reason: "InvalidAnnotation", note: problems.join("; ") })) {
      deps.metrics.invalidAnnotation();
    }
    const unfollowed = scopes.isEnabled(workload) ? unfollowedTemplate(workload) : undefined;
    if (unfollowed === undefined) notices.clear(workload, "TemplateNotFollowed");
    else notices.warn(workload, { reason: "TemplateNotFollowed", note: unfollowed });
  }

  /** What cannot be read holds up nothing else, but its changes are not seen: the owners should know. */
  function reportUnreadable({ tracked: { workload }, decision: { unreadable } }: Case): void {
    if (unreadable.length === 0) notices.clear(workload, "SourceUnreadable");
    else notices.warn(workload, { reason: "SourceUnreadable", note: `Changes are not seen: ${unreadable.join("; ")}` });
  }

  /** Outside restamp's reach. What was recorded must not be compared with what will be there when it returns. */
  function leave(tracked: TrackedWorkload): Outcome {
    const { workload } = tracked;
    tracked.left = scopes.hasSaid(workload) ? "workload" : "namespace";
    tracked.unrest = undefined;
    const entry = ledger.find(workload.uid);
    const hasMemory = entry !== undefined || workload.template?.stamp !== undefined;
    if (hasMemory && entry?.released !== true && workload.template !== undefined) ledger.release(tracked);
    return { is: "unchanged" };
  }

  async function examine(
    tracked: TrackedWorkload,
    scope: Scope,
    signal: AbortSignal,
  ): Promise<Case | "newer" | undefined> {
    const { workload } = tracked;
    // The watches of Namespaces and workloads are not in step: it may have been seen before the label of its Namespace.
    if (tracked.left === "namespace" && scopes.isBornWithin(workload)) tracked.left = undefined;
    const recorded = recordOf(tracked, ledger.find(workload.uid));
    warnOfStamp(workload, recorded);
    if (recorded.is === "newer") return "newer";
    const stamp = recorded.is === "record" ? recorded.stamp : undefined;
    const known = await findKey(tracked, stamp?.keyId, signal);
    const key = known ?? keyRing.signing();
    // While the key was looked up, what is to be judged may have changed.
    if (key === undefined || tracked.workload.template?.hash !== workload.template?.hash) return undefined;
    const references = { namespace: workload.namespace, references: scope.references };
    const content = currentContent(deps.content, references, key);
    if (content === undefined) return undefined;
    const record = known === undefined ? undefined : stamp;
    return { tracked, scope, decision: judge(tracked, recorded, { record, content }), content, key, record };
  }

  /** `record`: what is recorded, if its key is there. */
  function judge(tracked: TrackedWorkload, recorded: Recorded, found: Pick<Case, "record" | "content">): Decision {
    const { entries: current, ignored, writtenAt } = found.content;
    // A stamp whose key is lost says nothing: what is there now is adopted, but for what came after a template that was watched.
    const isLost = recorded.is === "record" && found.record === undefined && tracked.sighting.by === "list";
    return decide({
      record: found.record,
      inherited: recorded.is === "record" && recorded.inherited,
      current,
      ignored,
      heeded: new Set([...tracked.ignored].filter((entry) => !ignored.has(entry))),
      writtenAt,
      provenance: recorded.is === "adopt" || isLost ? existed : origin(tracked),
      oneSequence: deps.oneSequence(),
    });
  }

  function origin(tracked: TrackedWorkload): Provenance {
    const { workload } = tracked;
    const provenance = provenanceOf(tracked, ledger.find(workload.uid), deps.reachSince(workload));
    // Once found to be a former template it stays so: what the ledger says about it is about to change.
    if (provenance.kind === "watched" && provenance.former) tracked.former.add(workload.template?.hash ?? "");
    return provenance;
  }

  function warnOfStamp(workload: Workload, recorded: Recorded): void {
    if (recorded.is === "newer") {
      const note = "The stamp was written by a later release of restamp: it is left alone";
      notices.warn(workload, { reason: "NewerStamp", note });
    } else if (recorded.is === "adopt" && recorded.malformed) {
      const note = "The stamp cannot be read and is taken as none: do not write or commit restamp.dev/stamp";
      notices.warn(workload, { reason: "InvalidStamp", note });
    }
  }

  /** The key of a stamp. One that is not known is looked up once more, in the Secret itself, before it counts as lost. */
  async function findKey(
    tracked: TrackedWorkload,
    id: string | undefined,
    signal: AbortSignal,
  ): Promise<DigestKey | undefined> {
    if (id === undefined) return undefined;
    const known = keyRing.find(id);
    if (known !== undefined) return known;
    await keyRing.refresh(signal);
    const found = keyRing.find(id);
    if (found !== undefined) return found;
    const note = `The stamp was made with the digest key "${id}", which is no longer there: the current content is adopted`;
    if (notices.warn(tracked.workload, { reason: "UnknownDigestKey", note })) deps.metrics.unknownKey();
    return undefined;
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
    const { tracked, decision, scope } = look;
    if (decision.changes.length === 0 && decision.missing.length === 0) return settled(tracked);
    const { unrest } = tracked;
    const quietAt = unrest === undefined ? 0 : settledAt(unrest, scope.policy.settleMs, options.settleMaxMs);
    // Whoever applies a directory of manifests creates a workload before its sources: no reason to warn yet, or to act.
    if (now() < quietAt) return { is: "waiting", until: quietAt };
    if (decision.missing.length > 0) return blocked(look);
    notices.clear(tracked.workload, "SourceMissing");
    return tracked.workload.kind.stampable ? await restart(look, signal) : roll.recordOnly(look);
  }

  /** Replaces the pods, as soon as the workload's owners allow it. */
  async function restart(look: Case, signal: AbortSignal): Promise<Outcome> {
    const { tracked, scope } = look;
    const suspended = suspendedUntil(tracked, { notices, now });
    if (suspended !== undefined) return { is: "suspended", until: suspended };
    const limits: PaceLimits = { ...options.pace, minIntervalMs: scope.policy.minIntervalMs };
    const pace = tracked.pace ?? paceFromApi(tracked, limits);
    const due = allowedAt(pace, limits, now());
    if (now() < due) return { is: "waiting", until: due };
    return await roll.advance(look, { pace, limits, signal });
  }

  function settled(tracked: TrackedWorkload): Outcome {
    tracked.unrest = undefined;
    tracked.changedKeys.clear();
    notices.clear(tracked.workload, "SourceMissing");
    return { is: "unchanged" };
  }

  function blocked({ tracked, decision }: Case): Outcome {
    const held = decision.changes.length > 0 ? "; a restart that is due is held until then" : "";
    const note = `Pods cannot start until it exists: ${decision.missing.join(", ")} is missing${held}`;
    notices.warn(tracked.workload, { reason: "SourceMissing", note });
    return decision.changes.length > 0 ? { is: "blocked", until: undefined } : { is: "unchanged" };
  }
}

const existed: Provenance = { kind: "existed" };

/** After a restart of the controller: the last advance is on record, how many came before it is not. */
function paceFromApi({ workload }: TrackedWorkload, limits: PaceLimits) {
  return workload.advancedAt === undefined ? undefined : { lastAt: workload.advancedAt, streak: limits.burst };
}
