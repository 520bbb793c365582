import { performance } from "node:perf_hooks";

/** How late this process is with its own timers, and so with everything else. */
export interface EventLoopMonitor {
  /** A readiness check: why this process should not get requests, or `undefined`. */
  check(): string | undefined;
  stop(): void;
}

/** Limits of an {@link EventLoopMonitor}. */
export interface EventLoopOptions {
  /** From which lateness on it counts, in milliseconds. @default 500: more than an admission may take in all */
  readonly limitMs?: number;
  /** How often it has to be that late. @default 2: a process that was held up once is as good as before */
  readonly times?: number;
  /** How long a lateness counts, in milliseconds. @default 5000: two periods of the readiness probe */
  readonly windowMs?: number;
  /** Time between two looks, in milliseconds. @default 250: four wake-ups a second cost 0.05 % of a core, ten 0.12 % */
  readonly intervalMs?: number;
}

/** Starts watching at once. Does not keep the process alive. @param now a clock in milliseconds that never goes back. */
export function createEventLoopMonitor(
  options: EventLoopOptions = {},
  now: () => number = () => performance.now(),
): EventLoopMonitor {
  const { limitMs = 500, times = 2, windowMs = 5_000, intervalMs = 250 } = options;
  let late: { readonly ms: number; readonly at: number }[] = [];
  let expectedAt = now() + intervalMs;
  /** What counts, the present lateness included: a probe may be served before the timer that is late. */
  const lateAt = (time: number): typeof late => {
    const recent = late.filter(({ at }) => time - at <= windowMs);
    const ms = time - expectedAt;
    return ms < limitMs ? recent : [...recent, { ms, at: time }];
  };
  const timer = setInterval(() => {
    const time = now();
    late = lateAt(time);
    expectedAt = time + intervalMs;
  }, intervalMs).unref();
  return {
    check() {
      const found = lateAt(now());
      if (found.length < times) return undefined;
      const most = Math.round(Math.max(...found.map(({ ms }) => ms)));
      return `event loop late ${found.length} times in ${windowMs / 1_000} s, by up to ${most} ms`;
    },
    stop: () => clearInterval(timer),
  };
}
