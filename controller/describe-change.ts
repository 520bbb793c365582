import type { Change } from "../src/core/decision.ts";
import type { WorkloadReferences } from "../src/core/workload-references.ts";
import type { ChangedKeys } from "./workload-store.ts";

/** More than that and a sentence is no longer read. */
const mostNamed = 5;

/**
 * What has changed, in words: `ConfigMap app-config (key "log.level") changed, Secret db appeared`. Only keys that the pod
 * template itself names are named; of others their number, where it is known. Never a value.
 */
export function describeChanges(
  changes: readonly Change[],
  references: WorkloadReferences,
  changedKeys: ReadonlyMap<string, ChangedKeys>,
): string {
  const parts = changes.slice(0, mostNamed).map(({ entry, how }) => {
    const keys = describeKeys(entry, references, changedKeys.get(entry));
    return `${describeEntry(entry)}${keys} ${how}`;
  });
  const more = changes.length - parts.length;
  return `${parts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function describeEntry(entry: string): string {
  if (entry === "*") return "Configuration";
  const [kind, name = ""] = entry.split("/");
  return `${kind === "configmap" ? "ConfigMap" : "Secret"} ${name}`;
}

function describeKeys(entry: string, references: WorkloadReferences, changed: ChangedKeys | undefined): string {
  if (changed === undefined) return "";
  const reference = references.sources.get(entry);
  const namedByTemplate = new Set(reference?.keys.map(({ key }) => key));
  const takesAll = reference === undefined || reference.allEnv || reference.allFiles;
  const relevant = [...changed.names].filter((key) => takesAll || namedByTemplate.has(key)).sort();
  if (relevant.length === 0) return "";
  if (relevant.length > mostNamed || !relevant.every((key) => namedByTemplate.has(key))) {
    return ` (${relevant.length} of ${changed.total} keys)`;
  }
  return ` (key ${relevant.map((key) => `"${key}"`).join(", ")})`;
}
