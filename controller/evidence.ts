import {
  type CurrentEntry,
  currentEntry,
  fitEntries,
  fits,
  mostResolved,
  patternEntry,
  patternMarker,
} from "../src/core/current-entry.ts";
import type { Evidence, Provenance } from "../src/core/decision.ts";
import type { DigestKey } from "../src/core/digest.ts";
import type { LedgerEntry } from "../src/core/ledger-entry.ts";
import type { SourceReference } from "../src/core/pod-references.ts";
import { namedSource, type SourceId, sourceEntry } from "../src/core/source.ts";
import type { SourcePattern } from "../src/core/source-pattern.ts";
import type { SourceState } from "../src/core/source-state.ts";
import { absent, parseStamp, type Stamp } from "../src/core/stamp.ts";
import { matchesAny, type WorkloadReferences, whole } from "../src/core/workload-references.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What is recorded about the pods of a workload's template. */
export type Recorded =
  /** `inherited`: of the template before this one. */
  | { readonly is: "record"; readonly stamp: Stamp; readonly inherited: boolean }
  | { readonly is: "nothing" }
  /** It was seen outside restamp's reach, or its stamp is not one: to be adopted. */
  | { readonly is: "adopt"; readonly malformed: boolean }
  /** A later release wrote it: to be left alone. */
  | { readonly is: "newer" };

/** The record that counts: the ledger's for exactly this template, else the stamp, else what was known before it. */
export function recordOf(tracked: TrackedWorkload, entry: LedgerEntry | undefined): Recorded {
  const { workload, conclusion, former } = tracked;
  const { hash, stamp } = workload.template ?? { hash: "", stamp: undefined };
  if (tracked.left !== undefined) return { is: "adopt", malformed: false };
  const exact = entry?.records.find((record) => record.hash === hash);
  if (exact !== undefined && exact.text !== "") return parsed(exact.text, { inherited: false });
  if (conclusion?.hash === hash) return parsed(conclusion.text, { inherited: false });
  // What is known of the template in between says nothing about pods that an undo may revive.
  const isFormer = exact !== undefined || former.has(hash);
  // A stamp that is still the one of the template before says less than what was concluded about that one since.
  if (!isFormer && conclusion !== undefined && (stamp === undefined || stamp === conclusion.stamp)) {
    return parsed(conclusion.text, { inherited: true });
  }
  if (stamp !== undefined) return parsed(stamp, { inherited: exact === undefined && entry !== undefined });
  const latest = isFormer ? undefined : entry?.records.find((record) => record.text !== "")?.text;
  return latest === undefined ? { is: "nothing" } : parsed(latest, { inherited: true });
}

function parsed(text: string, { inherited }: { inherited: boolean }): Recorded {
  const result = parseStamp(text);
  switch (result.is) {
    case "stamp":
      return { is: "record", stamp: result.stamp, inherited };
    case "newer":
      return { is: "newer" };
    case "malformed":
      return { is: "adopt", malformed: true };
    default:
      return result satisfies never;
  }
}

/** What the provenance of a template also depends on. */
export interface ProvenanceContext {
  readonly entry: LedgerEntry | undefined;
  /** When restamp's reach over the workload began (ms). */
  readonly reachSince: number;
  /** The pods are another workload's, which takes its template from this one: this one's status does not count them. */
  readonly isLent: boolean;
}

/** What is known of how the template came to be. */
export function provenanceOf(tracked: TrackedWorkload, { entry, reachSince, isLent }: ProvenanceContext): Provenance {
  const { sighting, workload } = tracked;
  if (entry?.released === true) return { kind: "returned", at: reachSince };
  if (sighting.by === "watch") {
    const hash = workload.template?.hash ?? "";
    const seenBefore =
      tracked.former.has(hash) || (entry?.records.slice(1).some((record) => record.hash === hash) ?? false);
    // Where not every template that it had is known, this may be one of them, with pods of then.
    const isNew = (sighting.newPods && !isLent) || tracked.sinceCreation;
    return { kind: "watched", since: sighting.since, former: seenBefore || !isNew };
  }
  const { createdAt } = workload;
  if (entry !== undefined || workload.template?.stamp !== undefined) return { kind: "unwatched", createdAt };
  return createdAt < reachSince ? { kind: "existed" } : { kind: "found", createdAt };
}

/** Where the current content comes from. */
export interface ContentDeps {
  readonly state: (source: SourceId) => SourceState | undefined;
  /** The sources a pattern matches, or `undefined` while they are not known. */
  readonly matching: (namespace: string, pattern: SourcePattern) => readonly SourceId[] | undefined;
}

/** The current entries of a workload; `undefined` while something has not been read yet. */
export interface CurrentContent {
  readonly entries: ReadonlyMap<string, CurrentEntry>;
  /** By entry of a source that only a pattern names: the pattern's own entry. */
  readonly patternOf: ReadonlyMap<string, string>;
  readonly ignored: ReadonlySet<string>;
  readonly writtenAt: Evidence["writtenAt"];
}

/** A workload's references, and what is recorded about it. */
export interface ContentCase {
  readonly namespace: string;
  readonly references: WorkloadReferences;
  readonly record: Stamp | undefined;
}

