import { signingFingerprint, trusts } from "../certs/trust-bundle.ts";
import type { Clock } from "../src/core/ports.ts";
import type { PublishedBundle } from "./ca-bundle.ts";

/** Remembers for how long API servers have been told to trust the signing authority, without a break. */
export interface Publication {
  /** Notes what was read or written. `authority` is PEM, the signing one first; undefined is none. */
  observe(authority: string | undefined, published: PublishedBundle | undefined): void;
  /** Milliseconds until it has lasted `ms`. */
  remainingMs(ms: number): number;
}

/**
 * Makes a memory of the publication. It is of this process only: another leader starts to count anew, which delays
 * a switch by that much and harms nothing.
 */
export function createPublication(clock: Clock): Publication {
  let seen: { readonly signing: string; readonly since: number } | undefined;

  return {
    observe(authority, published) {
      const signing = signingFingerprint(authority);
      const everywhere =
        signing !== undefined && published?.bundles.every((bundle) => trusts(bundle, signing)) === true;
      if (!everywhere) seen = undefined;
      else if (seen?.signing !== signing) seen = { signing, since: clock.now() };
    },
    remainingMs(ms) {
      const now = clock.now();
      return Math.max(0, (seen?.since ?? now) + ms - now);
    },
  };
}
