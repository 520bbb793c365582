/** Lets so many tasks run at a time, in the order in which they came. */
export interface Limiter {
  /** Runs `task` when its turn comes; rejects with the signal's reason if the signal aborts before. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal;
}

/** @param parallel how many tasks may run at once. */
export function createLimiter(parallel: number): Limiter {
  const waiting = new Set<Waiter>();
  const signals = createSharedSignals<Waiter>((waiter) => {
    waiting.delete(waiter);
    waiter.reject(waiter.signal.reason);
  });
  let running = 0;

  function turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, signal };
      signals.add(signal, waiter);
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
    signals.delete(next.signal, next);
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

/**
 * One listener for all who wait under a signal: signals keep theirs in a list that each `addEventListener` walks, and tens of
 * thousands may wait under the one of the process.
 */
function createSharedSignals<T>(onAbort: (each: T) => void) {
  const groups = new Map<AbortSignal, { readonly members: Set<T>; readonly listener: () => void }>();

  function open(signal: AbortSignal) {
    const members = new Set<T>();
    const listener = (): void => {
      groups.delete(signal);
      for (const each of members) onAbort(each);
    };
    signal.addEventListener("abort", listener, { once: true });
    const group = { members, listener };
    groups.set(signal, group);
    return group;
  }

  return {
    add(signal: AbortSignal, each: T): void {
      (groups.get(signal) ?? open(signal)).members.add(each);
    },
    delete(signal: AbortSignal, each: T): void {
      const group = groups.get(signal);
      group?.members.delete(each);
      if (group === undefined || group.members.size > 0) return;
      signal.removeEventListener("abort", group.listener);
      groups.delete(signal);
    },
  };
}
