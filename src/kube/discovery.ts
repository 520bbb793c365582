import { isClusterError } from "../core/errors.ts";
import { asArray, at } from "../core/json.ts";
import type { Resource } from "../core/object-ref.ts";
import type { ApiClient } from "../core/ports.ts";

/**
 * Whether the API server has a resource of a named API group. Who may not list something is told so before it turns out that
 * it does not exist; this list everybody may read. Where even that is refused, the answer is `true`. Throws `ClusterError`.
 *
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export async function isServed(
  api: ApiClient,
  { group, version, resource }: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const list = await api.request<unknown>({ method: "GET", path: `/apis/${group}/${version}`, signal });
    return asArray(at(list, ["resources"])).some((each) => at(each, ["name"]) === resource);
  } catch (error) {
    if (isClusterError(error, "not-found")) return false;
    if (isClusterError(error, "forbidden", "unauthorized")) return true;
    throw error;
  }
}
