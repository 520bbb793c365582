/** When a workload's sources, and the workload itself, last changed: the window in which changes are collected. */
export interface Unrest {
  readonly first: number;
  readonly last: number;
  /** When the first of them was reported: what it was is known only when it has been read. */
  readonly reported: number;
}

/** The restarts of one workload. */
export interface Pace {
  /** When its stamp was last advanced, in milliseconds since the epoch. */
  readonly lastAt: number;
  /** How many restarts came in a row without a quiet time between them. */
  readonly streak: number;
}

/** How restarts are spaced. Milliseconds. */
export interface PaceLimits {
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
  /** How many restarts may follow each other at once. */
  readonly burst: number;
}

/** Extends the window by a change that is known at `now`, and was reported then or before. */
export function disturbed(unrest: Unrest | undefined, now: number, reported = now): Unrest {
  return { first: unrest?.first ?? now, last: now, reported: Math.min(unrest?.reported ?? reported, reported) };
}

/** When the window closes: quiet for `settleMs`, or `maxMs` after its first change, whichever comes first. */
export function settledAt(unrest: Pick<Unrest, "first" | "last">, settleMs: number, maxMs: number): number {
  // An annotation may ask for more quiet than the flag's cap: then the cap is what was asked for.
  return Math.min(unrest.last + settleMs, unrest.first + Math.max(settleMs, maxMs));
}

/**
 * When the next restart is allowed. The first `burst` in a row are free; then the interval doubles with each, up to the
 * largest, and each interval that passes without a restart takes one of them back.
 */
export function allowedAt(pace: Pace | undefined, limits: PaceLimits, now: number): number {
  if (pace === undefined) return now;
  const { streak, lastAt } = rested(pace, limits, now);
  return streak < limits.burst ? now : lastAt + interval(streak, limits);
}

/** The pace after a restart at `now`. */
export function restarted(pace: Pace | undefined, limits: PaceLimits, now: number): Pace {
  const streak = pace === undefined ? 0 : rested(pace, limits, now).streak;
  return { lastAt: now, streak: streak + 1 };
}

function rested(pace: Pace, limits: PaceLimits, now: number): Pace {
  let { streak } = pace;
  let quiet = now - pace.lastAt;
  while (streak > 0 && quiet >= interval(streak, limits)) {
    quiet -= interval(streak, limits);
    streak--;
  }
  return { lastAt: pace.lastAt, streak };
}

function interval(streak: number, limits: PaceLimits): number {
  const doublings = Math.min(Math.max(streak - limits.burst, 0), 30);
  return Math.min(limits.minIntervalMs * 2 ** doublings, Math.max(limits.maxIntervalMs, limits.minIntervalMs));
}
