import { keepNewest } from "../core/bounded.ts";
import type { Clock } from "../core/ports.ts";

/** A token bucket for each key. */
export interface TokenBuckets {
  /** Whether the bucket of `key` had a token, which is then gone. */
  take(key: string): boolean;
}

/** How large and how fast. */
export interface TokenBucketOptions {
  readonly burst: number;
  /** Milliseconds until one token is back. */
  readonly refillMs: number;
  /** How many keys are remembered; the one not used for longest starts afresh first. */
  readonly maxKeys: number;
}

/** Buckets start full, and need memory only for the keys used last. */
export function createTokenBuckets(deps: { clock: Clock }, options: TokenBucketOptions): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key) {
      const now = deps.clock.now();
      const known = buckets.get(key) ?? { tokens: options.burst, at: now };
      const tokens = Math.min(options.burst, known.tokens + Math.max(0, now - known.at) / options.refillMs);
      const granted = tokens >= 1;
      buckets.delete(key);
      buckets.set(key, { tokens: granted ? tokens - 1 : tokens, at: now });
      keepNewest(buckets, options.maxKeys);
      return granted;
    },
  };
}
