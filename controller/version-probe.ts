import { asString, at } from "../src/core/json.ts";
import { configMaps, type Resource, resourcePath, secrets } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";

/**
 * Whether the API server numbers the versions of all kinds in one sequence, so that they say what came first. Kubernetes
 * promises that within one resource only (KEP-5504); `--etcd-servers-overrides` and aggregated APIs break it.
 *
 * Lists one object of each kind in turn, between sources: two sequences would show a step back.
 */
export async function probeOneSequence(
  api: ApiClient,
  resources: readonly Resource[],
  signal: AbortSignal,
): Promise<boolean> {
  let last = 0;
  for (const resource of resources.flatMap((each) => [configMaps, each, secrets, each])) {
    const list = await api.request<unknown>({
      method: "GET",
      path: resourcePath(resource),
      query: { limit: "1" },
      accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      signal,
    });
    const version = Number(asString(at(list, ["metadata", "resourceVersion"])) ?? Number.NaN);
    if (!(version >= last)) return false;
    last = version;
  }
  return true;
}
