import type { ApiClient } from "../../src/core/ports.ts";
import type { PatchOperation } from "../../src/core/stamp-patch.ts";
import { fieldManager } from "../../src/core/workload.ts";
import { type ActedOn, isRefusalOrGone, pathOf, type Refusal, readLive } from "./refusal.ts";

/** What came of restarting a Rollout. */
export type RolloutRestart = { readonly is: "restarted" } | Refusal;

/**
 * Has Argo Rollouts replace the pods of a Rollout that are older than `at` (milliseconds since the epoch, written in whole
 * seconds), and those that are older than what changed, which was written at `contentAt` by the API server's clock. There is
 * no new revision: the template is not touched. A second try with the same times restarts nothing again. Throws
 * `ClusterError` for what is to be tried again.
 *
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/restart/
 */
export async function restartRollout(
  api: ApiClient,
  workload: ActedOn,
  write: { readonly at: number; readonly contentAt: number; readonly signal: AbortSignal },
): Promise<RolloutRestart> {
  // Whole seconds: pods of the second in which the content was written may have the former one. Pods are as old as the API
  // server says, whose clock may be ahead of this process's.
  const after = Math.max(write.at, write.contentAt + 1_000);
  const restartAt = new Date(Math.ceil(after / 1_000) * 1_000).toISOString().replace(".000Z", "Z");
  const body: readonly PatchOperation[] = [
    { op: "test", path: "/metadata/uid", value: workload.uid },
    { op: "add", path: "/spec/restartAt", value: restartAt },
  ];
  try {
    await api.request({
      method: "PATCH",
      path: pathOf(workload),
      contentType: "application/json-patch+json",
      query: { fieldManager },
      body,
      signal: write.signal,
    });
    return { is: "restarted" };
  } catch (error) {
    if (!isRefusalOrGone(error)) throw error;
    // A failed guard and a refusal have the same status: only a look tells them apart.
    const live = await readLive(api, workload, write.signal);
    return live.is === "found" ? { is: "rejected", message: error.message } : live;
  }
}
