import { setMaxListeners } from "node:events";
import { backoffMs } from "../src/core/backoff.ts";

/**
 * Retries of one key: 0.2 s doubling to 5 min. Most failures are over at once, and long waits must not keep a mended workload
 * waiting for an hour.
 */
const retryBaseMs = 200;
const retryMaxMs = 5 * 60_000;

/**
 * A queue of keys. A key is in it once, however often it is added; a key that is being worked on is handed out again
 * only when it is done. The model is client-go's `workqueue`. Closed at first: where nobody works, nothing is collected.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/util/workqueue
 */
export interface WorkQueue {
  /** Adds a key now. */
  add(key: string): void;
  /** Adds a key at a time (ms since the epoch); the earliest of several counts. */
  addAt(key: string, time: number): void;
  /** Adds a key after a delay that grows with each call until {@link WorkQueue.forget}. Returns the delay. */
  retry(key: string, atLeastMs?: number): number;
  /** Resets the delay of {@link WorkQueue.retry}. */
  forget(key: string): void;
  /** The next key, or `undefined` when the signal aborts. Call {@link WorkQueue.done} with it afterwards. */
  next(signal: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  /** Keys that wait to be handed out now. */
  depth(): number;
  /** From now on keys are taken in; what was added before is not known. */
  open(): void;
  /** Drops all keys and timers, and takes no more. */
  close(): void;
}

/** A key that is added at a time, in ms since the epoch. */
interface Due {
  readonly time: number;
  readonly timer: NodeJS.Timeout;
}

/** Told what happens in a queue, for metrics. */
export interface WorkQueueMetrics {
  /** A key has become ready to be handed out. */
  queued(): void;
  /** A key was handed out that was ready for so long, in milliseconds. */
  waited(milliseconds: number): void;
}

/** A closed one. @param now the clock that `addAt` counts by. */
export function createWorkQueue(now: () => number = Date.now, metrics?: WorkQueueMetrics): WorkQueue {
  /** By the time at which they became ready. */
  const ready = new Map<string, number>();
  const processing = new Set<string>();
  const again = new Set<string>();
  const timers = new Map<string, Due>();
  const failures = new Map<string, number>();
  const waiting: (() => void)[] = [];
  let isOpen = false;

  function add(key: string): void {
    if (!isOpen) return;
    cancel(key);
    if (processing.has(key)) again.add(key);
    else if (!ready.has(key)) {
      ready.set(key, now());
      metrics?.queued();
      waiting.shift()?.();
    }
  }

  function addAt(key: string, time: number): void {
    if (!isOpen) return;
    const scheduled = timers.get(key);
    if (ready.has(key) || again.has(key) || (scheduled !== undefined && scheduled.time <= time)) return;
    cancel(key);
    const delay = Math.min(Math.max(time - now(), 0), 2 ** 31 - 1);
    // Where this process was held up, timers are served before what has arrived meanwhile: that comes first.
    const due: Due = { time, timer: setTimeout(() => setImmediate(() => timers.get(key) === due && add(key)), delay) };
    timers.set(key, due);
  }

  function cancel(key: string): void {
    clearTimeout(timers.get(key)?.timer);
    timers.delete(key);
  }

  return {
    add,
    addAt,
    retry(key, atLeastMs = 0) {
      const failed = (failures.get(key) ?? 0) + 1;
      failures.set(key, failed);
      const times = { baseMs: retryBaseMs, maxMs: retryMaxMs, askedMs: atLeastMs };
      const delay = backoffMs({ failures: failed, ...times, random: Math.random() });
      addAt(key, now() + delay);
      return delay;
    },
    forget(key) {
      failures.delete(key);
    },
    async next(signal) {
      while (!signal.aborted) {
        for (const [key, since] of ready) {
          ready.delete(key);
          metrics?.waited(now() - since);
          processing.add(key);
          return key;
        }
        await woken(waiting, signal);
      }
      return undefined;
    },
    done(key) {
      processing.delete(key);
      if (again.delete(key)) add(key);
    },
    depth: () => ready.size,
    open() {
      isOpen = true;
    },
    close() {
      isOpen = false;
      for (const { timer } of timers.values()) clearTimeout(timer);
      for (const each of [ready, again, timers, failures]) each.clear();
    },
  };
}

/** Resolves when the queue wakes this waiter, or the signal aborts. */
function woken(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  setMaxListeners(0, signal);
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener("abort", stop);
      resolve();
    };
    const stop = (): void => {
      const index = waiting.indexOf(wake);
      if (index >= 0) waiting.splice(index, 1);
      resolve();
    };
    waiting.push(wake);
    signal.addEventListener("abort", stop, { once: true });
  });
}
