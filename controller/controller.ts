import { messageOf } from "../src/core/errors.ts";
import { configMaps, secrets } from "../src/core/object-ref.ts";
import type { WorkloadRules } from "../src/core/policy.ts";
import type { ApiClient, Clock, EventRecorder, Logger } from "../src/core/ports.ts";
import { isFirst } from "../src/core/shard.ts";
import type { SourceKind } from "../src/core/source.ts";
import type { Workload } from "../src/core/workload.ts";
import type { WorkloadKind, WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { DigestKeyKeeper } from "./digest-key-keeper.ts";
import { createEngine, type Engine } from "./engine.ts";
import { heldNote } from "./held-workloads.ts";
import type { LeaderElection } from "./leader-election.ts";
import { lead } from "./leadership.ts";
import type { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { type Reach, type ReachOptions, readReach } from "./reach.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerMetrics, RestartOptions } from "./reconciler-deps.ts";
import type { RestartListener } from "./reports.ts";
import { createVersionSequences } from "./version-sequences.ts";
import { type StartReflector, startWatches, type Watches } from "./watches.ts";
import { createWorkQueue, type WorkQueueMetrics } from "./work-queue.ts";
import type { Stale } from "./workers.ts";

/** What a controller works with. */
export interface ControllerDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly kinds: WorkloadKinds;
  readonly events: EventRecorder;
  readonly keyRing: KeyRing;
  readonly keeper: DigestKeyKeeper;
  readonly ledger: Ledger;
  /** `undefined`: this is the only replica. */
  readonly election: LeaderElection | undefined;
  readonly startReflector: StartReflector;
  /** Told of restarts beside Events and the log. */
  readonly listeners: readonly RestartListener[];
  readonly readWorkload: (kind: WorkloadKind, object: unknown) => Workload;
  /** Told of every change of content in the cluster, whoever refers to it; costs a read of every source. @default not wanted */
  readonly onSourceChanged?: (() => void) | undefined;
  /** What else only the leader does. */
  readonly alsoLeading: readonly ((leadership: AbortSignal) => Promise<void>)[];
  readonly metrics: ControllerCounts;
}

/** What a controller counts. */
export interface ControllerCounts extends ReconcilerMetrics, WorkQueueMetrics {
  /** One look at a workload has ended, after so many seconds. */
  reconciled(outcome: Outcome["is"], seconds: number): void;
}

/** See the options of the same names. Durations in milliseconds. */
export interface ControllerOptions extends RestartOptions, ReachOptions {
  readonly events: "restamp" | "reloader";
  readonly workers: number;
  readonly settleMaxMs: number;
  readonly minIntervalMaxMs: number;
  readonly minIntervalBurst: number;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
  readonly adopt: "record" | "roll";
  readonly rules: WorkloadRules;
}

/** What a controller is doing, for metrics. */
export interface ControllerFigures {
  readonly isLeader: boolean;
  readonly queueDepth: number;
  readonly ledgerEntries: number;
  readonly workloads: ReadonlyMap<string, number>;
  readonly sources: ReadonlyMap<string, number>;
  readonly stale: ReadonlyMap<Stale, number>;
}

/** One replica of the controller. */
export interface Controller {
  /** Lists, watches and, when it leads, acts, until the signal aborts. Resolves when the first listing is complete. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when everything has ended after the signal. */
  stopped(): Promise<void>;
  figures(): ControllerFigures;
  /** Named questions for readiness; each answers with what is wrong, or with what is worth a note. */
  readonly checks: readonly { readonly name: string; check(): string | undefined; note?(): string | undefined }[];
}

const retryMs = 1_000;
const lookMs = 20;
/** How long a kind that may lend its opt-in to others and cannot be listed keeps all workloads waiting. */
const lenderWaitMs = 60_000;

/** Connects the parts of a replica. Nothing happens before {@link Controller.start}. */
export function createController(deps: ControllerDeps, options: ControllerOptions): Controller {
  const { log, keyRing, ledger, election } = deps;
  const queue = createWorkQueue(Date.now, deps.metrics);
  const stale = new Map<string, Stale>();
  const running: Promise<unknown>[] = [];
  const reach = readReach(options);
  const sequences = createVersionSequences(deps, probeOf(reach, { kinds: deps.kinds.all, rules: options.rules }));
  const state: { engine?: Engine; watches?: Watches } = {};
  const isLeader = (): boolean => election?.isLeader() ?? true;
  const noKey = `there is no digest key yet${isFirst(options.shard) ? "" : ": shard 0 makes it"}`;

  /** Until it succeeds: nothing can be done without it, and readiness says what is missing. */
  async function insist(what: string, signal: AbortSignal, task: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await task();
        return;
      } catch (error) {
        if (!signal.aborted) log.warn({ error: messageOf(error) }, `Cannot ${what}, trying again`);
        await pause(retryMs, signal);
      }
    }
  }

  return {
    async start(signal) {
      for (const warning of reach.warnings) log.warn({}, warning);
      await insist("read or make the digest key", signal, () => deps.keeper.ensure(signal));
      const engine = createEngine(
        { ...deps, queue, isLeader, signal, oneSequence: sequences.isOne },
        {
          settleMaxMs: options.settleMaxMs,
          pace: { maxIntervalMs: options.minIntervalMaxMs, burst: options.minIntervalBurst },
          rules: options.rules,
          reloadOnCreate: options.reloadOnCreate,
          reloadOnDelete: options.reloadOnDelete,
          adopt: options.adopt,
          restart: options,
          events: options.events,
          onSourceChanged: deps.onSourceChanged,
          reach,
        },
      );
      state.engine = engine;
      const watches = startWatches(
        engine,
        (watch) => {
          const reflector = deps.startReflector(watch);
          running.push(reflector.ended);
          return reflector;
        },
        { kinds: deps.kinds, readWorkload: deps.readWorkload, reach, ignoredKinds: options.rules.ignoredKinds },
      );
      state.watches = watches;
      running.push(deps.keeper.run(signal));
      await insist("compare resourceVersions", signal, () => sequences.probe(signal));
      running.push(sequences.run(signal, watches.isComplete));
      const patientUntil = Date.now() + lenderWaitMs;
      while (!signal.aborted && !watches.scopesKnown(Date.now() < patientUntil)) await pause(lookMs, signal);
      if (signal.aborted) return;
      engine.open();
      const { reconcile } = engine;
      const work = {
        kinds: deps.kinds,
        engine,
        ledger,
        watches,
        queue,
        stale,
        log,
        reconcile,
        counted: deps.metrics.reconciled,
      };
      const act = async (leadership: AbortSignal): Promise<void> => {
        await Promise.all([
          lead(work, options.workers, leadership),
          ...deps.alsoLeading.map((also) => also(leadership)),
        ]);
      };
      const onStoppedLeading = (): void => log.info({}, "No longer leading");
      running.push(election?.run(signal, { onStartedLeading: act, onStoppedLeading }) ?? act(signal));
    },
    async stopped() {
      await Promise.all(running);
    },
    figures: () => ({
      isLeader: isLeader(),
      queueDepth: queue.depth(),
      ledgerEntries: ledger.entries().size,
      workloads: countBy(state.engine?.tracked() ?? [], ({ kind }) => kind.kind),
      sources: state.engine?.sources.count() ?? new Map(),
      stale: countBy(stale.values(), (reason) => reason),
    }),
    checks: [
      { name: "digest-key", check: () => (keyRing.signing() === undefined ? noKey : undefined) },
      {
        name: "watches",
        check: () =>
          state.watches === undefined ? "The watches have not started yet" : joined(state.watches.problems()),
        note: () => joined(state.watches?.notes() ?? []),
      },
      {
        name: "admission",
        check() {
          const [first] = isLeader() ? (state.engine?.reverted ?? []) : [];
          return first === undefined ? undefined : `stamp advance reverted by admission: ${first}`;
        },
      },
      { name: "workloads", check: () => undefined, note: () => heldNote(stale) },
    ],
  };
}

/** Lists only what is watched as well: the right to do more may be missing. */
function probeOf(
  reach: Reach,
  { kinds, rules }: { readonly kinds: readonly WorkloadKind[]; readonly rules: WorkloadRules },
) {
  const sources = [configMaps, secrets].filter(({ kind }) => rules.ignoredKinds?.has(kind as SourceKind) !== true);
  const isNothing = reach.namespaces?.length === 0;
  return { kinds: isNothing ? [] : kinds, sources, namespaces: reach.namespaces };
}

function joined(problems: readonly string[]): string | undefined {
  return problems.length === 0 ? undefined : [...new Set(problems)].join("; ");
}

function countBy<T, K>(items: Iterable<T>, key: (item: T) => K): ReadonlyMap<K, number> {
  return new Map([...Map.groupBy(items, key)].map(([name, group]) => [name, group.length]));
}
