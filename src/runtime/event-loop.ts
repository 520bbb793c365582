import { performance } from "node:perf_hooks";

/** How late this process is with its own timers, and so with everything else. */
export interface EventLoopMonitor {
  /** The greatest lateness within the window, in milliseconds, the present one included. */
  lateness(): number;
  /** A readiness check: why this process should not get requests, or `undefined`. */
  check(): string | undefined;
  stop(): void;
}

/** Limits of an {@link EventLoopMonitor}, in milliseconds. */
export interface EventLoopOptions {
  /** From which lateness on the check fails. @default 500: more than an admission may take in all */
  readonly limitMs?: number;
  /** How long a lateness counts. @default 5000: about one period of the readiness probe */
  readonly windowMs?: number;
  /** Time between two looks. @default 250: four wake-ups a second cost 0.05 % of a core, ten 0.12 % */
  readonly intervalMs?: number;
}

/** Starts watching at once. Does not keep the process alive. */
export function createEventLoopMonitor(options: EventLoopOptions = {}): EventLoopMonitor {
  const { limitMs = 500, windowMs = 5_000, intervalMs = 250 } = options;
  const worst = { ms: 0, at: 0 };
  let expectedAt = performance.now() + intervalMs;
  const look = (now: number): void => {
    const late = Math.max(0, now - expectedAt);
    if (late >= worst.ms || now - worst.at > windowMs) Object.assign(worst, { ms: late, at: now });
  };
  const timer = setInterval(() => {
    const now = performance.now();
    look(now);
    expectedAt = now + intervalMs;
  }, intervalMs).unref();
  const lateness = (): number => {
    // The probe may be served before the late timer: what is late now is seen without it.
    look(performance.now());
    return Math.round(worst.ms);
  };
  return {
    lateness,
    check: () => (lateness() < limitMs ? undefined : `event loop late by ${lateness()} ms`),
    stop: () => clearInterval(timer),
  };
}
