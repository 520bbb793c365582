import { backoffMs } from "../core/backoff.ts";
import { ClusterError } from "../core/errors.ts";

/** The longest wait unless told otherwise, in milliseconds. */
export const maxBackoffMs = 30_000;

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

/** The waits of {@link backoffMs}, one after the other. */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const baseMs = options.baseMs ?? 500;
  const maxMs = options.maxMs ?? maxBackoffMs;
  const random = options.random ?? Math.random;
  let failures = 0;
  return {
    next(error) {
      failures += 1;
      const askedMs = error instanceof ClusterError ? error.retryAfterMs : undefined;
      return backoffMs({ failures, baseMs, maxMs, askedMs, random: random() });
    },
    failures: () => failures,
    reset() {
      failures = 0;
    },
  };
}
