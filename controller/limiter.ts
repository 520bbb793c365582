/** Runs tasks, so many at a time, in the order in which they were given. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** @param parallel how many tasks may run at once. */
export function createLimiter(parallel: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await task();
    } finally {
      // The place is handed on rather than given back, so that no newcomer can take it.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
