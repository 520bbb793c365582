import { isToldByPods, namedSource } from "../src/core/source.ts";
import { collapsedEntry, type Stamp } from "../src/core/stamp.ts";
import { type ComposedStamp, storedValue } from "./compose-stamp.ts";

/** What a requested stamp is held against. */
export interface Proof {
  /** What is true now, in terms of the requested stamp's key. */
  readonly fresh: ComposedStamp;
  readonly stored: Stamp | undefined;
  /** Whether the request comes under restamp's field manager, which proves little: anybody can give that name. */
  readonly fromController: boolean;
  /** Whether an entry is about a source that only a pattern names. @default none is */
  readonly isMatched?: (entry: string) => boolean;
}

/**
 * Whether a requested stamp says nothing but what is true now or what the stored one says already. Nobody can make such a
 * stamp without the key, so it does not matter who asks. What only the controller can know is taken from a request under
 * its field manager: the values of name patterns, of what they match and of what only pods tell, and that the same
 * entries start another round.
 */
export function isGenuine(requested: Stamp, { fresh, stored, fromController, isMatched }: Proof): boolean {
  const { round = 0, entries } = requested;
  if (requested.keyId !== fresh.keyId) return false;
  if (round !== 0 && !(fromController && round === (stored?.round ?? 0) + 1)) return false;
  // An entry that is left out would be adopted later, and the change it tells of be lost.
  const mayLeaveOut = (entry: string): boolean => fromController && isMatched?.(entry) === true;
  if (![...fresh.entries.keys()].every((entry) => entries.has(entry) || mayLeaveOut(entry))) return false;
  return [...entries].every(([entry, value]) => {
    const isKnown = fresh.entries.get(entry) === value || storedValue(stored, entry, fresh.keyId) === value;
    return isKnown || (fromController && (isControllers(entry) || isMatched?.(entry) === true));
  });
}

function isControllers(entry: string): boolean {
  const source = namedSource(entry);
  return source === undefined ? entry !== collapsedEntry : isToldByPods(source);
}

/** Whether a stored stamp says of every entry what is true now. */
export function sameEntries({ entries }: ComposedStamp, stored: Stamp): boolean {
  return (
    entries.size === stored.entries.size && [...entries].every(([entry, value]) => stored.entries.get(entry) === value)
  );
}
