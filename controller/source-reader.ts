import { isClusterError } from "../src/core/errors.ts";
import { asObject, asString, at } from "../src/core/json.ts";
import { configMaps, resourcePath, secrets } from "../src/core/object-ref.ts";
import { sourceIgnored } from "../src/core/policy.ts";
import type { ApiClient } from "../src/core/ports.ts";
import type { SourceId, SourceKind } from "../src/core/source.ts";
import { readContent } from "../src/core/source-content.ts";
import type { SeenSource } from "../src/core/source-state.ts";
import { readMarks, timeOf } from "../src/core/workload.ts";

/** The resource of a kind of source. */
export function sourceResource(kind: SourceKind) {
  return kind === "ConfigMap" ? configMaps : secrets;
}

/** Reads a source and keeps hashes of its values only; `undefined` if it does not exist. Throws `ClusterError`. */
export async function readSource(
  api: ApiClient,
  source: SourceId,
  signal: AbortSignal,
): Promise<SeenSource | undefined> {
  const path = resourcePath(sourceResource(source.kind), { namespace: source.namespace, name: source.name });
  try {
    return seenSource(source.kind, await api.request<unknown>({ method: "GET", path, signal }));
  } catch (error) {
    if (isClusterError(error, "not-found")) return undefined;
    throw error;
  }
}

function seenSource(kind: SourceKind, object: unknown): SeenSource {
  const metadata = asObject(at(object, ["metadata"]));
  return {
    uid: asString(metadata["uid"]) ?? "",
    version: Number(metadata["resourceVersion"]),
    content: readContent(kind, object),
    writtenAt: dataWrittenAt(metadata),
    ignored: sourceIgnored(readMarks(object).annotations),
  };
}

/** The latest time at which any field manager wrote data, or the creation where that is not recorded. */
function dataWrittenAt(metadata: Readonly<Record<string, unknown>>): number {
  const managers = Array.isArray(metadata["managedFields"]) ? metadata["managedFields"] : [];
  let latest = timeOf(asString(metadata["creationTimestamp"])) ?? 0;
  for (const manager of managers) {
    const fields = asObject(at(manager, ["fieldsV1"]));
    if (fields["f:data"] === undefined && fields["f:binaryData"] === undefined) continue;
    latest = Math.max(latest, timeOf(at(manager, ["time"])) ?? 0);
  }
  return latest;
}
