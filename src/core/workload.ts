import type { Marks, Texts } from "./dialects/dialect.ts";
import { restampDialect } from "./dialects/restamp.ts";
import { asArray, asObject, asString, at, isObject, type Json, type JsonObject } from "./json.ts";
import { podReferences, type SourceReference } from "./pod-references.ts";
import { annotationsSize, stampOf, templateHash, unstampedHash } from "./pod-template.ts";
import { hasOnlyCurrentPods } from "./pods-of-template.ts";
import { isFinished } from "./reloader/jobs.ts";
import { type ReloaderVariable, reloaderVariables } from "./reloader/leftovers.ts";
import { withoutReloads } from "./reloader/without-reloads.ts";
import { rolloutEffect } from "./rollout-effect.ts";
import { stampAnnotation } from "./stamp.ts";
import type { Owner, WorkloadKind } from "./workload-kinds.ts";

/** The field manager of restamp's writes. Must not start with `kubectl`: Flux takes over and prunes such fields. */
export const fieldManager = "restamp";

/** What restamp keeps of a pod template. */
export interface TemplateFacts {
  /** Name of exactly this template, stamp included. */
  readonly hash: string;
  /** Name of the template without its stamp, and without what Reloader, or restamp in its place, writes beside it. */
  readonly bareHash: string;
  readonly stamp: string | undefined;
  readonly references: readonly SourceReference[];
  /** Variables that Stakater Reloader has written, if there are any. */
  readonly reloaderVariables?: readonly Pick<ReloaderVariable, "name" | "value">[];
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
  /** Labels and annotations that mean something, those of the pod template included. */
  readonly marks: Marks;
  /** `spec.paused`: a changed template replaces no pods until somebody resumes it. */
  readonly paused: boolean;
  /** A Job that is over: nothing will run with its template again. */
  readonly ended: boolean;
  /** What controls it. If that is a workload itself, the template follows that one's. */
  readonly owner: Owner | undefined;
  /** `undefined` where the template lies in another object (a Rollout's `workloadRef`). */
  readonly template: TemplateFacts | undefined;
  /** Kind and name of the object that holds the template of this one. */
  readonly templateFrom: { readonly group: string; readonly kind: string; readonly name: string } | undefined;
  /** What a changed template means for its pods, in words. */
  readonly effect: string;
  /** Whether it has no pods but those of its current template. */
  readonly onlyCurrentPods: boolean;
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
export function readWorkload(kind: WorkloadKind, object: unknown, isMark: IsMark = restampDialect.isMark): Workload {
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
    marks: readMarks(object, isMark, kind.templatePath),
    paused: at(object, ["spec", "paused"]) === true,
    ended: kind.kind === "Job" && isFinished(object),
    owner: controllerOf(object),
    template: isObject(template) ? templateFacts(template) : undefined,
    templateFrom: templateFrom(kind, object),
    effect: rolloutEffect(kind, object),
    onlyCurrentPods: hasOnlyCurrentPods(kind, object),
    advancedAt: timeOf(at(latest(own), ["time"])),
    writtenBy: asString(at(latest(stampers) ?? latest(others), ["manager"])),
  };
}

/** Whether a label or annotation of this key means something, so that it is kept. */
export type IsMark = (key: string) => boolean;

/** Labels and annotations of an object, and of its pod template if it has one, as far as they mean something. */
export function readMarks(
  object: unknown,
  isMark: IsMark = restampDialect.isMark,
  templatePath?: readonly string[],
): Marks {
  const metadata = at(object, ["metadata"]);
  const marks = {
    labels: markedTexts(at(metadata, ["labels"]), isMark),
    annotations: markedTexts(at(metadata, ["annotations"]), isMark),
  };
  const template = templatePath === undefined ? undefined : at(object, [...templatePath, "metadata", "annotations"]);
  const { [stampAnnotation]: _stamp, ...others } = markedTexts(template, isMark);
  return Object.keys(others).length === 0 ? marks : { ...marks, template: others };
}

/** The kind of what controls an object: it has one at most (https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/). */
export function controllerOf(object: unknown): Owner | undefined {
  const owners = asArray(at(object, ["metadata", "ownerReferences"]));
  const owner = owners.find((each) => at(each, ["controller"]) === true);
  return owner === undefined ? undefined : { group: groupOf(owner), kind: asString(at(owner, ["kind"])) ?? "" };
}

/** Milliseconds since the epoch of a Kubernetes timestamp. */
export function timeOf(value: Json | undefined): number | undefined {
  const time = Date.parse(asString(value) ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function leftovers(template: JsonObject): Pick<TemplateFacts, "reloaderVariables"> {
  const variables = reloaderVariables(template).map(({ name, value }) => ({ name, value }));
  return variables.length === 0 ? {} : { reloaderVariables: variables };
}

function templateFacts(template: JsonObject): TemplateFacts {
  const metadata = template["metadata"];
  const depth = !isObject(metadata) ? "template" : isObject(metadata["annotations"]) ? "annotations" : "metadata";
  return {
    hash: templateHash(template),
    bareHash: unstampedHash(withoutReloads(template)),
    stamp: stampOf(template),
    references: podReferences(template),
    ...leftovers(template),
    depth,
    annotationsSize: annotationsSize(template),
  };
}

function templateFrom({ templateRefPath }: WorkloadKind, object: unknown): Workload["templateFrom"] {
  const ref = templateRefPath === undefined ? {} : asObject(at(object, templateRefPath));
  const [kind, name] = [asString(ref["kind"]), asString(ref["name"])];
  return kind === undefined || name === undefined ? undefined : { group: groupOf(ref), kind, name };
}

/** The API group of a reference, which names an `apiVersion`. */
function groupOf(reference: unknown): string {
  const version = asString(at(reference, ["apiVersion"])) ?? "";
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
}

function markedTexts(texts: unknown, isMark: IsMark): Texts {
  const marked = Object.entries(asObject(texts)).filter(([key]) => isMark(key));
  return Object.fromEntries(marked.map(([key, value]) => [key, asString(value) ?? ""]));
}

/** Whether an entry of `managedFields` owns anything below the pod template. */
export function writesTemplate(entry: Json, templatePath: readonly string[]): boolean {
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
