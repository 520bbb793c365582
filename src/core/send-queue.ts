/** Sends in the background, a few at a time. */
export interface SendQueue {
  /** Queues a call. `false`: the queue is full, and the call forgotten. A call must end when its signal fires. */
  add(send: (signal: AbortSignal) => Promise<void>): boolean;
  /** Waits until everything queued is sent or given up; after `timeoutMs` what is left is abandoned. Returns how many. */
  drain(timeoutMs: number): Promise<number>;
}

/** What a send queue works with. */
export interface SendQueueDeps {
  /** `setTimeout` of `node:timers/promises`: rejects when the signal fires, and with `ref: false` keeps no process alive. */
  readonly sleep: (ms: number, value: undefined, options: { signal: AbortSignal; ref?: boolean }) => Promise<unknown>;
  /** How long to wait after that many failures in a row, in milliseconds; `undefined`: the failure will not pass. */
  readonly waitMs: (error: unknown, failures: number) => number | undefined;
  /** The last failure of a call that is not tried again. */
  readonly onGivenUp: (error: unknown) => void;
}

/** How much is held, and how hard it is tried. */
export interface SendQueueOptions {
  readonly maxQueued: number;
  readonly concurrency: number;
  /** Attempts of one call, the first included. */
  readonly attempts: number;
}

/** Bounded in memory, in calls under way and in attempts, so that a slow receiver costs nothing but what is sent late. */
export function createSendQueue(deps: SendQueueDeps, options: SendQueueOptions): SendQueue {
  const queued: ((signal: AbortSignal) => Promise<void>)[] = [];
  const idleWaiters = new Set<() => void>();
  let abandon = new AbortController();
  let busy = 0;

  async function sendOne(send: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let failures = 1; !signal.aborted; failures++) {
      const failure = await failureOf(send, signal);
      if (failure === undefined || signal.aborted) return;
      const wait = failures < options.attempts ? deps.waitMs(failure.error, failures) : undefined;
      if (wait === undefined) return deps.onGivenUp(failure.error);
      await deps.sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
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
      await Promise.race([idle, deps.sleep(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined)]);
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

async function failureOf(
  send: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    await send(signal);
    return undefined;
  } catch (error) {
    return { error };
  }
}
