import { type CurrentEntry, currentEntry, fitEntries, patternEntry } from "../src/core/current-entry.ts";
import type { Evidence, Provenance } from "../src/core/decision.ts";
import type { DigestKey } from "../src/core/digest.ts";
import type { LedgerEntry } from "../src/core/ledger-entry.ts";
import { matchesPattern, type SourcePattern } from "../src/core/policy.ts";
import type { SourceId } from "../src/core/source.ts";
import type { SourceState } from "../src/core/source-state.ts";
import { parseStamp, type Stamp } from "../src/core/stamp.ts";
import type { WorkloadReferences } from "../src/core/workload-references.ts";
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

/** What is known of how the template came to be. `reachSince`: when restamp's reach over the workload began (ms). */
export function provenanceOf(tracked: TrackedWorkload, entry: LedgerEntry | undefined, reachSince: number): Provenance {
  const { sighting, workload } = tracked;
  if (entry?.released === true) return { kind: "returned", at: reachSince };
  if (sighting.by === "watch") {
    const hash = workload.template?.hash ?? "";
    const seenBefore =
      tracked.former.has(hash) || (entry?.records.slice(1).some((record) => record.hash === hash) ?? false);
    // Where not every template that it had is known, this may be one of them.
    const known = sighting.created || tracked.sinceCreation || entry !== undefined;
    return { kind: "watched", since: sighting.since, former: seenBefore || !known };
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
  readonly ignored: ReadonlySet<string>;
  readonly writtenAt: Evidence["writtenAt"];
}

/** Digests what a workload refers to, as it is now. */
export function currentContent(
  deps: ContentDeps,
  workload: { readonly namespace: string; readonly references: WorkloadReferences },
  key: DigestKey,
): CurrentContent | undefined {
  const { namespace, references } = workload;
  const entries = new Map<string, CurrentEntry>();
  // What has left and comes back is adopted, whether its own annotation or the workload's has sent it away.
  const ignored = new Set<string>(references.excluded);
  const writtenAt = new Map<string, number>();
  for (const [entry, reference] of references.sources) {
    const id = { kind: reference.kind, namespace, name: reference.name };
    const state = deps.state(id);
    if (state === undefined) return undefined;
    if (state.is === "present" && state.ignored) ignored.add(entry);
    else entries.set(entry, currentEntry(reference, { id, state }, key));
    writtenAt.set(entry, state.is === "present" ? state.writtenAt : 0);
  }
  for (const [entry, pattern] of references.patterns) {
    const sources = matched(deps, namespace, pattern);
    if (sources === undefined) return undefined;
    entries.set(entry, patternEntry(sources, key));
    writtenAt.set(entry, Math.max(0, ...sources.map(({ state }) => (state.is === "present" ? state.writtenAt : 0))));
  }
  const latest = Math.max(0, ...writtenAt.values());
  return { entries: fitEntries(entries, key), ignored, writtenAt: (entry) => writtenAt.get(entry) ?? latest };
}

function matched(
  deps: ContentDeps,
  namespace: string,
  pattern: SourcePattern,
): readonly { id: SourceId; state: SourceState }[] | undefined {
  const found: { id: SourceId; state: SourceState }[] = [];
  for (const id of deps.matching(namespace, pattern) ?? []) {
    if (!matchesPattern(pattern, id)) continue;
    const state = deps.state(id);
    if (state === undefined) return undefined;
    found.push({ id, state });
  }
  return deps.matching(namespace, pattern) === undefined ? undefined : found;
}
