import { type CurrentEntry, entryValue } from "./current-entry.ts";
import { absent, type Stamp, stale, unknown } from "./stamp.ts";

/**
 * How the controller came to know that pods of exactly this template exist. Versions are resourceVersions as numbers.
 *
 * - `existed`: it was there before restamp, or has come back into its reach.
 * - `watched`: the watch reported it at a version. `former`: this workload had the same template before, or may have had
 *   it, so that pods of then may be alive again.
 * - `found`: a list showed it, of a workload that was created at `createdAt` (ms since the epoch), within restamp's reach.
 * - `unwatched`: a list showed it, of a workload that was known before; when it came is not known, but not before the
 *   workload was created at `createdAt`.
 * - `returned`: it had left restamp's reach and was found within it again, at the earliest since `at`; what happened
 *   before that does not count.
 */
export type Provenance =
  | { readonly kind: "existed" }
  | { readonly kind: "watched"; readonly since: number; readonly former: boolean }
  | { readonly kind: "found"; readonly createdAt: number }
  | { readonly kind: "unwatched"; readonly createdAt: number }
  | { readonly kind: "returned"; readonly at: number };

/** What the decision looks at. */
export interface Evidence {
  /** What the pods of this template, or of the one before it, are known to run with. */
  readonly record: Stamp | undefined;
  /** The record is of the template before this one: it is silent about what this one is the first to refer to. */
  readonly inherited: boolean;
  /** What they would run with now, digested with the record's key if there is a record. */
  readonly current: ReadonlyMap<string, CurrentEntry>;
  readonly provenance: Provenance;
  /** Whether versions of different kinds of object can be compared with each other. */
  readonly oneSequence: boolean;
  /** Entries of sources that have been told to be ignored: what was recorded of them stays, but is not compared. */
  readonly ignored: ReadonlySet<string>;
  /** Entries of sources that were seen to be ignored until now: they are adopted. */
  readonly heeded: ReadonlySet<string>;
  /** When a source's data was last written (ms since the epoch), where versions do not tell. */
  readonly writtenAt: (entry: string) => number;
  /** Entries of which something else tells that the pods run with older content, where nothing is recorded. @default none */
  readonly outdated?: ReadonlySet<string>;
  /** By entry of a source that only a pattern names: the pattern's own entry. @default none */
  readonly patternOf?: ReadonlyMap<string, string>;
  /** What an optional source that appears, or disappears, means for pods that run. @default appearing rolls */
  readonly onAppear?: "roll" | "record";
  readonly onDisappear?: "roll" | "keep";
}

/** One entry whose content is not what the pods run with. */
export interface Change {
  readonly entry: string;
  readonly how: "changed" | "appeared" | "disappeared";
}

/** What is to be done about one workload, without regard to time. */
export interface Decision {
  /** Content that the pods do not run with: they have to be replaced, unless `missing` says that they could not start. */
  readonly changes: readonly Change[];
  /** Required sources or keys that do not exist, in words. */
  readonly missing: readonly string[];
  /** What could not be read, in words. */
  readonly unreadable: readonly string[];
  /** What the pods are now known to run with, if that is news; entries that are yet to roll keep their old values. */
  readonly learned: ReadonlyMap<string, string> | undefined;
}

/** Compares what the pods run with and what they would run with, entry by entry. Pure; in doubt it says roll. */
export function decide(evidence: Evidence): Decision {
  const changes: Change[] = [];
  const missing: string[] = [];
  const unreadable: string[] = [];
  const known = new Map<string, string>();
  for (const [entry, current] of evidence.current) {
    if (current.is === "absent" && current.required) missing.push(current.what);
    if (current.is === "unknown") unreadable.push(current.reason);
    const before = recorded(entry, evidence);
    const verdict = compare({ entry, before, current, evidence });
    if (verdict.change !== undefined) changes.push({ entry, how: verdict.change });
    known.set(entry, verdict.runs);
  }
  for (const entry of evidence.ignored) {
    const before = evidence.record?.entries.get(entry);
    if (before !== undefined) known.set(entry, before);
  }
  return { changes, missing, unreadable, learned: isRecorded(known, evidence) ? undefined : known };
}

