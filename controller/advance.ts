import { type ClusterError, isClusterError } from "../src/core/errors.ts";
import { resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { type Annotations, annotationOperations } from "../src/core/reloader/annotation-patch.ts";
import { stampAnnotation } from "../src/core/stamp.ts";
import { advanceOperations, type PatchOperation } from "../src/core/stamp-patch.ts";
import { fieldManager, type Workload } from "../src/core/workload.ts";
import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import { isRefusalOrGone } from "./actions/refusal.ts";

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

/** What advancing works with. */
export interface AdvanceDeps {
  readonly api: ApiClient;
  readonly readWorkload: (kind: WorkloadKind, object: unknown) => Workload;
}

/** What is written. */
export interface AdvanceWrite {
  readonly stamp: string;
  /** What else the same patch does, computed of the object as it is. @default nothing */
  readonly also?: ((live: unknown) => AlsoWritten) | undefined;
  readonly signal: AbortSignal;
}

/** Changes beside the stamp. */
export interface AlsoWritten {
  /** Of the pod template. */
  readonly annotations: Annotations;
  readonly operations: readonly PatchOperation[];
}

/** Writes a stamp to the pod template of a workload as it was last seen; that replaces its pods. Throws `ClusterError`. */
export async function advance(deps: AdvanceDeps, workload: Workload, write: AdvanceWrite): Promise<Advanced> {
  const path = resourcePath(workload.kind, { namespace: workload.namespace, name: workload.name });
  const { signal } = write;
  try {
    const body = await operations(deps, workload, { ...write, path });
    if (!Array.isArray(body)) return body;
    const contentType = "application/json-patch+json";
    const query = { fieldManager };
    const answer = await deps.api.request<unknown>({ method: "PATCH", path, contentType, query, body, signal });
    const written = deps.readWorkload(workload.kind, answer);
    return { is: written.template?.stamp === write.stamp ? "advanced" : "reverted", workload: written };
  } catch (error) {
    if (!isRefusalOrGone(error) && !isClusterError(error, "conflict")) throw error;
    return await explain(deps, workload, { signal, path, error });
  }
}

/** The stamp alone is written blindly, guarded by what was last seen; whatever else is written needs a look at the object. */
async function operations(
  deps: AdvanceDeps,
  workload: Workload,
  { stamp, also, path, signal }: AdvanceWrite & { readonly path: string },
): Promise<PatchOperation[] | Advanced> {
  if (also === undefined) return [...advanceOperations(workload, stamp)];
  const live = await deps.api.request<unknown>({ method: "GET", path, signal });
  const now = deps.readWorkload(workload.kind, live);
  if (!isAsAssumed(workload, now)) return { is: "outdated", workload: now };
  const more = also(live);
  const annotations = { ...more.annotations, [stampAnnotation]: stamp };
  return [
    { op: "test", path: "/metadata/uid", value: workload.uid },
    ...annotationOperations(live, workload.kind.templatePath, annotations),
    ...more.operations,
  ];
}

function isAsAssumed(assumed: Workload, now: Workload): boolean {
  return (
    now.uid === assumed.uid &&
    now.template?.stamp === assumed.template?.stamp &&
    now.template?.depth === assumed.template?.depth
  );
}

/** A failed guard and a refusal have the same status (422): only a look at the workload tells them apart. */
async function explain(
  { api, readWorkload }: AdvanceDeps,
  workload: Workload,
  write: { readonly path: string; readonly signal: AbortSignal; readonly error: ClusterError },
): Promise<Advanced> {
  try {
    const live = await api.request<unknown>({ method: "GET", path: write.path, signal: write.signal });
    const now = readWorkload(workload.kind, live);
    return isAsAssumed(workload, now)
      ? { is: "rejected", message: write.error.message }
      : { is: "outdated", workload: now };
  } catch (error) {
    if (isClusterError(error, "not-found")) return { is: "gone" };
    throw error;
  }
}
