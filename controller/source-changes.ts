import { apiVersion } from "../src/core/object-ref.ts";
import { disturbed } from "../src/core/pacing.ts";
import type { EventRecorder } from "../src/core/ports.ts";
import { type SourceId, sourceEntry, sourceKind } from "../src/core/source.ts";
import type { PresentSource, SourceState } from "../src/core/source-state.ts";
import type { ReconcilerMetrics, ReconcilerOptions } from "./reconciler-deps.ts";
import type { SourceRead } from "./source-reader.ts";
import type { WorkQueue } from "./work-queue.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What a change of a source concerns. */
export interface SourceChangesDeps {
  readonly events: EventRecorder;
  readonly metrics: ReconcilerMetrics;
  readonly isLeader: () => boolean;
  readonly now: () => number;
  /** Whether anything in a namespace is within reach; `undefined` while that is not known. */
  readonly selects: (namespace: string) => boolean | undefined;
  readonly queue: Pick<WorkQueue, "add">;
  /** The workloads that refer to a source. */
  readonly workloads: (source: SourceId) => readonly TrackedWorkload[];
}

/** Tells a change from a mere write, and hands the workloads that a change concerns to the queue. */
export function createSourceChanges(
  deps: SourceChangesDeps,
  options: Pick<ReconcilerOptions, "onSourceChanged" | "reloadOnCreate" | "reloadOnDelete">,
) {
  /** Once for as long as it lasts, and by one replica: its owners look at the source, not at what refers to it. */
  function reportProblem(source: SourceId, before: SourceState | undefined, state: SourceState): void {
    const problemOf = (each: SourceState | undefined) => (each?.is === "present" ? each.problem : undefined);
    const note = problemOf(state);
    if (note === undefined || note === problemOf(before) || !deps.isLeader()) return;
    const regarding = {
      apiVersion: apiVersion(sourceKind(source.kind)),
      ...source,
      ...(state.is === "present" ? { uid: state.uid } : {}),
    };
    deps.events.record({ regarding, type: "Warning", reason: "InvalidAnnotation", note });
    deps.metrics.invalidAnnotation();
  }

  function followUp(source: SourceId, { state, reported }: SourceRead, change: Change | undefined): void {
    if (state.is !== "unknown") deps.metrics.sourceSeen(source, change === undefined ? "unchanged" : "changed");
    if (change === undefined) return;
    for (const tracked of deps.workloads(source)) {
      deps.metrics.concerned(tracked.workload);
      tracked.unrest = disturbed(tracked.unrest, deps.now(), reported);
      noteKeys(tracked, sourceEntry(source), change);
    }
  }

  /** Content that changed, or as much as that: what is there again may be other than it was. Not a mark of restamp's. */
  function isOutside({ before, state }: SourceRead, change: Change): boolean {
    if (state.is === "unknown") return false;
    if (state.is === "absent") return before?.is === "present" && options.reloadOnDelete;
    // What is read for the first time is new only if the watch has seen it appear.
    if (before === undefined) return state.appearedAt > 0 && options.reloadOnCreate;
    return before.is !== "present" || change.names.length > 0;
  }

  function tellOutside({ namespace }: SourceId, read: SourceRead, change: Change): void {
    const isWanted = deps.isLeader() && deps.selects(namespace) === true;
    if (isWanted && isOutside(read, change)) options.onSourceChanged?.();
  }

  return {
    /** A source was read. */
    read(source: SourceId, read: SourceRead): void {
      const { before, state } = read;
      reportProblem(source, before, state);
      const change = changeOf(before, state);
      if (change !== undefined) tellOutside(source, read, change);
      // What is read for the first time answers no event.
      if (before !== undefined) followUp(source, read, change);
      if (change !== undefined) for (const { key } of deps.workloads(source)) deps.queue.add(key);
    },
  };
}

/** Names of changed keys, and how many keys there are. */
interface Change {
  readonly names: readonly string[];
  readonly total: number;
}

/** `undefined` if nothing that matters has changed. */
function changeOf(before: SourceState | undefined, now: SourceState): Change | undefined {
  if (before?.is !== "present" || now.is !== "present") {
    return before?.is === now.is ? undefined : { names: [], total: 0 };
  }
  const keys = new Set([...before.content.keys(), ...now.content.keys()]);
  const names = [...keys].filter((key) => {
    const [old, current] = [before.content.get(key), now.content.get(key)];
    return old?.sha256 !== current?.sha256 || old?.binary !== current?.binary;
  });
  const marks = ({ ignored, matched, appearedAt }: PresentSource): string =>
    JSON.stringify([ignored, matched, appearedAt]);
  const isOther = names.length > 0 || marks(before) !== marks(now);
  return isOther ? { names, total: keys.size } : undefined;
}

function noteKeys(tracked: TrackedWorkload, entry: string, change: Change): void {
  if (change.names.length === 0) return;
  const known = tracked.changedKeys.get(entry) ?? { names: new Set<string>(), total: 0 };
  for (const name of change.names) known.names.add(name);
  known.total = change.total;
  tracked.changedKeys.set(entry, known);
}
