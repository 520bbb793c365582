import { isClusterError } from "../../src/core/errors.ts";
import { asString, at } from "../../src/core/json.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { createBackoff } from "../../src/kube/backoff.ts";
import { pause } from "../pause.ts";
import { type CallOptions, createJob, jobPath } from "./create-job.ts";
import { type JobManifest, type JobManifests, manifestName } from "./job-manifests.ts";

/** What is there of the Job that is replaced. */
export type OldJob =
  | { readonly is: "there" }
  /** Being deleted. */
  | { readonly is: "leaving" }
  | { readonly is: "gone" }
  /** Another Job has its name: somebody has created it again. */
  | { readonly is: "replaced" };

/** What came of the second half of a re-creation. The manifest stays stored unless the Job is there, or has nowhere to be. */
export type FinishedRecreation =
  /** The Job is there again, by restamp or by somebody else. */
  | { readonly is: "recreated" }
  /** Its namespace is gone. */
  | { readonly is: "no-namespace" }
  | { readonly is: "waiting" }
  | { readonly is: "rejected"; readonly message: string };

/** Looks what is there of the Job that is replaced. Throws `ClusterError`. */
export async function lookAtOldJob(api: ApiClient, manifest: JobManifest, options: CallOptions): Promise<OldJob> {
  try {
    const name = asString(at(manifest.job, ["metadata", "name"])) ?? "";
    const job = await api.request<unknown>({ method: "GET", path: jobPath(manifest.job, name), ...options });
    const metadata = at(job, ["metadata"]);
    if (at(metadata, ["uid"]) !== manifest.uid) return { is: "replaced" };
    return { is: at(metadata, ["deletionTimestamp"]) === undefined ? "there" : "leaving" };
  } catch (error) {
    if (isClusterError(error, "not-found")) return { is: "gone" };
    throw error;
  }
}

/** Waits until a deleted Job is gone, in tries that come less and less often. Throws `ClusterError`. */
export async function waitForOldJob(
  api: ApiClient,
  manifest: JobManifest,
  { limitMs, now }: { readonly limitMs: number; readonly now: () => number },
): Promise<OldJob> {
  const end = now() + limitMs;
  const backoff = createBackoff({ baseMs: 20, maxMs: 1_000 });
  const unstoppable = new AbortController().signal;
  for (;;) {
    const old = await lookAtOldJob(api, manifest, { timeoutMs: limitMs });
    const wait = backoff.next();
    if (old.is === "gone" || old.is === "replaced" || now() + wait > end) return old;
    await pause(wait, unstoppable);
  }
}

/** Creates a deleted Job again, and lets go of its manifest. Throws `ClusterError`; the manifest is stored then. */
export async function createAgain(
  deps: { readonly api: ApiClient; readonly manifests: JobManifests },
  manifest: JobManifest,
  options: CallOptions,
): Promise<FinishedRecreation> {
  const created = await createJob(deps.api, manifest.job, options);
  switch (created.is) {
    case "exists":
      // The old one, of which an outdated answer said that it is gone.
      if (at(created.job, ["metadata", "uid"]) === manifest.uid) return { is: "waiting" };
      await deps.manifests.remove(manifestName(manifest.uid), options);
      return { is: "recreated" };
    case "created":
      await deps.manifests.remove(manifestName(manifest.uid), options);
      return { is: "recreated" };
    case "no-namespace":
      await deps.manifests.remove(manifestName(manifest.uid), options);
      return { is: "no-namespace" };
    case "rejected":
      return created;
    default:
      return created satisfies never;
  }
}
