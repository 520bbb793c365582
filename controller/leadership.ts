import { messageOf } from "../src/core/errors.ts";
import type { Logger } from "../src/core/ports.ts";
import type { WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { Engine } from "./engine.ts";
import type { Ledger } from "./ledger.ts";
import { pause } from "./pause.ts";
import type { Watches } from "./watches.ts";
import { runWorkers, type WorkersDeps } from "./workers.ts";

/** What knows which workloads there are, and what is remembered of them. */
export interface PruneDeps {
  readonly kinds: Pick<WorkloadKinds, "all">;
  readonly engine: Pick<Engine, "store">;
  readonly ledger: Ledger;
  readonly watches: Pick<Watches, "isComplete">;
}

/** What leading works with. */
export interface LeadershipDeps extends WorkersDeps, PruneDeps {
  readonly log: Logger;
  readonly engine: Pick<Engine, "store" | "takeOver">;
}

const retryMs = 1_000;
const pruneMs = 10 * 60_000;
/** The ledger is written once more when leading ends; the next leader must not have to wait for long. */
const lastFlushMs = 2_000;

/** Does what only one replica may do, until the signal aborts; what is under way is finished, the ledger is written. */
export async function lead(deps: LeadershipDeps, workers: number, signal: AbortSignal): Promise<void> {
  const { engine, ledger, queue, log } = deps;
  while (!signal.aborted && !(await loadLedger(deps, signal))) await pause(retryMs, signal);
  if (signal.aborted) return;
  log.info({ entries: ledger.entries().size }, "Leading");
  // Before everything is added to it. What happened until now is in the engine: a standby needs no keys.
  queue.open();
  engine.takeOver();
  const writing = ledger.run(signal);
  const pruning = prune(deps, signal);
  await runWorkers(deps, workers, signal);
  queue.close();
  deps.stale.clear();
  await Promise.all([writing, pruning]);
  await ledger.flush(AbortSignal.timeout(lastFlushMs)).catch((error: unknown) => {
    log.warn({ error: messageOf(error) }, "Cannot write the ledger: what the last second learned is learned again");
  });
}

async function loadLedger({ ledger, log }: LeadershipDeps, signal: AbortSignal): Promise<boolean> {
  try {
    await ledger.load(signal);
    return true;
  } catch (error) {
    if (!signal.aborted) log.warn({ error: messageOf(error) }, "Cannot read the ledger, trying again");
    return false;
  }
}

async function prune(deps: LeadershipDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(pruneMs, signal);
    if (!signal.aborted) dropDeleted(deps);
  }
}

/**
 * Drops entries of workloads whose deletion nobody has watched. The ledger has loaded none of namespaces that are not
 * watched: of those it is not known what is there.
 */
export function dropDeleted({ kinds, engine, ledger, watches }: PruneDeps): void {
  const alive = new Set([...engine.store.all()].map(({ workload }) => workload.uid));
  const complete = new Set(kinds.all.filter(watches.isComplete).map(({ kind, group }) => `${kind}.${group}`));
  for (const [uid, entry] of ledger.entries()) {
    const [kind = ""] = entry.workload.split("/");
    if (!alive.has(uid) && complete.has(kind)) ledger.forget(uid);
  }
}
