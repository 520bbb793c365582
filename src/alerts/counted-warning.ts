import type { Clock, Logger } from "../core/ports.ts";

/** One warning of which there may be many. */
export interface CountedWarning {
  /** Logs `fields`, with `count`: how many there were since the last line, this one included. Or only counts. */
  warn(fields: object): void;
  /** Logs those that were only counted. */
  flush(): void;
}

/** Logs the first at once, then at most one line in `everyMs`, so that a receiver that is down does not fill the log. */
export function createCountedWarning(
  deps: { readonly log: Logger; readonly clock: Clock },
  options: { readonly message: string; readonly everyMs: number },
): CountedWarning {
  let count = 0;
  let last: object = {};
  let loggedAt = Number.NEGATIVE_INFINITY;

  function flush(): void {
    if (count === 0) return;
    deps.log.warn({ ...last, count }, options.message);
    count = 0;
    loggedAt = deps.clock.now();
  }

  return {
    warn(fields) {
      count += 1;
      last = fields;
      if (deps.clock.now() - loggedAt >= options.everyMs) flush();
    },
    flush,
  };
}
