import { disturbed } from "../src/core/pacing.ts";
import type { PolicyDefaults } from "../src/core/policy.ts";
import type { ApiClient, EventRecorder, Logger } from "../src/core/ports.ts";
import { type SourceId, sourceKey } from "../src/core/source.ts";
import type { SourceState } from "../src/core/source-state.ts";
import type { Workload } from "../src/core/workload.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { Ledger } from "./ledger.ts";
import { createNamespaceStore } from "./namespace-store.ts";
import { createNotices } from "./notices.ts";
import { createPatternFinder } from "./pattern-finder.ts";
import { createReconciler } from "./reconciler.ts";
import type { ReconcilerMetrics, ReconcilerOptions } from "./reconciler-deps.ts";
import { createReferenceIndex } from "./reference-index.ts";
import { createScopes } from "./scope.ts";
import { createSourceStore } from "./source-store.ts";
import type { WorkQueue } from "./work-queue.ts";
import { createWorkloadStore, type TrackedWorkload } from "./workload-store.ts";

/** What an engine works with. */
export interface EngineDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly keyRing: KeyRing;
  readonly ledger: Ledger;
  readonly queue: WorkQueue;
  readonly metrics: ReconcilerMetrics;
  readonly oneSequence: () => boolean;
  readonly isLeader: () => boolean;
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** The parts that know the cluster, connected: what reflectors tell on one side, keys in the queue on the other. */
export type Engine = ReturnType<typeof createEngine>;

