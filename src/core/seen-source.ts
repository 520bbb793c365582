import { asArray, asObject, asString, asTexts, at, type JsonObject } from "./json.ts";
import { type LabelSelector, matchesLabels } from "./label-selector.ts";
import { type PolicyRules, readSourceMarks } from "./policy.ts";
import { reloaderHash } from "./reloader/content-hash.ts";
import type { SourceKind } from "./source.ts";
import { readContent } from "./source-content.ts";
import type { SeenSource } from "./source-state.ts";
import { timeOf } from "./workload.ts";

/** How the flags say what sources mean. */
export interface SourceRules extends Pick<PolicyRules, "dialects"> {
  /** Whether hashes as Reloader makes them are wanted. @default false */
  readonly reloaderHashes?: boolean;
  /** ConfigMaps and Secrets that do not meet it are ignored, as those that ask for it. @default everything meets it */
  readonly resourceLabelSelector?: LabelSelector | undefined;
}

/** What a ConfigMap or Secret, as the API server returns it, tells about itself; nothing of its values is kept. */
export function seenSource(kind: SourceKind, object: unknown, rules: SourceRules = {}): SeenSource {
  const metadata = asObject(at(object, ["metadata"]));
  const marks = readSourceMarks(asTexts(metadata["annotations"]), rules);
  return {
    uid: asString(metadata["uid"]) ?? "",
    version: Number(metadata["resourceVersion"]),
    content: readContent(kind, object),
    ...(rules.reloaderHashes === true ? { reloaderHash: reloaderHash(kind, object) } : {}),
    ...lastWrite(metadata),
    ...marks,
    ignored: marks.ignored || !isSelected(kind, metadata, rules.resourceLabelSelector),
  };
}

/** The labels of what a driver mounts belong to its workloads' owners, not to those who select sources. */
function isSelected(kind: SourceKind, metadata: JsonObject, selector: LabelSelector | undefined): boolean {
  if (selector === undefined || kind === "SecretProviderClass") return true;
  return matchesLabels(selector, asTexts(metadata["labels"]));
}

/** When and by which field manager data was last written; the creation where that is not recorded. */
function lastWrite(metadata: JsonObject): Pick<SeenSource, "writtenAt" | "writtenBy"> {
  let writtenAt = timeOf(metadata["creationTimestamp"]) ?? 0;
  let writtenBy: string | undefined;
  for (const manager of asArray(metadata["managedFields"])) {
    const fields = asObject(at(manager, ["fieldsV1"]));
    if (fields["f:data"] === undefined && fields["f:binaryData"] === undefined) continue;
    const time = timeOf(at(manager, ["time"])) ?? 0;
    if (time < writtenAt) continue;
    writtenAt = time;
    writtenBy = asString(at(manager, ["manager"]));
  }
  return { writtenAt, writtenBy };
}
