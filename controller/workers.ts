import { isClusterError, messageOf } from "../src/core/errors.ts";
import type { Logger } from "../src/core/ports.ts";
import type { Outcome } from "./reconciler.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Why a workload still runs with content that is no longer current. */
export type Stale = "waiting" | "blocked" | "suspended" | "rejected" | "error";

/** What workers work with. */
export interface WorkersDeps {
  readonly queue: WorkQueue;
  readonly log: Logger;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>;
  /** One look has ended, after so many seconds. */
  readonly counted: (outcome: Outcome["is"], seconds: number) => void;
  /** Workloads that are held, by key. Kept here, shown by metrics. */
  readonly stale: Map<string, Stale>;
}

/** Works on the queue, so many keys at a time, until the signal aborts; what is being worked on is finished. */
export async function runWorkers(deps: WorkersDeps, count: number, signal: AbortSignal): Promise<void> {
  // Not the signal of the workers: a write that is on its way is waited for, within the limit of every API call.
  const never = new AbortController().signal;
  const worker = async (): Promise<void> => {
    for (let key = await deps.queue.next(signal); key !== undefined; key = await deps.queue.next(signal)) {
      const start = performance.now();
      try {
        const outcome = await deps.reconcile(key, never);
        deps.counted(outcome.is, secondsSince(start));
        settle(deps, key, outcome);
      } catch (error) {
        deps.counted("error", secondsSince(start));
        failed(deps, key, error);
      } finally {
        deps.queue.done(key);
      }
    }
  };
  await Promise.all(Array.from({ length: count }, worker));
}

/** By the same clock. */
function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}

/** The one place where an outcome becomes a queue operation and a metric. */
function settle({ queue, stale }: WorkersDeps, key: string, outcome: Outcome): void {
  switch (outcome.is) {
    case "unchanged":
    case "recorded":
    case "advanced":
      stale.delete(key);
      queue.forget(key);
      if (outcome.until !== undefined) queue.addAt(key, outcome.until);
      break;
    case "waiting":
    case "blocked":
    case "suspended":
      stale.set(key, outcome.is);
      queue.forget(key);
      if (outcome.until !== undefined) queue.addAt(key, outcome.until);
      break;
    case "rejected":
    case "error":
      stale.set(key, outcome.is);
      queue.retry(key);
      break;
    default:
      outcome satisfies never;
  }
}

function failed({ queue, stale, log }: WorkersDeps, key: string, error: unknown): void {
  stale.set(key, "error");
  const retryInMs = Math.round(queue.retry(key, isClusterError(error) ? error.retryAfterMs : undefined));
  log.warn({ workload: key, error: messageOf(error), retryInMs }, "Cannot reconcile, trying again");
}
