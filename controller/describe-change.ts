import type { Change } from "../src/core/decision.ts";
import { quote } from "../src/core/quote.ts";
import { namedSourceKind, type SourceId, sourceEntry } from "../src/core/source.ts";
import type { WorkloadReferences } from "../src/core/workload-references.ts";
import type { ChangedKeys } from "./workload-store.ts";

/** More than that and a sentence is no longer read. */
const mostNamed = 5;
/** A log is for programs as well, but a line of it must end. */
const mostLogged = 20;

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
    return `${describeEntry(entry, references)}${keys} ${how}`;
  });
  const more = changes.length - parts.length;
  return `${parts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Which keys of a source changed, for the log. */
export interface ChangedKeyNames {
  /** Of a Secret only those that the pod template itself names; at most {@link mostLogged}. */
  readonly names: readonly string[];
  /** Of all that changed and that the workload uses. */
  readonly count: number;
}

/** The keys of a source that changed and that the workload uses; `undefined` where that was not seen. Never a value. */
export function changedKeyNames(
  source: Pick<SourceId, "kind" | "name">,
  references: WorkloadReferences,
  changedKeys: ReadonlyMap<string, ChangedKeys>,
): ChangedKeyNames | undefined {
  const entry = sourceEntry(source);
  const { relevant, named } = relevantKeys(entry, references, changedKeys.get(entry));
  if (relevant.length === 0) return undefined;
  return { names: (source.kind === "Secret" ? named : relevant).slice(0, mostLogged), count: relevant.length };
}

function describeEntry(entry: string, { patterns }: WorkloadReferences): string {
  if (entry === "*") return "Configuration";
  const [kind = "", name = ""] = entry.split("/");
  const pattern = patterns.get(entry);
  // A regular expression has another name in stamps.
  const what = pattern === undefined || pattern.entryName === pattern.text ? name : quote(pattern.text);
  return `${namedSourceKind(kind) ?? "Source"} ${what}`;
}

function describeKeys(entry: string, references: WorkloadReferences, changed: ChangedKeys | undefined): string {
  const { relevant, named } = relevantKeys(entry, references, changed);
  if (relevant.length === 0) return "";
  if (relevant.length > mostNamed || named.length < relevant.length) {
    return ` (${relevant.length} of ${changed?.total} keys)`;
  }
  return ` (key ${relevant.map((key) => `"${key}"`).join(", ")})`;
}

/** Of the keys that changed those that the workload uses, and of them those that its pod template names; sorted. */
function relevantKeys(entry: string, references: WorkloadReferences, changed: ChangedKeys | undefined) {
  const reference = references.sources.get(entry);
  const namedByTemplate = new Set(reference?.keys.map(({ key }) => key));
  const takesAll = reference === undefined || reference.allEnv || reference.allFiles;
  const relevant = [...(changed?.names ?? [])].filter((key) => takesAll || namedByTemplate.has(key)).sort();
  return { relevant, named: relevant.filter((key) => namedByTemplate.has(key)) };
}