interface Compared {
  readonly entry: string;
  readonly before: string | undefined;
  readonly current: CurrentEntry;
  readonly evidence: Evidence;
}

/** `runs`: what the pods are taken to run with. */
interface Verdict {
  readonly runs: string;
  readonly change?: Change["how"];
}

function compare({ entry, before, current, evidence }: Compared): Verdict {
  const now = entryValue(current);
  if (current.is === "present" && current.asStarted === true) return { runs: now };
  if (evidence.record === undefined) return adopt(entry, current, evidence);
  if (evidence.heeded.has(entry)) return { runs: now };
  if (before === undefined && evidence.inherited) return adopt(entry, current, evidence);
  // An entry that only one side has is new knowledge and no change.
  if (before === undefined || before === now) return { runs: now };
  // One that could not be read then neither, unless it is known to have been written since.
  if (before === unknown)
    return evidence.provenance.kind === "watched" ? adopt(entry, current, evidence) : { runs: now };
  return judge({ entry, before, current, evidence });
}

/** What is recorded differs from what is there. */
function judge({ entry, before, current, evidence }: Compared & { readonly before: string }): Verdict {
  // Could not look: what the pods run with stays what it was.
  if (current.is === "unknown") return { runs: before };
  if (current.is === "absent") return disappeared(before, evidence);
  const now = current.digest;
  if (startedWith(current, evidence) || happenedOutside(entry, evidence)) return { runs: now };
  if (before !== absent) return { runs: before, change: "changed" };
  return current.first || evidence.onAppear === "record" ? { runs: now } : { runs: before, change: "appeared" };
}

/** No reason to restart, unless that is asked for: it may come back with the same content. */
function disappeared(before: string, { onDisappear }: Evidence): Verdict {
  const wasThere = before !== absent && before !== stale;
  return onDisappear === "roll" && wasThere ? { runs: before, change: "disappeared" } : { runs: before };
}

/** What is recorded of an entry. Where all that a pattern matched then is recorded, what is not recorded was not there. */
function recorded(entry: string, { record, patternOf, current }: Evidence): string | undefined {
  const own = record?.entries.get(entry);
  if (own !== undefined || record === undefined) return own;
  const pattern = patternOf?.get(entry);
  const marker = pattern === undefined ? undefined : current.get(pattern);
  if (pattern === undefined || marker === undefined) return undefined;
  // Otherwise one entry stood for all of them.
  return record.entries.get(pattern) === entryValue(marker) ? absent : undefined;
}

/** Nothing is recorded about this workload, or of what it has only now come to refer to. */
function adopt(entry: string, current: CurrentEntry, evidence: Evidence): Verdict {
  // Its pods may have started with it before it went: nothing says with what.
  if (current.is === "absent" && current.required && evidence.provenance.kind !== "watched") return { runs: stale };
  const now = entryValue(current);
  const isOutdated = evidence.outdated?.has(entry) === true;
  if (current.is !== "present" || (!isOutdated && runsAlready(entry, current, evidence))) return { runs: now };
  return { runs: stale, change: "changed" };
}

function runsAlready(entry: string, current: Present, evidence: Evidence): boolean {
  const { provenance } = evidence;
  switch (provenance.kind) {
    case "existed":
      return true;
    case "watched":
      return startedWith(current, evidence) || current.first;
    case "found":
    case "unwatched":
      return evidence.writtenAt(entry) < provenance.createdAt;
    case "returned":
      return happenedOutside(entry, evidence);
    default:
      return provenance satisfies never;
  }
}

type Present = Extract<CurrentEntry, { is: "present" }>;

/** Whether pods of this template cannot have seen anything older: it was written, as an event, after the content was. */
function startedWith(current: Present, evidence: Evidence): boolean {
  const { provenance } = evidence;
  return (
    evidence.oneSequence && provenance.kind === "watched" && !provenance.former && current.since < provenance.since
  );
}

/** Whether a source was last written while the workload was outside restamp's reach. */
function happenedOutside(entry: string, { provenance, writtenAt }: Evidence): boolean {
  return provenance.kind === "returned" && writtenAt(entry) < provenance.at;
}

function isRecorded(known: ReadonlyMap<string, string>, { record }: Evidence): boolean {
  return record !== undefined && [...known].every(([entry, value]) => record.entries.get(entry) === value);
}
