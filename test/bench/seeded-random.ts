/** Numbers from 0 up to 1 that look random; the same ones for the same seed. */
export type Random = () => number;

/**
 * Small and fast; good enough to choose by, not for secrets.
 *
 * @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (Mulberry32)
 */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of these. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const found = items[Math.floor(random() * items.length)];
  if (found === undefined) throw new Error("Cannot pick one of nothing");
  return found;
}
