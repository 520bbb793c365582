import { type CurrentEntry, currentEntry, entryValue, fitEntries, fits } from "../src/core/current-entry.ts";
import type { DigestKey } from "../src/core/digest.ts";
import type { SourceReference } from "../src/core/pod-references.ts";
import type { SourceId } from "../src/core/source.ts";
import type { SourceState } from "../src/core/source-state.ts";
import { absent, type Stamp, unknown } from "../src/core/stamp.ts";

/** One source that a workload refers to, as it was just read. */
export interface ReadSource {
  readonly entry: string;
  readonly id: SourceId;
  readonly reference: SourceReference;
  /** It counts only while it is marked to match. */
  readonly matchedOnly: boolean;
  readonly state: SourceState;
}

/** What a stamp is made of. */
export interface StampParts {
  readonly sources: readonly ReadSource[];
  /** Entries that only the controller knows the values of: name patterns, and what only pods tell. */
  readonly patterns: readonly string[];
  /** Whether an entry is about a source that only a pattern names. @default none is */
  readonly isMatched?: (entry: string) => boolean;
}

/** A source that could not be read. `kept`: its entry has the stored value. */
export interface Unread {
  readonly what: string;
  readonly reason: string;
  readonly kept: boolean;
}

/** A stamp, and what there is to say about it. */
export interface ComposedStamp {
  readonly keyId: string;
  /** Empty where the workload has nothing that a stamp could name: then it gets none. */
  readonly entries: ReadonlyMap<string, string>;
  /** Required sources or keys that do not exist, in words. */
  readonly missing: readonly string[];
  readonly unread: readonly Unread[];
}

/**
 * Makes the stamp of what was read, with one key for all of it. What could not be read keeps the value that the stored
 * stamp has for it, if that was made with the same key; else it is `unknown`, or left out if only the controller knows it.
 */
export function composeStamp(parts: StampParts, key: DigestKey, stored: Stamp | undefined): ComposedStamp {
  const current = currentEntries(parts, key, stored);
  const entries = new Map<string, string>();
  for (const [entry, now] of fitEntries(current, key)) {
    const value = now.is === "unknown" ? storedValue(stored, entry, key.id) : entryValue(now);
    if (value !== undefined) entries.set(entry, value);
    else if (!isControllers(parts, entry)) entries.set(entry, unknown);
  }
  const missing = [...current.values()].flatMap((now) => (now.is === "absent" && now.required ? [now.what] : []));
  const unread = parts.sources.flatMap(({ entry, id, state }) =>
    state.is === "unknown"
      ? [
          {
            what: `${id.kind} "${id.name}"`,
            reason: state.reason,
            kept: storedValue(stored, entry, key.id) !== undefined,
          },
        ]
      : [],
  );
  return { keyId: key.id, entries, missing, unread };
}

/** The value of an entry of the stored stamp, if it means the same in a stamp of the given key. */
export function storedValue(stored: Stamp | undefined, entry: string, keyId: string): string | undefined {
  const value = stored?.entries.get(entry);
  if (value === undefined || value === unknown) return undefined;
  return value === absent || stored?.keyId === keyId ? value : undefined;
}

/** Whether a stamp of these parts needs values of the stored one. */
export function needsStored({ sources, patterns }: StampParts): boolean {
  return patterns.length > 0 || sources.some(({ state }) => state.is === "unknown");
}

function isControllers({ patterns, isMatched }: StampParts, entry: string): boolean {
  return patterns.includes(entry) || isMatched?.(entry) === true;
}

const forController: CurrentEntry = { is: "unknown", reason: "only the controller reads it" };

function currentEntries(parts: StampParts, key: DigestKey, stored: Stamp | undefined) {
  const { sources, patterns, isMatched } = parts;
  const current = new Map<string, CurrentEntry>();
  for (const { entry, id, reference, matchedOnly, state } of sources) {
    if (state.is === "present" && (state.ignored || (matchedOnly && state.matched !== true))) continue;
    current.set(entry, currentEntry(reference, { id, state }, key));
  }
  // They count for the length of the stamp as they do in the controller, or the two would not agree on its form.
  for (const entry of patterns) current.set(entry, forController);
  // A pattern without what it is recorded to match would say that nothing else was there.
  const matched = [...(stored?.entries.keys() ?? [])].filter((entry) => isMatched?.(entry) === true);
  const all = new Map([...current, ...matched.map((entry) => [entry, forController] as const)]);
  return fits(all) ? all : current;
}
