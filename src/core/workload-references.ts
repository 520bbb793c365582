import type { SourceReference } from "./pod-references.ts";
import { isWildcard, matchesPattern, type Policy, type SourcePattern } from "./policy.ts";
import { sourceEntry } from "./source.ts";

/** What counts for a workload: single sources, and patterns that only the controller can resolve; by stamp entry. */
export interface WorkloadReferences {
  readonly sources: ReadonlyMap<string, SourceReference>;
  readonly patterns: ReadonlyMap<string, SourcePattern>;
}

/** The references of a pod template with `exclude` taken away and `extra` added. */
export function workloadReferences(references: readonly SourceReference[], policy: Policy): WorkloadReferences {
  const sources = new Map<string, SourceReference>();
  const patterns = new Map<string, SourcePattern>();
  for (const reference of references) {
    if (!policy.exclude.some((pattern) => matchesPattern(pattern, reference))) {
      sources.set(sourceEntry(reference), reference);
    }
  }
  for (const extra of policy.extra) {
    const entry = sourceEntry({ kind: extra.kind, name: extra.pattern });
    if (isWildcard(extra)) patterns.set(entry, extra);
    else sources.set(entry, whole(extra, sources.get(entry)));
  }
  return { sources, patterns };
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
