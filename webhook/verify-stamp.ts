import type { Stamp } from "../src/core/stamp.ts";
import { type ComposedStamp, storedValue } from "./compose-stamp.ts";

/** What a requested stamp is held against. */
export interface Proof {
  /** What is true now, in terms of the requested stamp's key. */
  readonly fresh: ComposedStamp;
  readonly stored: Stamp | undefined;
  /** Whether the request comes under restamp's field manager, which proves little: anybody can give that name. */
  readonly fromController: boolean;
}

/**
 * Whether a requested stamp says nothing but what is true now or what the stored one says already. Nobody can make such a
 * stamp without the key, so it does not matter who asks. What only the controller can know is taken from a request under
 * its field manager: the values of name patterns, and that the same entries start another round.
 */
export function isGenuine(requested: Stamp, { fresh, stored, fromController }: Proof): boolean {
  const { round = 0, entries } = requested;
  if (requested.keyId !== fresh.keyId) return false;
  if (round !== 0 && !(fromController && round === (stored?.round ?? 0) + 1)) return false;
  // An entry that is left out would be adopted later, and the change it tells of be lost.
  if (![...fresh.entries.keys()].every((entry) => entries.has(entry))) return false;
  return [...entries].every(([entry, value]) => {
    const isKnown = fresh.entries.get(entry) === value || storedValue(stored, entry, fresh.keyId) === value;
    return isKnown || (fromController && /[*?]/.test(entry));
  });
}

/** Whether a stored stamp says of every entry what is true now. */
export function sameEntries({ entries }: ComposedStamp, stored: Stamp): boolean {
  return (
    entries.size === stored.entries.size && [...entries].every(([entry, value]) => stored.entries.get(entry) === value)
  );
}
