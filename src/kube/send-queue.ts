import { setTimeout as sleep } from "node:timers/promises";
import { isClusterError } from "../core/errors.ts";
import { createBackoff } from "./backoff.ts";

/** Sends in the background, a few at a time. */
export interface SendQueue {
  /** Queues a call. `false`: the queue is full, and the call forgotten. */
  add(send: (signal: AbortSignal) => Promise<void>): boolean;
  /** Waits until everything queued is sent or given up; after `timeoutMs` what is left is abandoned. Returns how many. */
  drain(timeoutMs: number): Promise<number>;
}

/** How much is held, and how hard it is tried. */
export interface SendQueueOptions {
  readonly maxQueued: number;
  readonly concurrency: number;
  /** Attempts of one call, the first included; only failures that may pass are tried again. */
  readonly attempts: number;
  /** First wait between attempts, in milliseconds; doubles. */
  readonly retryMs: number;
}

/** Bounded in memory, in calls under way and in attempts, so that a slow API server costs nothing but what is sent late. */
export function createSendQueue(
  deps: { readonly onGivenUp: (error: unknown) => void },
  options: SendQueueOptions,
): SendQueue {
  const queued: ((signal: AbortSignal) => Promise<void>)[] = [];
  const idleWaiters = new Set<() => void>();
  let abandon = new AbortController();
  let busy = 0;

  async function sendOne(send: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ baseMs: options.retryMs });
    for (;;) {
      try {
        return await send(signal);
      } catch (error) {
        const passing = isClusterError(error, "unavailable", "timeout", "throttled", "unauthorized");
        if (signal.aborted) return;
        if (!passing || backoff.failures() + 1 >= options.attempts) return deps.onGivenUp(error);
        await sleep(backoff.next(error), undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async function work(): Promise<void> {
    busy += 1;
    for (let next = queued.shift(); next !== undefined; next = queued.shift()) await sendOne(next, abandon.signal);
    busy -= 1;
    if (busy > 0) return;
    for (const resolve of idleWaiters) resolve();
    idleWaiters.clear();
  }

  return {
    add(send) {
      if (queued.length >= options.maxQueued) return false;
      queued.push(send);
      if (busy < options.concurrency) void work();
      return true;
    },
    async drain(timeoutMs) {
      if (busy === 0) return 0;
      const idle = new Promise<void>((resolve) => idleWaiters.add(resolve));
      const stop = new AbortController();
      await Promise.race([idle, sleep(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined)]);
      stop.abort();
      if (busy === 0) return 0;
      const left = queued.length + busy;
      queued.length = 0;
      abandon.abort();
      abandon = new AbortController();
      await idle;
      return left;
    },
  };
}
