import { sourcesOfVariable } from "../src/core/reloader/environment-name.ts";
import { sourceEntry } from "../src/core/source.ts";
import type { Workload } from "../src/core/workload.ts";
import type { ContentDeps } from "./evidence.ts";

/**
 * The sources, by stamp entry, that are newer than what Stakater Reloader has last written about them: the pods of a
 * workload that restamp sees for the first time run with what was there before. A change that Reloader has missed.
 */
export function missedByReloader(
  { template, namespace }: Workload,
  deps: Pick<ContentDeps, "state">,
): ReadonlySet<string> {
  const missed = new Set<string>();
  const current = new Set<string>();
  for (const { name, value } of template?.reloaderVariables ?? []) {
    for (const source of sourcesOfVariable(name, template?.references ?? [])) {
      const state = deps.state({ kind: source.kind, namespace, name: source.name });
      if (state?.is !== "present" || state.reloaderHash === undefined) continue;
      if (state.reloaderHash === value) current.add(name);
      else missed.add(JSON.stringify([name, sourceEntry(source)]));
    }
  }
  // Several sources may share a name, and an old variable may be left in another container: one that fits is enough.
  const entries = [...missed].map((text): [string, string] => JSON.parse(text));
  return new Set(entries.flatMap(([name, entry]) => (current.has(name) ? [] : [entry])));
}
