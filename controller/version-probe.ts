import { asString, at } from "../src/core/json.ts";
import { type Resource, resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";

/** What is listed to find out. */
export interface Probe {
  readonly kinds: readonly Resource[];
  /** What their workloads refer to. */
  readonly sources: readonly Resource[];
  /** Only there: of one resource, all namespaces are in one sequence. @default everywhere */
  readonly namespace?: string | undefined;
}

/**
 * Whether the API server numbers the versions of all kinds in one sequence, so that they say what came first. Kubernetes
 * promises that within one resource only (KEP-5504); `--etcd-servers-overrides` and aggregated APIs break it.
 *
 * Lists one object of each kind in turn, between sources: two sequences would show a step back.
 */
export async function probeOneSequence(
  api: ApiClient,
  { kinds, sources, namespace }: Probe,
  signal: AbortSignal,
): Promise<boolean> {
  const where = namespace === undefined ? {} : { namespace };
  let last = 0;
  for (const resource of kinds.flatMap((kind) => sources.flatMap((source) => [source, kind]))) {
    const list = await api.request<unknown>({
      method: "GET",
      path: resourcePath(resource, where),
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
