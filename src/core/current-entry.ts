import { combinedDigest, type DigestKey, selectContent, sourceDigest } from "./digest.ts";
import type { SourceReference } from "./pod-references.ts";
import { type SourceId, sourceEntry } from "./source.ts";
import type { SourceState } from "./source-state.ts";
import { absent, collapsedEntry, stampLimit, unknown } from "./stamp.ts";

/** What an entry of a stamp would say now. */
export type CurrentEntry =
  | {
      readonly is: "present";
      readonly digest: string;
      /** The earliest version known to have this content. */
      readonly since: number;
      /** Pods cannot have started without it, and this is what the first of them found. */
      readonly first: boolean;
      /** Whatever is recorded, the pods that there are started with it. @default false */
      readonly asStarted?: boolean;
    }
  /** `required`: pods cannot start without it. `what` names what is missing, for a message. */
  | { readonly is: "absent"; readonly required: boolean; readonly what: string }
  | { readonly is: "unknown"; readonly reason: string };

/** The text of an entry's value. */
export function entryValue(entry: CurrentEntry): string {
  return entry.is === "present" ? entry.digest : entry.is === "absent" ? absent : unknown;
}

/** What a reference selects of a source, as the source is now. The one rule for webhook and controller. */
export function currentEntry(
  reference: SourceReference,
  source: { readonly id: SourceId; readonly state: SourceState },
  key: DigestKey,
): CurrentEntry {
  const { id, state } = source;
  if (state.is === "unknown") return state;
  if (state.is === "absent") return { is: "absent", required: !reference.optional, what: `${id.kind} "${id.name}"` };
  const missing = reference.keys.find((each) => !each.optional && !isThere(each, state));
  if (missing !== undefined) {
    return { is: "absent", required: true, what: `key "${missing.key}" of ${id.kind} "${id.name}"` };
  }
  const selected = selectContent(reference, state.content);
  if (selected.size === 0 && !reference.allEnv && !reference.allFiles) {
    const names = reference.keys.map((each) => `"${each.key}"`).join(", ");
    return { is: "absent", required: false, what: `key ${names} of ${id.kind} "${id.name}"` };
  }
  const since = latest(selected.keys(), state);
  const first = isFirst(reference, state, since);
  return { is: "present", digest: sourceDigest(key, id, selected), since, first, asStarted: state.asStarted === true };
}

/**
 * The entries of a stamp, or one for all where they would be longer than {@link stampLimit}. That depends on the
 * references alone, so that two stamps of one template are always comparable.
 */
export function fitEntries(
  entries: ReadonlyMap<string, CurrentEntry>,
  key: DigestKey,
): ReadonlyMap<string, CurrentEntry> {
  if (fits(entries)) return entries;
  const parts: string[] = [];
  let since = 0;
  for (const [entry, current] of [...entries].sort(([left], [right]) => (left < right ? -1 : 1))) {
    if (current.is === "unknown" || (current.is === "absent" && current.required)) {
      return new Map([[collapsedEntry, current]]);
    }
    parts.push(entry, entryValue(current));
    if (current.is === "present") since = Math.max(since, current.since);
  }
  const digest = combinedDigest(key, parts);
  return new Map([[collapsedEntry, { is: "present", digest, since, first: false }]]);
}

/** Whether a stamp has room for an entry each. */
export function fits(entries: ReadonlyMap<string, unknown>): boolean {
  let length = 0;
  for (const entry of entries.keys()) length += entry.length + entryOverhead;
  return length <= stampLimit;
}

/** "=", a digest of 22 characters, ";" */
const entryOverhead = 24;

/** More matches than that, or than a stamp has room for, and a pattern has one entry for all of them. */
export const mostResolved = 50;

/**
 * The entry of a name pattern itself. It says nothing of what the pattern matches: those have entries of their own. That
 * it is there says that all others were known when the stamp was made: what is missing then has appeared since.
 */
export function patternMarker(entry: string, key: DigestKey): CurrentEntry {
  return { is: "present", digest: combinedDigest(key, ["pattern", entry]), since: 0, first: false };
}

/** What a name pattern matches, as one entry: a change of any of them, or of their number, is a change. */
export function patternEntry(
  sources: readonly { readonly id: SourceId; readonly state: SourceState }[],
  key: DigestKey,
): CurrentEntry {
  const parts: string[] = [];
  let since = 0;
  let asStarted = true;
  for (const { id, state } of [...sources].sort((left, right) => (left.id.name < right.id.name ? -1 : 1))) {
    if (state.is === "unknown") return state;
    if (state.is === "absent" || state.ignored) continue;
    parts.push(sourceEntry(id), sourceDigest(key, id, state.content));
    since = Math.max(since, latest(state.content.keys(), state));
    asStarted &&= state.asStarted === true;
  }
  if (parts.length === 0) return { is: "absent", required: false, what: "anything of that name" };
  return { is: "present", digest: combinedDigest(key, parts), since, first: false, asStarted };
}

type Present = Extract<SourceState, { is: "present" }>;

/** Whether pods find the key where they look: environment variables do not see `binaryData`. */
function isThere(selection: SourceReference["keys"][number], state: Present): boolean {
  const content = state.content.get(selection.key);
  return content !== undefined && !(selection.env && content.binary);
}

/** The version since which nothing of the selection has changed. */
function latest(selected: Iterable<string>, state: Present): number {
  let since = state.removedSince;
  for (const key of selected) since = Math.max(since, state.history.get(key)?.since ?? 0);
  return since;
}

/**
 * Whether the newest part of the selection is what pods had been waiting for: the source itself, or a required key.
 * Not claimed where pods could have started with none of it.
 */
function isFirst(reference: SourceReference, state: Present, since: number): boolean {
  const required = reference.keys.filter((key) => !key.optional);
  const waits = !reference.optional && (reference.allEnv || reference.allFiles || required.length > 0);
  if (!waits) return false;
  const appeared = (version: number, first: boolean): boolean => first && version === since;
  return (
    appeared(state.appearedAt, state.appearedAt > 0) ||
    required.some(({ key }) => appeared(state.history.get(key)?.since ?? -1, state.history.get(key)?.first ?? false))
  );
}
