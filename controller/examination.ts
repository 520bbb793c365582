import { type Decision, decide, type Provenance } from "../src/core/decision.ts";
import type { DigestKey } from "../src/core/digest.ts";
import type { Stamp } from "../src/core/stamp.ts";
import type { Workload } from "../src/core/workload.ts";
import { type CurrentContent, currentContent, provenanceOf, type Recorded, recordOf } from "./evidence.ts";
import type { ReconcilerDeps, ReconcilerOptions } from "./reconciler-deps.ts";
import { missedByReloader } from "./reloader-leftovers.ts";
import type { Scope } from "./scope.ts";
import type { TrackedWorkload } from "./workload-store.ts";

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

/**
 * Looks at a workload: what is recorded of its pods, what is there now, and what is to be decided. Changes nothing, and waits
 * for nothing: what follows from a look in the same turn is about what was looked at, whatever a watch tells next.
 */
export function createExamination(deps: ReconcilerDeps, options: ReconcilerOptions) {
  const { scopes, ledger, keyRing, notices } = deps;

  /** `newer`: a later release wrote the stamp; `undefined`: something has to be known first. */
  function examine(tracked: TrackedWorkload, scope: Scope, lostKey: string | undefined): Case | "newer" | undefined {
    const { workload } = tracked;
    const recorded = recordOf(tracked, ledger.find(workload.uid));
    warnOfStamp(workload, recorded);
    if (recorded.is === "newer") return "newer";
    const stamp = recorded.is === "record" ? recorded.stamp : undefined;
    const key = keyFor(stamp, lostKey);
    if (key === undefined) return undefined;
    const record = stamp?.keyId === key.id ? stamp : undefined;
    if (stamp !== undefined && record === undefined) warnOfLostKey(workload, stamp.keyId);
    const references = { namespace: workload.namespace, references: scope.references, record: stamp };
    const content = currentContent(deps.content, references, key);
    if (content === undefined) return undefined;
    const found = { tracked, scope, content, key, record };
    return { ...found, decision: judge(found, recorded) };
  }

  /** A stamp is compared with what its own key makes of the content. `undefined` where that key has yet to be looked up. */
  function keyFor(stamp: Stamp | undefined, lostKey: string | undefined): DigestKey | undefined {
    if (stamp === undefined || stamp.keyId === lostKey) return keyRing.signing();
    return keyRing.find(stamp.keyId);
  }

  /** `record`: what is recorded, if its key is there. */
  function judge(found: Omit<Case, "decision">, recorded: Recorded): Decision {
    const { tracked, scope } = found;
    const { entries: current, patternOf, ignored, writtenAt } = found.content;
    const missed = found.record === undefined ? missedByReloader(tracked.workload, deps.content) : nothing;
    if (missed.size > 0) warnOfMissed(tracked.workload, missed);
    // A stamp whose key is lost says nothing: what is there now is adopted, but for what came after a template that was watched.
    const isLost = recorded.is === "record" && found.record === undefined && tracked.sighting.by === "list";
    return decide({
      record: found.record,
      inherited: recorded.is === "record" && recorded.inherited,
      current,
      ignored,
      heeded: new Set([...tracked.ignored].filter((entry) => !ignored.has(entry))),
      writtenAt,
      outdated: options.adopt === "roll" ? missed : nothing,
      patternOf,
      onAppear: options.reloadOnCreate ? "roll" : "record",
      onDisappear: options.reloadOnDelete ? "roll" : "keep",
      provenance: recorded.is === "adopt" || isLost ? existed : origin(tracked, scope.borrower !== undefined),
      oneSequence: deps.oneSequence(tracked.workload.kind),
    });
  }

  function origin(tracked: TrackedWorkload, isLent: boolean): Provenance {
    const { workload } = tracked;
    const entry = ledger.find(workload.uid);
    const provenance = provenanceOf(tracked, { entry, reachSince: deps.reachSince(workload), isLent });
    // Once found to be a former template it stays so: what the ledger says about it is about to change.
    if (provenance.kind === "watched" && provenance.former) tracked.former.add(workload.template?.hash ?? "");
    return provenance;
  }

  function warnOfMissed(workload: Workload, missed: ReadonlySet<string>): void {
    const what = [...missed].join(", ");
    const advice =
      options.adopt === "roll"
        ? "they are restarted now"
        : "restart them; --adopt=roll does so for workloads that restamp sees for the first time";
    const note = `Pods run with older content than there is, by what Reloader last wrote about ${what}: ${advice}`;
    notices.warn(workload, { reason: "ChangeMissedByReloader", note });
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

  function warnOfLostKey(workload: Workload, id: string): void {
    const note = `The stamp was made with the digest key "${id}", which is no longer there: the current content is adopted`;
    if (notices.warn(workload, { reason: "UnknownDigestKey", note })) deps.metrics.unknownKey();
  }

  /** The key of what is recorded, if it is lost: not known, and not in the Secret itself, which is looked at once more. */
  async function findLostKey(tracked: TrackedWorkload, signal: AbortSignal): Promise<string | undefined> {
    const { workload } = tracked;
    const recorded = recordOf(tracked, ledger.find(workload.uid));
    if (recorded.is !== "record" || scopes.get(workload) === undefined) return undefined;
    const { keyId } = recorded.stamp;
    if (keyRing.find(keyId) !== undefined) return undefined;
    await keyRing.refresh(signal);
    return keyRing.find(keyId) === undefined ? keyId : undefined;
  }

  return { examine, findLostKey };
}

const nothing: ReadonlySet<string> = new Set();
const existed: Provenance = { kind: "existed" };
