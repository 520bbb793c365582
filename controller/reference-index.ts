import { type SourceId, sourceKey } from "../src/core/source.ts";
import type { SourcePattern } from "../src/core/source-pattern.ts";
import { matchesAny } from "../src/core/workload-references.ts";

/** What one workload refers to. */
export interface IndexedReferences {
  readonly namespace: string;
  readonly sources: readonly SourceId[];
  readonly patterns: readonly SourcePattern[];
}

/** Which workloads refer to a ConfigMap or Secret, whether it exists or not. */
export interface ReferenceIndex {
  /** Replaces what a workload refers to. Returns the sources that nobody referred to before. */
  set(workload: string, references: IndexedReferences): readonly SourceId[];
  delete(workload: string): void;
  /** Keys of the workloads that refer to a source, by name or by pattern. */
  workloads(source: SourceId): readonly string[];
  /** Whether any workload refers to a source. Cheap: asked for every change in the cluster. */
  has(source: SourceId): boolean;
  /** Patterns in use, by namespace. */
  patterns(namespace: string): readonly SourcePattern[];
  /** The sources named by workloads. */
  size(): number;
}

/**
 * An empty index.
 *
 * @param onUnreferenced told of a source when the last workload that names it is gone.
 * @param onPatternsLess told of a namespace when a workload there may use fewer patterns than before.
 */
export function createReferenceIndex(
  onUnreferenced: (key: string) => void,
  onPatternsLess: (namespace: string) => void = () => {},
): ReferenceIndex {
  const byWorkload = new Map<string, IndexedReferences>();
  const bySource = new Map<string, Set<string>>();
  const byPattern = new Map<string, Set<string>>();

  /** Returns the sources that no other workload names. */
  function remove(workload: string): readonly SourceId[] {
    const references = byWorkload.get(workload);
    if (references === undefined) return [];
    byWorkload.delete(workload);
    const watchers = byPattern.get(references.namespace);
    watchers?.delete(workload);
    if (watchers?.size === 0) byPattern.delete(references.namespace);
    return references.sources.filter((source) => {
      const key = sourceKey(source);
      const users = bySource.get(key);
      users?.delete(workload);
      return users?.size === 0 && bySource.delete(key);
    });
  }

  function has(source: SourceId): boolean {
    return bySource.has(sourceKey(source)) || (byPattern.size > 0 && matching(source).length > 0);
  }

  function report(gone: readonly SourceId[], before: IndexedReferences | undefined): void {
    for (const source of gone) if (!has(source)) onUnreferenced(sourceKey(source));
    if (before !== undefined && before.patterns.length > 0) onPatternsLess(before.namespace);
  }

  function matching(source: SourceId): string[] {
    return [...(byPattern.get(source.namespace) ?? [])].filter((workload) =>
      matchesAny(byWorkload.get(workload)?.patterns ?? [], source),
    );
  }

  return {
    set(workload, references) {
      const former = byWorkload.get(workload);
      const before = new Set(former?.sources.map(sourceKey));
      const gone = remove(workload);
      byWorkload.set(workload, references);
      if (references.patterns.length > 0) setOf(byPattern, references.namespace).add(workload);
      const added = references.sources.filter((source) => {
        const key = sourceKey(source);
        const isNew = !bySource.has(key) && !before.has(key);
        setOf(bySource, key).add(workload);
        return isNew;
      });
      // Now that it is known what the workload still names, by a pattern too.
      report(gone, former);
      return added;
    },
    delete(workload) {
      const former = byWorkload.get(workload);
      report(remove(workload), former);
    },
    workloads: (source) => [...new Set([...(bySource.get(sourceKey(source)) ?? []), ...matching(source)])],
    has,
    patterns: (namespace) =>
      [...(byPattern.get(namespace) ?? [])].flatMap((workload) => byWorkload.get(workload)?.patterns ?? []),
    size: () => bySource.size,
  };
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const set = map.get(key) ?? new Set<string>();
  map.set(key, set);
  return set;
}
