import type { SourceReference } from "./pod-references.ts";
import { isWildcard, matchesPattern, type Policy, type SourcePattern } from "./policy.ts";
import { sourceEntry } from "./source.ts";

/** What counts for a workload: single sources, and patterns that only the controller can resolve; by stamp entry. */
export interface WorkloadReferences {
  readonly sources: ReadonlyMap<string, SourceReference>;
  readonly patterns: ReadonlyMap<string, SourcePattern>;
  /** Entries of sources that the pod template refers to and that do not count. */
  readonly excluded: ReadonlySet<string>;
}

/** The references of a pod template with `exclude` taken away and `extra` added. */
export function workloadReferences(references: readonly SourceReference[], policy: Policy): WorkloadReferences {
  const sources = new Map<string, SourceReference>();
  const patterns = new Map<string, SourcePattern>();
  const excluded = new Set<string>();
  for (const reference of references) {
    const entry = sourceEntry(reference);
    if (policy.exclude.some((pattern) => matchesPattern(pattern, reference))) excluded.add(entry);
    else sources.set(entry, reference);
  }
  for (const extra of policy.extra) {
    const entry = sourceEntry({ kind: extra.kind, name: extra.pattern });
    if (isWildcard(extra)) patterns.set(entry, extra);
    else sources.set(entry, whole(extra, sources.get(entry)));
    excluded.delete(entry);
  }
  return { sources, patterns, excluded };
}

/** An application that reads a source through the API may use all of it, and starts without it. */
function whole(extra: SourcePattern, template: SourceReference | undefined): SourceReference {
  return {
    kind: extra.kind,
    name: extra.pattern,
    optional: template?.optional ?? true,
    allEnv: template?.allEnv ?? false,
    allFiles: true,
    keys: template?.keys ?? [],
  };
}
