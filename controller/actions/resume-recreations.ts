import { isClusterError, messageOf } from "../../src/core/errors.ts";
import { asString, at } from "../../src/core/json.ts";
import { describeObject } from "../../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../../src/core/ports.ts";
import { createAgain, type FinishedRecreation, lookAtOldJob } from "./finish-recreation.ts";
import {
  createJobManifests,
  type JobManifest,
  type JobManifests,
  manifestName,
  type StoredManifest,
} from "./job-manifests.ts";

/** Where the manifests are stored, and who is told. */
export interface ResumeOptions {
  /** restamp's own. */
  readonly namespace: string;
  /** The Jobs of which namespaces are resumed. @default all */
  readonly isOwn?: (namespace: string) => boolean;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /**
   * How old a manifest must be, in milliseconds, before a Job that is still there counts as one that nobody is about to
   * delete. @default 60000
   */
  readonly minAgeMs?: number;
}

/** What came of resuming. */
export interface Resumed {
  /** Jobs that were created again, as `shop/migrate`. */
  readonly recreated: readonly string[];
  /** Manifests that are still stored: call again later. */
  readonly pending: number;
}

/**
 * Creates the Jobs again that were deleted to be re-created and are not there: what a process did not finish that ended, or
 * what was refused. To be called when leadership begins, and again from time to time while anything is pending.
 *
 * A manifest is let go when its Job is there again, or when its namespace is not. Until then each try that fails is
 * logged; to give a Job up, delete the Secret that the log names. Throws `ClusterError` if the manifests cannot be read.
 */
export async function resumeRecreations(api: ApiClient, options: ResumeOptions): Promise<Resumed> {
  const manifests = createJobManifests(api, options);
  const recreated: string[] = [];
  let pending = 0;
  for (const stored of await manifests.list(options.signal)) {
    if (options.isOwn?.(jobOf(stored).namespace) === false) continue;
    const { is, job } = await resumeOne({ api, manifests }, stored, options);
    if (is === "recreated") recreated.push(job);
    if (is === "pending") pending += 1;
  }
  return { recreated, pending };
}

interface ResumedOne {
  readonly is: "recreated" | "pending" | "over";
  readonly job: string;
}

interface Deps {
  readonly api: ApiClient;
  readonly manifests: JobManifests;
}

/** One that cannot be finished is no reason to leave the others. */
async function resumeOne(deps: Deps, stored: StoredManifest, options: ResumeOptions): Promise<ResumedOne> {
  const { log, signal } = options;
  const { secret, manifest } = stored;
  if (manifest === undefined) {
    log.error({ secret }, "Cannot read the manifest of a deleted Job: it was changed; create the Job by hand");
    return { is: "pending", job: "" };
  }
  const { namespace, name } = jobOf(stored);
  const job = `${namespace}/${name}`;
  const fields = { job: describeObject({ kind: "Job", namespace, name }), secret };
  try {
    return { is: told(await finish(deps, { ...stored, manifest }, options), fields, log), job };
  } catch (error) {
    if (signal.aborted || !isClusterError(error)) throw error;
    log.warn({ ...fields, error: messageOf(error) }, "Cannot create a deleted Job again, trying again");
    return { is: "pending", job };
  }
}

/** One that cannot be read belongs to the namespace "", and so to one shard alone. */
function jobOf({ manifest }: StoredManifest): { readonly namespace: string; readonly name: string } {
  const text = (key: string): string => asString(at(manifest?.job, ["metadata", key])) ?? "";
  return { namespace: text("namespace"), name: text("name") };
}

type Finished = FinishedRecreation | { readonly is: "not-deleted" } | { readonly is: "replaced" };

async function finish(
  deps: Deps,
  { manifest, storedAt }: StoredManifest & { readonly manifest: JobManifest },
  { signal, minAgeMs = 60_000 }: ResumeOptions,
): Promise<Finished> {
  const old = await lookAtOldJob(deps.api, manifest, { signal });
  switch (old.is) {
    case "gone":
      return await createAgain(deps, manifest, { signal });
    case "leaving":
      return { is: "waiting" };
    case "replaced":
      await deps.manifests.remove(manifestName(manifest.uid), { signal });
      return old;
    case "there":
      // A young one may be of a call that is under way, in this process or in one that leads no more.
      if (Date.now() - storedAt < minAgeMs) return { is: "waiting" };
      await deps.manifests.remove(manifestName(manifest.uid), { signal });
      return { is: "not-deleted" };
    default:
      return old satisfies never;
  }
}

function told(finished: Finished, fields: object, log: Logger): ResumedOne["is"] {
  switch (finished.is) {
    case "recreated":
      log.info(fields, "Created a deleted Job again");
      return "recreated";
    case "waiting":
      log.debug(fields, "A Job that is to be created again is still there");
      return "pending";
    case "rejected":
      log.error(
        { ...fields, error: finished.message },
        "A deleted Job is refused when it is created again: its manifest is kept in the Secret; trying again",
      );
      return "pending";
    case "no-namespace":
      log.warn(fields, "A deleted Job cannot be created again: its namespace is gone");
      return "over";
    case "replaced":
    case "not-deleted":
      log.info(fields, "A Job was to be created again and is there");
      return "over";
    default:
      return finished satisfies never;
  }
}
