import { isClusterError } from "../../src/core/errors.ts";
import { at, type JsonObject } from "../../src/core/json.ts";
import type { ApiClient } from "../../src/core/ports.ts";
import { type Annotations, withAnnotations } from "../../src/core/reloader/annotation-patch.ts";
import { isFinished, jobToRecreate } from "../../src/core/reloader/jobs.ts";
import { withStrategy } from "../../src/core/reloader/strategy-patch.ts";
import type { StrategyWrite } from "../../src/core/reloader/strategy-plan.ts";
import { deleteJob, trialRefusal } from "./create-job.ts";
import { createAgain, waitForOldJob } from "./finish-recreation.ts";
import {
  createJobManifests,
  type JobManifest,
  type JobManifests,
  manifestLimit,
  manifestName,
  manifestText,
} from "./job-manifests.ts";
import { type ActedOn, isRefusalOrGone, pathOf, type Refusal, readLive } from "./refusal.ts";

/** How a Job is replaced. */
export interface JobReplacement {
  /** restamp's own: where the manifest is stored meanwhile. */
  readonly namespace: string;
  /** Also when it is over. */
  readonly rerunFinished: boolean;
  /** What is written to the pod template of the new one. */
  readonly strategy?: StrategyWrite;
  readonly annotations?: Annotations;
  /** Heeded until the Job is deleted; what has begun then is finished. */
  readonly signal: AbortSignal;
  /** How long the old Job may take to disappear, in milliseconds. @default 5000 */
  readonly limitMs?: number;
}

/** What came of replacing a Job. */
export type JobRecreation =
  | { readonly is: "recreated" }
  /** It is over, and such ones are not to be run again. */
  | { readonly is: "finished" }
  /** Its manifest is stored, and `resumeRecreations` will create it: it is not gone yet, or the API server is not there. */
  | { readonly is: "unfinished" }
  /** Deleted, but refused when it was created again; its manifest is stored, and `resumeRecreations` goes on trying. */
  | { readonly is: "lost"; readonly message: string }
  | Refusal;

/**
 * Deletes a Job and creates it again, which is the only way to run its template with new content. Its manifest is stored
 * before the deletion and let go after the creation, so that nothing that ends in between loses the Job: see
 * `resumeRecreations`. A Job that the API server would not take again is not deleted.
 *
 * Throws `ClusterError` for what is to be tried again.
 */
export async function recreateJob(api: ApiClient, workload: ActedOn, how: JobReplacement): Promise<JobRecreation> {
  const { signal, limitMs = 5_000 } = how;
  const live = await readLive(api, workload, signal);
  if (live.is !== "found") return live;
  if (at(live.object, ["metadata", "deletionTimestamp"]) !== undefined) return { is: "gone" };
  if (!how.rerunFinished && isFinished(live.object)) return { is: "finished" };
  const manifest = { uid: workload.uid, job: newJob(live.object, how) };
  const message = tooLarge(manifest) ?? (await trialRefusal(api, manifest.job, { signal }));
  if (message !== undefined) return { is: "rejected", message };
  const manifests = createJobManifests(api, how);
  const refused = await storeManifest(manifests, manifest, signal);
  if (refused !== undefined) return { is: "rejected", message: refused };
  signal.throwIfAborted();
  // From here on without the signal: a leader that is told to stop would leave the Job deleted.
  const deleted = await deleteJob(api, { path: pathOf(workload), uid: workload.uid }, { timeoutMs: limitMs });
  if (deleted !== "deleted") {
    await manifests.remove(manifestName(manifest.uid), { timeoutMs: limitMs });
    // Somebody else was faster: that was meant.
    return deleted === "gone" ? { is: "gone" } : { is: "rejected", message: deleted.rejected };
  }
  return await finish({ api, manifests }, manifest, limitMs);
}

function newJob(job: unknown, { strategy, annotations }: JobReplacement): JsonObject {
  const stored = at(job, ["spec", "template"]);
  const template = strategy === undefined ? stored : withStrategy(stored, strategy);
  return jobToRecreate(job, { template: withAnnotations(template, annotations ?? {}) });
}

function tooLarge({ job }: JobManifest): string | undefined {
  const size = Buffer.byteLength(manifestText(job));
  if (size <= manifestLimit) return undefined;
  return `Cannot store the manifest of the Job: it has ${size} bytes, and a Secret holds ${manifestLimit}: delete and create the Job by hand`;
}

/** The message of a refusal; nothing has been deleted then. */
async function storeManifest(
  manifests: JobManifests,
  manifest: JobManifest,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await manifests.store(manifest, { signal });
    return undefined;
  } catch (error) {
    if (isRefusalOrGone(error)) return error.message;
    throw error;
  }
}

/** Whatever fails now is not for the caller to try again: to it, the Job is gone. */
async function finish(
  deps: { readonly api: ApiClient; readonly manifests: JobManifests },
  manifest: JobManifest,
  limitMs: number,
): Promise<JobRecreation> {
  try {
    const old = await waitForOldJob(deps.api, manifest, { limitMs, now: Date.now });
    if (old.is === "there" || old.is === "leaving") return { is: "unfinished" };
    const again = await createAgain(deps, manifest, { timeoutMs: limitMs });
    switch (again.is) {
      case "recreated":
        return again;
      case "waiting":
        return { is: "unfinished" };
      case "no-namespace":
        return { is: "gone" };
      case "rejected":
        return { is: "lost", message: again.message };
      default:
        return again satisfies never;
    }
  } catch (error) {
    if (isClusterError(error)) return { is: "unfinished" };
    throw error;
  }
}