/** Digests what a workload refers to, as it is now. */
export function currentContent(deps: ContentDeps, workload: ContentCase, key: DigestKey): CurrentContent | undefined {
  let content = draftOf(deps, workload, { key, detail: "each" });
  // Patterns make room first: what a template refers to has entries of its own, however much a pattern matches.
  for (const detail of workload.references.patterns.size > 0 ? lessDetails : []) {
    if (content === undefined || fits(content.entries)) break;
    content = draftOf(deps, workload, { key, detail });
  }
  if (content === undefined) return undefined;
  const { patternOf, ignored, writtenAt } = content;
  const latest = Math.max(0, ...writtenAt.values());
  const entries = fitEntries(content.entries, key);
  return { entries, patternOf, ignored, writtenAt: (entry) => writtenAt.get(entry) ?? latest };
}

/**
 * What a pattern matches has an entry `each`, those included that are recorded and gone, as they may come back; an entry
 * each if it is `present`; or one entry, `together`.
 */
type Detail = "each" | "present" | "together";
const lessDetails: readonly Detail[] = ["present", "together"];

interface DraftOptions {
  readonly key: DigestKey;
  readonly detail: Detail;
}

function draftOf(deps: ContentDeps, workload: ContentCase, options: DraftOptions): Draft | undefined {
  const { namespace, references } = workload;
  const draft: Draft = {
    ...options,
    entries: new Map(),
    patternOf: new Map(),
    // What has left and comes back is adopted, whether its own annotation or the workload's has sent it away.
    ignored: new Set(references.excluded),
    writtenAt: new Map(),
  };
  for (const [entry, reference] of references.sources) {
    const id = { kind: reference.kind, namespace, name: reference.name };
    const state = deps.state(id);
    if (state === undefined) return undefined;
    take(draft, { entry, reference, id, state, matchedOnly: references.matchedOnly.has(entry) });
  }
  for (const [entry, pattern] of references.patterns) {
    const sources = matched(deps, workload, pattern);
    if (sources === undefined) return undefined;
    takePattern(draft, entry, sources);
  }
  return draft;
}

/** Content that is being put together. */
interface Draft extends DraftOptions {
  readonly entries: Map<string, CurrentEntry>;
  readonly patternOf: Map<string, string>;
  readonly ignored: Set<string>;
  readonly writtenAt: Map<string, number>;
}

interface Found {
  readonly id: SourceId;
  readonly state: SourceState;
}

function take(
  { key, entries, ignored, writtenAt }: Draft,
  source: Found & { readonly entry: string; readonly reference: SourceReference; readonly matchedOnly: boolean },
): void {
  const { entry, reference, state, matchedOnly } = source;
  if (isIgnored(state, matchedOnly)) ignored.add(entry);
  else entries.set(entry, currentEntry(reference, source, key));
  writtenAt.set(entry, state.is === "present" ? state.writtenAt : 0);
}

/** A few have an entry each, many have one together. */
function takePattern(draft: Draft, pattern: string, sources: readonly Found[]): void {
  const present = sources.filter(({ state }) => state.is !== "absent");
  const gone = draft.detail === "each" ? sources.filter(({ state }) => state.is === "absent") : [];
  const isMany = draft.detail === "together" || present.length > mostResolved;
  draft.entries.set(pattern, isMany ? patternEntry(sources, draft.key) : patternMarker(pattern, draft.key));
  if (isMany) {
    const times = present.map(({ state }) => (state.is === "present" ? state.writtenAt : 0));
    draft.writtenAt.set(pattern, Math.max(0, ...times));
    return;
  }
  // Nobody writes the pattern itself: it is never newer than a workload.
  draft.writtenAt.set(pattern, 0);
  // Names that are made anew each time, as some tools do, are not held forever.
  for (const { id, state } of [...present, ...gone].slice(0, mostResolved)) {
    const entry = sourceEntry(id);
    // What the template refers to, too, counts by that, and as a whole.
    if (draft.entries.has(entry)) continue;
    draft.patternOf.set(entry, pattern);
    take(draft, { entry, reference: whole(id), id, state, matchedOnly: false });
  }
}

function isIgnored(state: SourceState, matchedOnly: boolean): boolean {
  return state.is === "present" && (state.ignored || (matchedOnly && state.matched !== true));
}

/** The sources that a pattern matches, those included that are recorded and are gone: they may come back. */
function matched(
  deps: ContentDeps,
  { namespace, references, record }: ContentCase,
  pattern: SourcePattern,
): readonly Found[] | undefined {
  const found = new Map<string, Found>();
  const candidates = deps.matching(namespace, pattern);
  if (candidates === undefined) return undefined;
  const matches = (id: Pick<SourceId, "kind" | "name">): boolean =>
    matchesAny([pattern], id) && !matchesAny(references.exclude, id);
  for (const id of candidates.filter(matches)) {
    const state = deps.state(id);
    if (state === undefined) return undefined;
    found.set(sourceEntry(id), { id, state });
  }
  for (const [entry, value] of record?.entries ?? []) {
    const id = namedSource(entry);
    // What is recorded as absent is so without an entry, too.
    if (id === undefined || value === absent || found.has(entry) || !matches(id)) continue;
    found.set(entry, { id: { ...id, namespace }, state: { is: "absent" } });
  }
  return [...found.values()];
}
