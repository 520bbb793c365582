import { asObject, asString, at, isObject, type Json } from "../src/core/json.ts";
import type { PatchOperation } from "../src/core/stamp-patch.ts";

/** What restamp reads of an `AdmissionRequest`. Text that is missing is empty. */
export interface AdmissionRequest {
  readonly uid: string;
  /** The resource as the webhook configuration names it, not as the client called it. */
  readonly group: string;
  readonly resource: string;
  readonly subResource: string;
  readonly kind: string;
  readonly namespace: string;
  /** Empty where the API server is yet to make one up. */
  readonly name: string;
  readonly operation: string;
  readonly username: string;
  readonly fieldManager: string;
  readonly object: Json | undefined;
  /** The stored object, of an UPDATE. */
  readonly oldObject: Json | undefined;
}

/** What a body turns out to be. `unreadable`: `uid` is empty if not even that could be found. */
export type ParsedReview =
  | { readonly is: "review"; readonly request: AdmissionRequest }
  | { readonly is: "unreadable"; readonly uid: string; readonly problem: string };

/**
 * Reads a body that anybody may have sent as an `AdmissionReview` of `admission.k8s.io/v1`. Never throws.
 *
 * @see https://kubernetes.io/docs/reference/config-api/apiserver-admission.v1/
 */
export function parseAdmissionReview(body: string): ParsedReview {
  const review = parseJson(body);
  if (review === undefined) return { is: "unreadable", uid: "", problem: "the body is not JSON" };
  const request = asObject(at(review, ["request"]));
  const uid = text(request["uid"]);
  if (text(at(review, ["kind"])) !== "AdmissionReview" || uid === "") {
    return { is: "unreadable", uid, problem: "the body is not an AdmissionReview with a request" };
  }
  return {
    is: "review",
    request: {
      uid,
      group: text(at(request, ["resource", "group"])),
      resource: text(at(request, ["resource", "resource"])),
      subResource: text(request["subResource"]),
      kind: text(at(request, ["kind", "kind"])),
      namespace: text(request["namespace"]),
      name: text(request["name"]) || text(at(request, ["object", "metadata", "generateName"])),
      operation: text(request["operation"]),
      username: text(at(request, ["userInfo", "username"])),
      fieldManager: text(at(request, ["options", "fieldManager"])),
      object: request["object"],
      oldObject: request["oldObject"],
    },
  };
}

/** What is said beside the verdict. */
export interface Remarks {
  /** Shown to the user by kubectl; see `limitWarnings()`. */
  readonly warnings: readonly string[];
  /** What became of the request, for the audit log; a word. */
  readonly outcome: string;
}

/** The body of an answer that lets the request through as it is. */
export function allowed(uid: string, remarks: Remarks): string {
  return review(uid, {}, remarks);
}

/** The body of an answer that lets the request through with `operations` applied to its object. */
export function patched(uid: string, operations: readonly PatchOperation[], remarks: Remarks): string {
  const patch = Buffer.from(JSON.stringify(operations)).toString("base64");
  return review(uid, { patchType: "JSONPatch", patch }, remarks);
}

function review(uid: string, change: object, { warnings, outcome }: Remarks): string {
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: true,
      ...change,
      ...(warnings.length === 0 ? {} : { warnings }),
      // The API server puts the webhook's name before the key.
      auditAnnotations: { outcome },
    },
  });
}

function parseJson(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(value: Json | undefined): string {
  return asString(value) ?? "";
}
