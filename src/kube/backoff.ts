import { ClusterError } from "../core/errors.ts";

/** Grows with each failure in a row. */
export interface Backoff {
  /** How long to wait after one more failure, in milliseconds: jittered, and never less than `Retry-After` asks for. */
  next(error?: unknown): number;
  /** Failures since the last success. */
  failures(): number;
  /** After a success. */
  reset(): void;
}

/** How the waits grow. */
export interface BackoffOptions {
  /** The first wait, before jitter. @default 500 */
  readonly baseMs?: number;
  /** The longest wait; `Retry-After` may ask for twice as much. @default 30000 */
  readonly maxMs?: number;
  /** From 0 up to, not including, 1. @default Math.random */
  readonly random?: () => number;
}

/** Doubling waits with jitter: from half of the wait to all of it, so that a fleet does not come back at once. */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const baseMs = options.baseMs ?? 500;
  const maxMs = options.maxMs ?? 30_000;
  const random = options.random ?? Math.random;
  let failures = 0;
  return {
    next(error) {
      const wait = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
      failures += 1;
      const asked = error instanceof ClusterError ? (error.retryAfterMs ?? 0) : 0;
      return Math.round(Math.max(wait * (0.5 + random() / 2), Math.min(asked, 2 * maxMs)));
    },
    failures: () => failures,
    reset() {
      failures = 0;
    },
  };
}
