import { isClusterError } from "../src/core/errors.ts";
import { configMaps, resourcePath, secrets } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { seenSource } from "../src/core/seen-source.ts";
import type { SourceId, SourceKind } from "../src/core/source.ts";
import type { SeenSource } from "../src/core/source-state.ts";

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
