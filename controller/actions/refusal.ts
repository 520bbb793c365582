import { type ClusterError, isClusterError } from "../../src/core/errors.ts";
import { asString, at } from "../../src/core/json.ts";
import { resourcePath } from "../../src/core/object-ref.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import type { Workload } from "../../src/core/workload.ts";

/** Why a write came to nothing. */
export type Refusal =
  /** Another object has the name now. */
  | { readonly is: "outdated" }
  | { readonly is: "gone" }
  /** The API server refuses: an admission policy, validation or RBAC. */
  | { readonly is: "rejected"; readonly message: string };

/** What an action has to know of a workload. */
export type ActedOn = Pick<Workload, "kind" | "namespace" | "name" | "uid">;

/** The path of a workload. */
export function pathOf({ kind, namespace, name }: ActedOn): string {
  return resourcePath(kind, { namespace, name });
}

/** The workload as it is stored now; a {@link Refusal} where it is not there any more. Throws `ClusterError`. */
export async function readLive(
  api: ApiClient,
  workload: ActedOn,
  signal: AbortSignal,
): Promise<{ readonly is: "found"; readonly object: unknown } | Refusal> {
  try {
    const object = await api.request<unknown>({ method: "GET", path: pathOf(workload), signal });
    if (asString(at(object, ["metadata", "uid"])) !== workload.uid) return { is: "outdated" };
    return { is: "found", object };
  } catch (error) {
    if (isClusterError(error, "not-found")) return { is: "gone" };
    if (isClusterError(error, "forbidden")) return { is: "rejected", message: error.message };
    throw error;
  }
}

/** Whether trying again would get the same answer. */
export function isRefusal(error: unknown): error is ClusterError {
  return isClusterError(error, "invalid", "forbidden", "bad-request");
}

/** Whether a write to an object was refused, or the object is gone: an admission webhook may answer with a 404 as well. */
export function isRefusalOrGone(error: unknown): error is ClusterError {
  return isRefusal(error) || isClusterError(error, "not-found");
}
