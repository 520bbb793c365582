/** What the next wait depends on; times are milliseconds. */
export interface BackoffStep {
  /** Failures in a row, this one included: from 1 on. */
  readonly failures: number;
  /** The first wait, before jitter. */
  readonly baseMs: number;
  /** The longest wait; `askedMs` may be twice as much. */
  readonly maxMs: number;
  /** What the other side asked for in `Retry-After`. @default 0 */
  readonly askedMs?: number | undefined;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

/** Doubling waits with jitter: from half of the wait to all of it, so that a fleet does not come back at once. */
export function backoffMs({ failures, baseMs, maxMs, askedMs = 0, random }: BackoffStep): number {
  const wait = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(Math.max(wait * (0.5 + random / 2), Math.min(askedMs, 2 * maxMs)));
}
