import type { Counting } from "./dialects/dialect.ts";
import type { SourceReference } from "./pod-references.ts";
import type { Policy, ReferenceRules } from "./policy.ts";
import { namedSource, type SourceId, type SourceKind, sourceEntry } from "./source.ts";
import type { SourcePattern } from "./source-pattern.ts";

/** What counts for a workload: single sources, and patterns that only the controller can resolve; by stamp entry. */
export interface WorkloadReferences {
  readonly sources: ReadonlyMap<string, SourceReference>;
  readonly patterns: ReadonlyMap<string, SourcePattern>;
  /** Entries of sources that the pod template refers to and that do not count. */
  readonly excluded: ReadonlySet<string>;
  /** Entries of `sources` that count only while the source is marked to match. */
  readonly matchedOnly: ReadonlySet<string>;
  /** Sources that do not count where only a pattern names them. */
  readonly exclude: readonly SourcePattern[];
}

/** The references of a pod template that count, with `exclude` taken away and `extra` added: all of what that names counts. */
export function workloadReferences(
  references: readonly SourceReference[],
  policy: Policy,
  rules: ReferenceRules = {},
): WorkloadReferences {
  const sources = new Map<string, SourceReference>();
  const patterns = new Map<string, SourcePattern>();
  const excluded = new Set<string>();
  const matchedOnly = new Set<string>();
  const follows = ({ kind }: { kind: SourceKind }): boolean => rules.ignoredKinds?.has(kind) !== true;
  for (const reference of references.filter(follows)) {
    const entry = sourceEntry(reference);
    const standing = standingOf(reference, policy);
    if (standing === "none") continue;
    if (standing === "excluded") {
      excluded.add(entry);
      continue;
    }
    if (standing === "matched") matchedOnly.add(entry);
    sources.set(entry, standing === "whole" || rules.granularity === "object" ? wholly(reference) : reference);
  }
  for (const extra of policy.extra.filter(follows)) {
    const entry = sourceEntry({ kind: extra.kind, name: extra.entryName });
    if (!extra.isName) patterns.set(entry, extra);
    else if (!sources.has(entry)) sources.set(entry, whole({ kind: extra.kind, name: extra.text }));
  }
  return { sources, patterns, excluded, matchedOnly, exclude: policy.exclude };
}

/** How a reference of the pod template counts; `whole`: it is named as well, and pods start without it no more than before. */
function standingOf(reference: SourceReference, { counts, extra, exclude }: Policy): Counting | "excluded" | "whole" {
  const names = extra.filter(({ isName }) => isName);
  if (matchesAny(names, reference)) return "whole";
  const standing = matchesAny(extra, reference) ? "whole" : counts[reference.kind];
  return standing !== "none" && matchesAny(exclude, reference) ? "excluded" : standing;
}

/** Whether any of the patterns matches a source. */
export function matchesAny(patterns: readonly SourcePattern[], source: Pick<SourceId, "kind" | "name">): boolean {
  return patterns.some((pattern) => pattern.kind === source.kind && pattern.matches(source.name));
}

/** Whether an entry is about a source that only a pattern names. */
export function isNamedByPattern({ sources, patterns, exclude }: WorkloadReferences, entry: string): boolean {
  const id = namedSource(entry);
  if (id === undefined || sources.has(entry)) return false;
  return matchesAny([...patterns.values()], id) && !matchesAny(exclude, id);
}

/** An application that reads a source through the API may use all of it, and starts without it. */
export function whole({ kind, name }: Pick<SourceId, "kind" | "name">): SourceReference {
  return { kind, name, optional: true, allEnv: false, allFiles: true, keys: [] };
}

function wholly(reference: SourceReference): SourceReference {
  return { ...reference, allFiles: true };
}
