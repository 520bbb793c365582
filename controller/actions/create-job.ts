import { isClusterError } from "../../src/core/errors.ts";
import { asString, at, type JsonObject } from "../../src/core/json.ts";
import { type Resource, resourcePath } from "../../src/core/object-ref.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { fieldManager } from "../../src/core/workload.ts";
import { isRefusal, isRefusalOrGone } from "./refusal.ts";

/** Jobs, as they are made and replaced. */
export const jobs: Resource = { group: "batch", version: "v1", resource: "jobs", kind: "Job" };

/** What came of creating a Job. */
export type CreatedJob =
  | { readonly is: "created" }
  /** One of that name is there. */
  | { readonly is: "exists"; readonly job: unknown }
  | { readonly is: "rejected"; readonly message: string }
  /** Its namespace does not exist. */
  | { readonly is: "no-namespace" };

/** How a call is made. Without a signal it cannot be broken off. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** @default the client's own limit */
  readonly timeoutMs?: number;
}

/** The path of a Job's collection, or of the Job. */
export function jobPath(job: JsonObject, name?: string): string {
  const namespace = asString(at(job, ["metadata", "namespace"])) ?? "";
  return resourcePath(jobs, name === undefined ? { namespace } : { namespace, name });
}

/** Creates a Job. Throws `ClusterError` for what may succeed later. */
export async function createJob(api: ApiClient, job: JsonObject, options: CallOptions): Promise<CreatedJob> {
  try {
    await api.request({ method: "POST", path: jobPath(job), query: { fieldManager }, body: job, ...options });
    return { is: "created" };
  } catch (error) {
    if (isClusterError(error, "conflict") && error.reason === "AlreadyExists") {
      const path = jobPath(job, asString(at(job, ["metadata", "name"])) ?? "");
      return { is: "exists", job: await api.request<unknown>({ method: "GET", path, ...options }) };
    }
    // Nothing else that is created in a namespace can be missing, but a webhook may answer whatever it likes.
    if (isClusterError(error, "not-found") && /\bnamespaces "[^"]*" not found/.test(error.message)) {
      return { is: "no-namespace" };
    }
    if (isRefusalOrGone(error)) return { is: "rejected", message: error.message };
    throw error;
  }
}

/**
 * Whether the API server would take the Job, whatever has its name now: asked before another one is deleted for it. The
 * message of a refusal, or `undefined`. A quota counts the other one as well, and a webhook may not answer to a trial:
 * neither says anything about the Job. Throws `ClusterError`.
 */
export async function trialRefusal(api: ApiClient, job: JsonObject, options: CallOptions): Promise<string | undefined> {
  const query = { fieldManager, dryRun: "All" };
  try {
    await api.request({ method: "POST", path: jobPath(job), query, body: job, ...options });
    return undefined;
  } catch (error) {
    if (isClusterError(error, "conflict") && error.reason === "AlreadyExists") return undefined;
    if (!isRefusal(error)) throw error;
    return /exceeded quota|does not support dry run/.test(error.message) ? undefined : error.message;
  }
}

/** What came of deleting a Job. */
export type DeletedJob = "deleted" | "gone" | { readonly rejected: string };

/** Deletes the Job of that uid, and lets its pods be deleted after it. Throws `ClusterError`. */
export async function deleteJob(
  api: ApiClient,
  job: { readonly path: string; readonly uid: string },
  options: CallOptions,
): Promise<DeletedJob> {
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    propagationPolicy: "Background",
    preconditions: { uid: job.uid },
  };
  try {
    await api.request({ method: "DELETE", path: job.path, body, ...options });
    return "deleted";
  } catch (error) {
    // A conflict: the name belongs to another object now.
    if (isClusterError(error, "not-found", "conflict")) return "gone";
    if (isRefusal(error)) return { rejected: error.message };
    throw error;
  }
}
