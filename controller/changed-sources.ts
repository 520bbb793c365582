import type { Change } from "../src/core/decision.ts";
import { namedSource, type SourceId, sourceEntry } from "../src/core/source.ts";
import { matchesAny } from "../src/core/workload-references.ts";
import type { Case } from "./examination.ts";

/** One source whose content the pods of a workload do not run with. */
export interface ChangedSource extends SourceId {
  readonly how: Change["how"];
  /** The workload counts it by name, whether its template refers to it or not. */
  readonly named: boolean;
}

/** The sources behind a decision; what one entry stands for many is found by which of them were seen to change. */
export function changedSources({ tracked, decision, scope }: Case): readonly ChangedSource[] {
  const { namespace, template } = tracked.workload;
  const referred = new Set(template?.references.map(sourceEntry));
  const found = new Map<string, ChangedSource>();
  const add = (entry: string, how: Change["how"]): void => {
    const id = namedSource(entry);
    if (id !== undefined) found.set(entry, { ...id, namespace, how, named: !referred.has(entry) });
  };
  for (const { entry, how } of decision.changes) {
    add(entry, how);
    const pattern = scope.references.patterns.get(entry);
    for (const changed of tracked.changedKeys.keys()) {
      const id = namedSource(changed);
      if (id === undefined || found.has(changed)) continue;
      if (entry === "*" || (pattern !== undefined && matchesAny([pattern], id))) add(changed, how);
    }
  }
  return [...found.values()];
}
