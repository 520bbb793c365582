import { hash } from "node:crypto";
import { asArray, asObject, asString, at, isObject, type Json, type JsonObject } from "../json.ts";

/** Annotation of a Job that restamp has made: a checksum of the change that it was made for. */
export const changeAnnotation = "restamp.dev/change";

/** What a Job is made for. */
export interface JobChange {
  /** Names the change: equal for equal changes, such as the stamp that the change leads to. */
  readonly change: string;
  /** The pod template to run instead of the stored one. */
  readonly template?: unknown;
}

/** Longest name of which all pods and labels of a Job can be made. */
const longestName = 63;
const checksumLength = 10;

/**
 * The Job that runs a CronJob's template now, with a name that is the same for the same change: a second try finds the
 * Job of the first. `<cronjob>-<checksum>`, owned by the CronJob.
 *
 * Like `kubectl create job --from`, it does not ask for `blockOwnerDeletion`, which may need rights on the CronJob's finalizers.
 */
export function jobOfCronJob(cronJob: unknown, { change, template }: JobChange): JsonObject {
  const metadata = asObject(at(cronJob, ["metadata"]));
  const [name, uid] = [asString(metadata["name"]) ?? "", asString(metadata["uid"]) ?? ""];
  const jobTemplate = asObject(at(cronJob, ["spec", "jobTemplate"]));
  const labels = asObject(at(jobTemplate, ["metadata", "labels"]));
  const annotations = asObject(at(jobTemplate, ["metadata", "annotations"]));
  const spec = asObject(jobTemplate["spec"]);
  const checksum = changeChecksum(uid, change);
  // A name may end neither in "-" nor in ".", and neither may what is before the checksum.
  const base = name.slice(0, longestName - checksumLength - 1).replace(/[-.]+$/, "");
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${base}-${checksum.slice(0, checksumLength)}`,
      namespace: metadata["namespace"],
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      annotations: { ...annotations, "cronjob.kubernetes.io/instantiate": "manual", [changeAnnotation]: checksum },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true }],
    },
    spec: template === undefined ? spec : { ...spec, template: asObject(template) },
  };
}

/** Whether a stored Job is the one that {@link jobOfCronJob} has made for the same change of the same CronJob. */
export function isSameRun(stored: unknown, job: JsonObject): boolean {
  const change = ["metadata", "annotations", changeAnnotation];
  return at(stored, change) === at(job, change) && isControlledBy(stored, uidOfController(job));
}

/** Whether the object with that uid controls an object. */
export function isControlledBy(object: unknown, uid: string | undefined): boolean {
  return uid !== undefined && uidOfController(object) === uid;
}

/** Whether a Job is over (https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions). */
export function isFinished(job: unknown): boolean {
  return asArray(at(job, ["status", "conditions"])).some((condition) => {
    const type = at(condition, ["type"]);
    return (type === "Complete" || type === "Failed") && at(condition, ["status"]) === "True";
  });
}

/** What the API server has written into a Job's metadata, and writes anew. */
const serverMetadata: ReadonlySet<string> = new Set([
  ...["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"],
  ...["deletionTimestamp", "deletionGracePeriodSeconds"],
]);
/** Set by a deletion, and in the way of the next one. */
const deletionFinalizers: readonly unknown[] = ["foregroundDeletion", "orphan"];
/** What the API server writes into the labels of a Job's pods, to select them by. */
const automaticLabels: readonly string[] = ["controller-uid", "job-name"].flatMap((label) => [
  label,
  `batch.kubernetes.io/${label}`,
]);

/**
 * A Job as it can be created again after its deletion: without what the API server has added. Owners, labels, annotations
 * and finalizers of others are kept; so is a selector that its author has chosen (`manualSelector`).
 */
export function jobToRecreate(job: unknown, { template }: { readonly template?: unknown } = {}): JsonObject {
  const metadata = Object.entries(asObject(at(job, ["metadata"]))).filter(([key]) => !serverMetadata.has(key));
  const { finalizers, ...kept } = Object.fromEntries(metadata);
  const others = asArray(finalizers).filter((each) => !deletionFinalizers.includes(each));
  const { selector, ...spec } = asObject(at(job, ["spec"]));
  const isManual = spec["manualSelector"] === true;
  const wanted = asObject(template ?? spec["template"]);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...(isManual ? kept : withoutAutomaticLabels(kept)),
      ...(others.length === 0 ? {} : { finalizers: others }),
    },
    spec: {
      ...spec,
      ...(isManual ? { selector } : {}),
      template: isManual ? wanted : { ...wanted, metadata: withoutAutomaticLabels(asObject(wanted["metadata"])) },
    },
  };
}

function withoutAutomaticLabels(metadata: JsonObject): JsonObject {
  const { labels, ...others } = metadata;
  if (!isObject(labels)) return metadata;
  const kept = Object.entries(labels).filter(([key]) => !automaticLabels.includes(key));
  return kept.length === 0 ? others : { ...others, labels: Object.fromEntries(kept) };
}

function uidOfController(object: unknown): string | undefined {
  const owners: readonly Json[] = asArray(at(object, ["metadata", "ownerReferences"]));
  return asString(
    at(
      owners.find((owner) => at(owner, ["controller"]) === true),
      ["uid"],
    ),
  );
}

function changeChecksum(uid: string, change: string): string {
  return hash("sha256", `${uid}\n${change}`, "hex");
}
