import { type ClusterError, isClusterError } from "../src/core/errors.ts";
import { resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { advanceOperations } from "../src/core/stamp-patch.ts";
import { fieldManager, readWorkload, type Workload } from "../src/core/workload.ts";

/** What came of writing a stamp. */
export type Advanced =
  /** The template has the stamp that was sent. */
  | { readonly is: "advanced"; readonly workload: Workload }
  /** The write was accepted, but the template has another stamp: admission put it back. */
  | { readonly is: "reverted"; readonly workload: Workload }
  /** The workload is not as it was assumed; nothing was written. */
  | { readonly is: "outdated"; readonly workload: Workload }
  | { readonly is: "gone" }
  /** The API server refuses this write: an admission policy, validation or RBAC. */
  | { readonly is: "rejected"; readonly message: string };

/** Writes a stamp to the pod template of a workload as it was last seen; that replaces its pods. Throws `ClusterError`. */
export async function advance(
  api: ApiClient,
  workload: Workload,
  write: { readonly stamp: string; readonly signal: AbortSignal },
): Promise<Advanced> {
  const path = resourcePath(workload.kind, { namespace: workload.namespace, name: workload.name });
  try {
    const answer = await api.request<unknown>({
      method: "PATCH",
      path,
      contentType: "application/json-patch+json",
      query: { fieldManager },
      body: advanceOperations(workload, write.stamp),
      signal: write.signal,
    });
    const written = readWorkload(workload.kind, answer);
    return { is: written.template?.stamp === write.stamp ? "advanced" : "reverted", workload: written };
  } catch (error) {
    if (isClusterError(error, "not-found")) return { is: "gone" };
    if (!isClusterError(error, "conflict", "invalid", "forbidden", "bad-request")) throw error;
    return await explain(api, workload, { ...write, path, error });
  }
}

/** A failed guard and a refusal have the same status (422): only a look at the workload tells them apart. */
async function explain(
  api: ApiClient,
  workload: Workload,
  write: { readonly path: string; readonly signal: AbortSignal; readonly error: ClusterError },
): Promise<Advanced> {
  try {
    const live = await api.request<unknown>({ method: "GET", path: write.path, signal: write.signal });
    const now = readWorkload(workload.kind, live);
    const asAssumed =
      now.uid === workload.uid &&
      now.template?.stamp === workload.template?.stamp &&
      now.template?.depth === workload.template?.depth;
    return asAssumed ? { is: "rejected", message: write.error.message } : { is: "outdated", workload: now };
  } catch (error) {
    if (isClusterError(error, "not-found")) return { is: "gone" };
    throw error;
  }
}
