import type { ApiClient, Logger } from "../src/core/ports.ts";
import type { SourceRules } from "../src/core/seen-source.ts";
import { type SourceId, sourceKey, sourceKinds } from "../src/core/source.ts";
import type { SourcePattern } from "../src/core/source-pattern.ts";
import { createMountedClasses } from "./mounted-classes.ts";
import { createPatternFinder } from "./pattern-finder.ts";
import type { Reach } from "./reach.ts";
import type { ReconcilerOptions } from "./reconciler-deps.ts";
import { createReferenceIndex } from "./reference-index.ts";
import { createSourceChanges, type SourceChangesDeps } from "./source-changes.ts";
import { createSourceStore } from "./source-store.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** What is needed to follow sources. */
export interface FollowedSourcesDeps extends Omit<SourceChangesDeps, "workloads"> {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly workload: (key: string) => TrackedWorkload | undefined;
  readonly workloadsIn: (namespace: string) => readonly TrackedWorkload[];
}

/** Follows what workloads refer to, by name or by pattern, and nothing else: memory grows with references. */
export function createFollowedSources(
  deps: FollowedSourcesDeps,
  options: Pick<ReconcilerOptions, "onSourceChanged" | "reloadOnCreate" | "reloadOnDelete" | "rules" | "restart"> & {
    readonly reach?: Reach;
  },
) {
  const { api, log, signal, metrics } = deps;
  const index = createReferenceIndex((key) => sources.untrack(key), dropUnmatched);
  const workloads = (source: SourceId): readonly TrackedWorkload[] =>
    index.workloads(source).flatMap((key) => deps.workload(key) ?? []);
  const isReferenced = (source: SourceId): boolean => options.onSourceChanged !== undefined || index.has(source);
  const classes = createMountedClasses({
    isReferenced,
    onChange: (namespace, name) => sources.remount(namespace, name),
  });
  const changes = createSourceChanges({ ...deps, workloads }, options);
  const sources = createSourceStore({
    ...{ api, log, signal, classes, isReferenced, sourceRules: sourceRulesOf(options) },
    onRead: changes.read,
    onUnreferenced: (source) => metrics.sourceSeen(source, "unreferenced"),
  });
  const patterns = createPatternFinder({
    ...{ api, log, signal },
    onFound(namespace, found) {
      found.forEach(sources.track);
      for (const { key } of deps.workloadsIn(namespace)) deps.queue.add(key);
    },
  });

  /** Sources that only a pattern matched go when nobody uses it any more. */
  function dropUnmatched(namespace: string): void {
    patterns.keep(namespace, index.patterns(namespace));
    for (const source of sourceKinds.flatMap(({ kind }) => sources.inNamespace(kind, namespace))) {
      if (!index.has(source)) sources.untrack(sourceKey(source));
    }
  }

  return {
    index,
    sources,
    classes,
    content: {
      state: sources.state,
      matching: (namespace: string, pattern: SourcePattern) =>
        patterns.found(namespace, pattern) ? sources.inNamespace(pattern.kind, namespace) : undefined,
    },
  };
}

/** SHA-1 is computed where it is written, or compared with what Reloader has written. */
function sourceRulesOf({
  restart,
  rules,
  reach,
}: Pick<ReconcilerOptions, "rules" | "restart"> & { readonly reach?: Reach }): SourceRules {
  const knowsReloader = (rules.dialects ?? []).some(({ name }) => name !== "wave");
  return {
    ...rules,
    reloaderHashes: restart.reloadStrategy !== "stamp" || knowsReloader,
    resourceLabelSelector: reach?.resourceLabelSelector,
  };
}
