import { disturbed } from "../src/core/pacing.ts";
import type { ApiClient, EventRecorder, Logger } from "../src/core/ports.ts";
import type { Workload } from "../src/core/workload.ts";
import type { WorkloadKind, WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import { createAdvances } from "./advances.ts";
import { createFollowedSources } from "./followed-sources.ts";
import type { Ledger } from "./ledger.ts";
import { createMisplacedAnnotations } from "./misplaced-annotations.ts";
import { createNamespaceStore } from "./namespace-store.ts";
import { createNotices } from "./notices.ts";
import type { Reach } from "./reach.ts";
import { createReconciler } from "./reconciler.ts";
import type { ReconcilerMetrics, ReconcilerOptions } from "./reconciler-deps.ts";
import { createReports, type RestartListener } from "./reports.ts";
import { createScopes } from "./scope.ts";
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
  /** Told of restarts beside Events and the log. */
  readonly listeners: readonly RestartListener[];
  readonly readWorkload: (kind: WorkloadKind, object: unknown) => Workload;
  readonly kinds: WorkloadKinds;
  readonly oneSequence: (kind: WorkloadKind) => boolean;
  readonly isLeader: () => boolean;
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** How an engine decides, and how much of the cluster it looks at. */
export interface EngineOptions extends ReconcilerOptions {
  /** @default all of it */
  readonly reach?: Reach;
}

/** The parts that know the cluster, connected: what reflectors tell on one side, keys in the queue on the other. */
export type Engine = ReturnType<typeof createEngine>;

/** Connects stores, index, scopes and reconciler. Nothing is read or written before the reflectors run. */
export function createEngine(deps: EngineDeps, options: EngineOptions) {
  const { api, log, queue, ledger, keyRing, signal } = deps;
  const now = deps.now ?? Date.now;
  const notices = createNotices(deps.events);
  const reports = createReports({ notices, log, listeners: deps.listeners }, options);
  const reverted = new Set<string>();
  /** Scopes can be told only when the Namespaces are known. */
  let open = false;

  const { metrics, oneSequence, readWorkload, events, isLeader } = deps;
  const followed = createFollowedSources(
    {
      ...{ api, log, signal, metrics, events, isLeader, now, queue },
      selects: (namespace) => namespaces.selects(namespace),
      workload: (key) => store.get(key),
      workloadsIn: (namespace) => store.inNamespace(namespace),
    },
    options,
  );
  const { index, sources, classes, content } = followed;
  const namespaces = createNamespaceStore((name) => {
    for (const tracked of store.inNamespace(name)) noteAndQueue(tracked);
    misplaced.tell();
  }, options.reach);
  const scopes = createScopes({
    kinds: deps.kinds,
    namespace: namespaces.get,
    selects: namespaces.selects,
    index,
    rules: options.rules,
    onReferenced: (found) => found.forEach(sources.track),
  });
  const misplaced = createMisplacedAnnotations({ events, isLeader, selects: namespaces.selects }, options.rules);
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

  function onGone({ key, workload }: TrackedWorkload, deleted: boolean): void {
    for (const concerned of scopes.forget(workload)) queue.add(concerned);
    notices.forget(workload.uid);
    reports.forget(workload.uid);
    reverted.delete(key);
    // An API that is not served for a moment hides all workloads of its kind: they come back with their uids.
    if (deleted && isLeader()) ledger.forget(workload.uid);
    queue.forget(key);
    queue.add(key);
  }

  /** The install began when its first key was made, the reach over a namespace when that opted in. */
  function reachSince({ namespace }: Workload): number {
    return Math.max(keyRing.keys()[0]?.createdAt ?? 0, namespaces.get(namespace)?.enabledAt ?? 0);
  }

  const reconcile = createReconciler(
    {
      ...{ api, log, now, store, scopes, content, ledger, keyRing, metrics, readWorkload },
      ...{ notices, reports, reachSince, oneSequence, reverted, isPending: sources.isPending },
    },
    options,
  );

  return {
    ...{ store, sources, classes, namespaces, misplaced, index },
    reverted: reverted as ReadonlySet<string>,
    scopes,
    /** Workloads within reach. */
    tracked: () => [...store.all()].map(({ workload }) => workload).filter((each) => scopes.get(each) !== undefined),
    /** Begins to look at workloads; to be called when the Namespaces are known. */
    open(): void {
      if (open) return;
      open = true;
      misplaced.tell();
      for (const tracked of store.all()) noteAndQueue(tracked);
    },
    /**
     * Looks at every workload again: a new leader starts from what is and from the ledger. What it concluded when it led
     * before counts only where no other leader has written anything since.
     */
    takeOver(): void {
      misplaced.tell();
      reverted.clear();
      for (const tracked of store.all()) {
        takenOver(tracked, ledger);
        queue.add(tracked.key);
      }
    },
    reconcile,
  };
}

function takenOver(tracked: TrackedWorkload, ledger: Ledger): void {
  const { unrest, pace, workload } = tracked;
  tracked.left = undefined;
  tracked.ignored = new Set();
  // What another leader has written since has undone nothing.
  tracked.advances = createAdvances();
  // But it has restarted pods, and that is on record.
  if (pace !== undefined && (workload.advancedAt ?? 0) > pace.lastAt) tracked.pace = undefined;
  if (ledger.find(workload.uid) !== undefined) tracked.conclusion = undefined;
  // While others led, nobody closed the window: what was reported first may be long done.
  if (unrest !== undefined) tracked.unrest = disturbed(undefined, unrest.last);
}