/** Connects stores, index, scopes and reconciler. Nothing is read or written before the reflectors run. */
export function createEngine(deps: EngineDeps, options: ReconcilerOptions & { readonly defaults: PolicyDefaults }) {
  const { api, log, queue, ledger, keyRing, signal } = deps;
  const now = deps.now ?? Date.now;
  const notices = createNotices(deps.events);
  const reverted = new Set<string>();
  /** Scopes can be told only when the Namespaces are known. */
  let open = false;

  const index = createReferenceIndex((key) => sources.untrack(key), dropUnmatched);
  const sources = createSourceStore({ api, log, signal, isReferenced: (source) => index.has(source), onRead });
  const namespaces = createNamespaceStore((name) => {
    for (const tracked of store.inNamespace(name)) noteAndQueue(tracked);
  });
  const scopes = createScopes({
    namespace: (name) => namespaces.get(name),
    index,
    defaults: options.defaults,
    onReferenced: (found) => found.forEach(sources.track),
  });
  const patterns = createPatternFinder({
    api,
    log,
    signal,
    onFound(namespace, found) {
      found.forEach(sources.track);
      for (const { key } of store.inNamespace(namespace)) queue.add(key);
    },
  });
  const store = createWorkloadStore({ now, onChange: noteAndQueue, onGone });

  /** At once, not when its turn comes: what is there when a workload is first seen decides what it is taken to run with. */
  function noteAndQueue(tracked: TrackedWorkload): void {
    if (!open) return;
    for (const key of scopes.note(tracked.workload)) {
      const concerned = store.get(key);
      if (concerned === undefined) continue;
      scopes.note(concerned.workload);
      queue.add(key);
    }
    queue.add(tracked.key);
  }

  function onGone({ key, workload }: TrackedWorkload): void {
    for (const concerned of scopes.forget(workload)) queue.add(concerned);
    notices.forget(workload.uid);
    reverted.delete(key);
    if (deps.isLeader()) ledger.forget(workload.uid);
    queue.forget(key);
    queue.add(key);
  }

  /** Memory follows what is referenced: sources that only a pattern matched go when nobody uses it any more. */
  function dropUnmatched(namespace: string): void {
    patterns.keep(namespace, index.patterns(namespace));
    for (const source of (["ConfigMap", "Secret"] as const).flatMap((kind) => sources.inNamespace(kind, namespace))) {
      if (!index.has(source)) sources.untrack(sourceKey(source));
    }
  }

  /** Once for as long as it lasts, and by one replica: its owners look at the source, not at what refers to it. */
  function reportProblem(source: SourceId, before: SourceState | undefined, state: SourceState): void {
    const problemOf = (each: SourceState | undefined) => (each?.is === "present" ? each.problem : undefined);
    const note = problemOf(state);
    if (note === undefined || note === problemOf(before) || !deps.isLeader()) return;
    const regarding = { apiVersion: "v1", ...source, ...(state.is === "present" ? { uid: state.uid } : {}) };
    deps.events.record({ regarding, type: "Warning", reason: "InvalidAnnotation", note });
    deps.metrics.invalidAnnotation();
  }

  function onRead(source: SourceId, before: SourceState | undefined, state: SourceState): void {
    reportProblem(source, before, state);
    const change = changeOf(before, state);
    if (change === undefined) return;
    const entry = `${source.kind.toLowerCase()}/${source.name}`;
    for (const key of index.workloads(source)) {
      const tracked = store.get(key);
      if (tracked === undefined) continue;
      if (before !== undefined) {
        tracked.unrest = disturbed(tracked.unrest, now());
        noteKeys(tracked, entry, change);
      }
      queue.add(key);
    }
  }

  /** The install began when its first key was made, the reach over a namespace when that opted in. */
  function reachSince({ namespace }: Workload): number {
    return Math.max(keyRing.keys()[0]?.createdAt ?? 0, namespaces.get(namespace)?.enabledAt ?? 0);
  }

  const content = {
    state: sources.state,
    matching: (namespace: string, pattern: Parameters<typeof patterns.found>[1]) =>
      patterns.found(namespace, pattern) ? sources.inNamespace(pattern.kind, namespace) : undefined,
  };
  const { metrics, oneSequence } = deps;
  const reconcile = createReconciler(
    { api, log, now, store, scopes, content, ledger, keyRing, notices, reachSince, oneSequence, reverted, metrics },
    options,
  );

  return {
    store,
    sources,
    namespaces,
    index,
    reverted: reverted as ReadonlySet<string>,
    scopes,
    /** Workloads within reach. */
    tracked: () => [...store.all()].map(({ workload }) => workload).filter((each) => scopes.get(each) !== undefined),
    /** Begins to look at workloads; to be called when the Namespaces are known. */
    open(): void {
      if (open) return;
      open = true;
      for (const tracked of store.all()) noteAndQueue(tracked);
    },
    /**
     * Looks at every workload again: a new leader starts from what is and from the ledger. What it concluded when it led
     * before counts only where no other leader has written anything since.
     */
    takeOver(): void {
      for (const tracked of store.all()) {
        tracked.left = undefined;
        tracked.ignored = new Set();
        if (ledger.find(tracked.workload.uid) !== undefined) tracked.conclusion = undefined;
        // While others led, nobody closed the window.
        if (tracked.unrest !== undefined) tracked.unrest = disturbed(undefined, tracked.unrest.last);
        queue.add(tracked.key);
      }
    },
    reconcile,
  };
}

/** Names of changed keys and how many there are; `undefined` if nothing that matters has changed. */
function changeOf(before: SourceState | undefined, now: SourceState): { names: string[]; total: number } | undefined {
  if (before?.is !== "present" || now.is !== "present") {
    return before?.is === now.is ? undefined : { names: [], total: 0 };
  }
  const keys = new Set([...before.content.keys(), ...now.content.keys()]);
  const names = [...keys].filter((key) => {
    const [old, current] = [before.content.get(key), now.content.get(key)];
    return old?.sha256 !== current?.sha256 || old?.binary !== current?.binary;
  });
  const isOther = names.length > 0 || before.ignored !== now.ignored || before.appearedAt !== now.appearedAt;
  return isOther ? { names, total: keys.size } : undefined;
}

function noteKeys(tracked: TrackedWorkload, entry: string, change: { names: string[]; total: number }): void {
  if (change.names.length === 0) return;
  const known = tracked.changedKeys.get(entry) ?? { names: new Set<string>(), total: 0 };
  for (const name of change.names) known.names.add(name);
  known.total = change.total;
  tracked.changedKeys.set(entry, known);
}
