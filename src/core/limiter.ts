/** Lets so many tasks run at a time, in the order in which they came. */
export interface Limiter {
  /** Runs `task` when its turn comes; rejects with the signal's reason if the signal aborts before. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Waiter {
  readonly resolve: () => void;
  readonly forget: () => void;
}

/** @param parallel how many tasks may run at once. */
export function createLimiter(parallel: number): Limiter {
  const waiting = new Set<Waiter>();
  let running = 0;

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter = { resolve, forget: () => signal.removeEventListener("abort", onAbort) };
      signal.addEventListener("abort", onAbort, { once: true });
      waiting.add(waiter);
    });
  }

  function release(): void {
    const [next] = waiting;
    if (next === undefined) {
      running--;
      return;
    }
    // The place is handed on rather than given back: no newcomer can take it.
    waiting.delete(next);
    next.forget();
    next.resolve();
  }

  return {
    async run(task, signal) {
      signal.throwIfAborted();
      if (running >= parallel) await turn(signal);
      else running++;
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}
