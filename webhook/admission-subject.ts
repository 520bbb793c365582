import { at, isObject, type JsonObject } from "../src/core/json.ts";
import { stampOf } from "../src/core/pod-template.ts";
import { isObjectName } from "../src/core/source.ts";
import { controllerOf } from "../src/core/workload.ts";
import type { WorkloadKind, WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { AdmissionRequest } from "./admission-review.ts";

/** A workload whose pod template is admitted. */
export interface Subject {
  readonly request: AdmissionRequest;
  readonly kind: WorkloadKind;
  readonly template: JsonObject;
  /** The text of the stamp that the request brings. */
  readonly requested: string | undefined;
  /** The template that is stored, of an UPDATE. */
  readonly storedTemplate: JsonObject | undefined;
  /** The text of its stamp. */
  readonly stored: string | undefined;
}

/** Whether a request is one to look at. `warning`: why not, where that is a mistake in the set-up. */
export type Triage =
  | { readonly is: "subject"; readonly subject: Subject }
  | { readonly is: "foreign"; readonly warning?: string };

/** Finds the pod template of a request for a workload that may be stamped. Nothing in it is trusted. */
export function triage(request: AdmissionRequest, kinds: WorkloadKinds): Triage {
  const { operation, object, oldObject } = request;
  if (operation !== "CREATE" && operation !== "UPDATE") return { is: "foreign" };
  // Another object than the workload, such as the Scale of `/scale`.
  if (request.subResource !== "") return { is: "foreign" };
  const kind = kinds.find(request.group, request.resource);
  if (kind?.resource !== request.resource) {
    const isKnown = kinds.known.some((row) => row.group === request.group && row.resource === request.resource);
    return isKnown ? { is: "foreign" } : { is: "foreign", warning: unknownKind(request) };
  }
  // The namespace becomes part of a path: only a forged review has one that cannot be.
  if (!kind.stampable || kinds.owns(controllerOf(object)) || !isObjectName(request.namespace)) return { is: "foreign" };
  const template = at(object, kind.templatePath);
  if (!isObject(template)) return { is: "foreign" };
  const before = operation === "UPDATE" ? at(oldObject, kind.templatePath) : undefined;
  const storedTemplate = isObject(before) ? before : undefined;
  return {
    is: "subject",
    subject: { request, kind, template, requested: stampOf(template), storedTemplate, stored: stampOf(storedTemplate) },
  };
}

function unknownKind({ group, resource }: AdmissionRequest): string {
  const name = group === "" ? resource : `${resource}.${group}`;
  return `${JSON.stringify(name)} is not a kind of workload that the webhook knows: nothing was changed`;
}
