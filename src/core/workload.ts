import { asArray, asObject, asString, at, isObject, type Json, type JsonObject } from "./json.ts";
import { podReferences, type SourceReference } from "./pod-references.ts";
import { annotationsSize, stampOf, templateHash, unstampedHash } from "./pod-template.ts";
import type { Marks, Texts } from "./policy.ts";
import { rolloutEffect } from "./rollout-effect.ts";
import { stampAnnotation } from "./stamp.ts";
import { findWorkloadKind, type WorkloadKind } from "./workload-kinds.ts";

/** The field manager of restamp's writes. Must not start with `kubectl`: Flux takes over and prunes such fields. */
export const fieldManager = "restamp";

/** What restamp keeps of a pod template. */
export interface TemplateFacts {
  /** Name of exactly this template, stamp included. */
  readonly hash: string;
  /** Name of the template without its stamp. */
  readonly bareHash: string;
  readonly stamp: string | undefined;
  readonly references: readonly SourceReference[];
  /** Which part of the path to the stamp exists. */
  readonly depth: "template" | "metadata" | "annotations";
  /** Bytes of all annotations, as the API server counts them. */
  readonly annotationsSize: number;
}

/** What restamp keeps of a workload. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  /** Milliseconds since the epoch, by the API server's clock (whole seconds). */
  readonly createdAt: number;
  /** Labels and annotations under `restamp.dev/`. */
  readonly marks: Marks;
  /** A Job that is over: nothing will run with its template again. */
  readonly ended: boolean;
  /** Controlled by another workload of the table: its template follows that one's. */
  readonly controlled: boolean;
  /** `undefined` where the template lies in another object (a Rollout's `workloadRef`). */
  readonly template: TemplateFacts | undefined;
  /** Kind and name of the object that holds the template of this one. */
  readonly templateFrom: { readonly group: string; readonly kind: string; readonly name: string } | undefined;
  /** What a changed template means for its pods, in words. */
  readonly effect: string;
  /** When restamp last wrote the template, by the API server's clock; milliseconds since the epoch. */
  readonly advancedAt: number | undefined;
  /** The field manager, other than restamp, that wrote the stamp, or last wrote the template. */
  readonly writtenBy: string | undefined;
}

/** The key of a workload in queues and maps: `Deployment.apps/shop/cart`. */
export function workloadKey(workload: { kind: WorkloadKind; namespace: string; name: string }): string {
  return `${workload.kind.kind}.${workload.kind.group}/${workload.namespace}/${workload.name}`;
}

/** Reads what restamp keeps of a workload as the API server returns it; everything else is dropped. */
export function readWorkload(kind: WorkloadKind, object: unknown): Workload {
  const metadata = asObject(at(object, ["metadata"]));
  const template = at(object, kind.templatePath);
  const managers = asArray(metadata["managedFields"]).filter((entry) => writesTemplate(entry, kind.templatePath));
  const own = managers.filter((entry) => at(entry, ["manager"]) === fieldManager);
  const others = managers.filter((entry) => at(entry, ["manager"]) !== fieldManager);
  // Times have whole seconds: who owns the stamp itself is the surer sign.
  const stampers = others.filter((entry) => ownsStamp(entry, kind.templatePath));
  return {
    kind,
    namespace: asString(metadata["namespace"]) ?? "",
    name: asString(metadata["name"]) ?? "",
    uid: asString(metadata["uid"]) ?? "",
    resourceVersion: Number(metadata["resourceVersion"]),
    createdAt: timeOf(metadata["creationTimestamp"]) ?? 0,
    marks: { labels: ownTexts(metadata["labels"]), annotations: ownTexts(metadata["annotations"]) },
    ended: hasEnded(kind, object),
    controlled: isControlled(object),
    template: isObject(template) ? templateFacts(template) : undefined,
    templateFrom: templateFrom(object),
    effect: rolloutEffect(kind, object),
    advancedAt: timeOf(at(latest(own), ["time"])),
    writtenBy: asString(at(latest(stampers) ?? latest(others), ["manager"])),
  };
}

/** Labels and annotations of an object, those under `restamp.dev/` only. */
export function readMarks(object: unknown): Marks {
  const metadata = at(object, ["metadata"]);
  return { labels: ownTexts(at(metadata, ["labels"])), annotations: ownTexts(at(metadata, ["annotations"])) };
}

/** Whether a workload of the kinds table controls the object (https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/). */
export function isControlled(object: unknown): boolean {
  return asArray(at(object, ["metadata", "ownerReferences"])).some((owner) => {
    const [version = "", kind = ""] = [asString(at(owner, ["apiVersion"])), asString(at(owner, ["kind"]))];
    const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
    return at(owner, ["controller"]) === true && findWorkloadKind(group, kind)?.kind === kind;
  });
}

/** Milliseconds since the epoch of a Kubernetes timestamp. */
export function timeOf(value: Json | undefined): number | undefined {
  const time = Date.parse(asString(value) ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions */
function hasEnded(kind: WorkloadKind, object: unknown): boolean {
  if (kind.kind !== "Job") return false;
  return asArray(at(object, ["status", "conditions"])).some((condition) => {
    const type = at(condition, ["type"]);
    return (type === "Complete" || type === "Failed") && at(condition, ["status"]) === "True";
  });
}

function templateFacts(template: JsonObject): TemplateFacts {
  const metadata = template["metadata"];
  const depth = !isObject(metadata) ? "template" : isObject(metadata["annotations"]) ? "annotations" : "metadata";
  return {
    hash: templateHash(template),
    bareHash: unstampedHash(template),
    stamp: stampOf(template),
    references: podReferences(template),
    depth,
    annotationsSize: annotationsSize(template),
  };
}

/** A Rollout may take its template from another object (https://argo-rollouts.readthedocs.io/en/stable/migrating/). */
function templateFrom(object: unknown): Workload["templateFrom"] {
  const ref = asObject(at(object, ["spec", "workloadRef"]));
  const [version = "", kind, name] = [asString(ref["apiVersion"]), asString(ref["kind"]), asString(ref["name"])];
  if (kind === undefined || name === undefined) return undefined;
  return { group: version.includes("/") ? version.slice(0, version.indexOf("/")) : "", kind, name };
}

function ownTexts(texts: unknown): Texts {
  const own = Object.entries(asObject(texts)).filter(([key]) => key.startsWith("restamp.dev/"));
  return Object.fromEntries(own.map(([key, value]) => [key, asString(value) ?? ""]));
}

/** Whether an entry of `managedFields` owns anything below the pod template. */
function writesTemplate(entry: Json, templatePath: readonly string[]): boolean {
  return at(entry, fieldsPath(templatePath)) !== undefined;
}

function ownsStamp(entry: Json, templatePath: readonly string[]): boolean {
  return at(entry, fieldsPath([...templatePath, "metadata", "annotations", stampAnnotation])) !== undefined;
}

/** The path of a field in an entry of `managedFields` (FieldsV1 of structured-merge-diff). */
function fieldsPath(path: readonly string[]): readonly string[] {
  return ["fieldsV1", ...path.map((part) => `f:${part}`)];
}

function latest(entries: readonly Json[]): Json | undefined {
  return entries.reduce<Json | undefined>(
    (best, entry) => ((timeOf(at(entry, ["time"])) ?? 0) >= (timeOf(at(best, ["time"])) ?? 0) ? entry : best),
    undefined,
  );
}
