import { asArray, asObject, asString, at, type JsonObject } from "./json.ts";
import { readIgnore } from "./policy.ts";
import type { SourceKind } from "./source.ts";
import { readContent } from "./source-content.ts";
import type { SeenSource } from "./source-state.ts";
import { readMarks, timeOf } from "./workload.ts";

/** What a ConfigMap or Secret, as the API server returns it, tells about itself; nothing of its values is kept. */
export function seenSource(kind: SourceKind, object: unknown): SeenSource {
  const metadata = asObject(at(object, ["metadata"]));
  return {
    uid: asString(metadata["uid"]) ?? "",
    version: Number(metadata["resourceVersion"]),
    content: readContent(kind, object),
    writtenAt: dataWrittenAt(metadata),
    ...readIgnore(readMarks(object).annotations),
  };
}

/** The latest time at which any field manager wrote data, or the creation where that is not recorded. */
function dataWrittenAt(metadata: JsonObject): number {
  let latest = timeOf(metadata["creationTimestamp"]) ?? 0;
  for (const manager of asArray(metadata["managedFields"])) {
    const fields = asObject(at(manager, ["fieldsV1"]));
    if (fields["f:data"] === undefined && fields["f:binaryData"] === undefined) continue;
    latest = Math.max(latest, timeOf(at(manager, ["time"])) ?? 0);
  }
  return latest;
}
