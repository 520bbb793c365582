import { messageOf } from "../src/core/errors.ts";
import type { ApiClient, Clock, EventRecorder, Logger } from "../src/core/ports.ts";
import { type WorkloadKind, workloadKinds } from "../src/core/workload-kinds.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { DigestKeyKeeper } from "./digest-key-keeper.ts";
import { createEngine } from "./engine.ts";
import type { LeaderElection } from "./leader-election.ts";
import { lead } from "./leadership.ts";
import type { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import type { Outcome } from "./reconciler.ts";
import type { ReconcilerMetrics } from "./reconciler-deps.ts";
import { probeOneSequence } from "./version-probe.ts";
import { type StartReflector, startWatches } from "./watches.ts";
import { createWorkQueue } from "./work-queue.ts";
import type { Stale } from "./workers.ts";

/** What a controller works with. */
export interface ControllerDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly keyRing: KeyRing;
  readonly keeper: DigestKeyKeeper;
  readonly ledger: Ledger;
  /** `undefined`: this is the only replica. */
  readonly election: LeaderElection | undefined;
  readonly startReflector: StartReflector;
  /** What else only the leader does. */
  readonly alsoLeading: readonly ((leadership: AbortSignal) => Promise<void>)[];
  readonly metrics: ReconcilerMetrics & {
    reconciled(outcome: Outcome["is"]): void;
    /** A workload that was ready waited so long for a worker, in milliseconds. */
    waited(milliseconds: number): void;
  };
}

/** See the options of the same names. Durations in milliseconds. */
export interface ControllerOptions {
  readonly workers: number;
  readonly settleMs: number;
  readonly settleMaxMs: number;
  readonly minIntervalMs: number;
  readonly minIntervalMaxMs: number;
  readonly minIntervalBurst: number;
  readonly watchNamespaces: readonly string[];
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
  /** Named questions for readiness; each answers with what is wrong. */
  readonly checks: readonly { readonly name: string; check(): string | undefined }[];
}

const retryMs = 1_000;
const lookMs = 20;

/** Connects the parts of a replica. Nothing happens before {@link Controller.start}. */
export function createController(deps: ControllerDeps, options: ControllerOptions): Controller {
  const { api, log, keyRing, ledger, election } = deps;
  const queue = createWorkQueue(Date.now, deps.metrics.waited);
  const stale = new Map<string, Stale>();
  const running: Promise<unknown>[] = [];
  const state = { oneSequence: false, engine: undefined as ReturnType<typeof createEngine> | undefined };
  let problems = (): readonly string[] => ["The watches have not started yet"];
  const isLeader = (): boolean => election?.isLeader() ?? true;

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

  async function probe(signal: AbortSignal): Promise<void> {
    const builtIn = workloadKinds.filter((kind: WorkloadKind) => kind.builtIn);
    state.oneSequence = await probeOneSequence(api, builtIn, signal);
    if (!state.oneSequence)
      log.warn({}, "Versions of different kinds cannot be compared: in doubt, pods are replaced once more");
  }

  return {
    async start(signal) {
      await insist("read or make the digest key", signal, () => deps.keeper.ensure(signal));
      const engine = createEngine(
        { ...deps, queue, isLeader, signal, oneSequence: () => state.oneSequence },
        {
          settleMaxMs: options.settleMaxMs,
          pace: { maxIntervalMs: options.minIntervalMaxMs, burst: options.minIntervalBurst },
          defaults: { settleMs: options.settleMs, minIntervalMs: options.minIntervalMs },
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
        options.watchNamespaces,
      );
      problems = watches.problems;
      running.push(deps.keeper.run(signal));
      await insist("compare resourceVersions", signal, () => probe(signal));
      while (!signal.aborted && !watches.scopesKnown()) await pause(lookMs, signal);
      if (signal.aborted) return;
      engine.open();
      const { reconcile } = engine;
      const work = { engine, ledger, watches, queue, stale, log, reconcile, counted: deps.metrics.reconciled };
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
      { name: "digest-key", check: () => (keyRing.signing() === undefined ? "there is no digest key yet" : undefined) },
      { name: "watches", check: () => joined(problems()) },
      {
        name: "admission",
        check() {
          const [first] = state.engine?.reverted ?? [];
          return first === undefined ? undefined : `stamp advance reverted by admission: ${first}`;
        },
      },
    ],
  };
}

function joined(problems: readonly string[]): string | undefined {
  return problems.length === 0 ? undefined : [...new Set(problems)].join("; ");
}

function countBy<T, K>(items: Iterable<T>, key: (item: T) => K): ReadonlyMap<K, number> {
  return new Map([...Map.groupBy(items, key)].map(([name, group]) => [name, group.length]));
}
