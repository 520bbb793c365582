import { hash } from "node:crypto";
import { asObject, asString, at, canonicalJson, isObject, type JsonObject } from "./json.ts";
import { stampAnnotation } from "./stamp.ts";

const annotations = ["metadata", "annotations"] as const;

/** The stamp text on a pod template, if it has one. */
export function stampOf(template: unknown): string | undefined {
  return asString(at(template, [...annotations, stampAnnotation]));
}

/**
 * A short name for exactly this pod template, stamp included, the same however a client or the API server spells empty
 * values. 22 characters of base64url.
 */
export function templateHash(template: unknown): string {
  return hash("sha256", canonicalJson(template), "base64url").slice(0, 22);
}

/** Whether two pod templates differ in nothing but their stamps. */
export function sameApartFromStamp(left: unknown, right: unknown): boolean {
  return canonicalJson(withoutStamp(left)) === canonicalJson(withoutStamp(right));
}

/** A {@link templateHash} that leaves the stamp out. */
export function unstampedHash(template: unknown): string {
  return templateHash(withoutStamp(template));
}

function withoutStamp(template: unknown): JsonObject {
  const object = asObject(template);
  const metadata = object["metadata"];
  if (!isObject(metadata)) return object;
  const { [stampAnnotation]: _stamp, ...others } = asObject(metadata["annotations"]);
  return { ...object, metadata: { ...metadata, annotations: others } };
}

/**
 * Most bytes of keys and values that the annotations of one object may have together; more and the API server rejects it.
 *
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/api/validation#TotalAnnotationSizeLimitB
 */
export const annotationsLimit = 256 * 1024;

/** Bytes of the keys and values of a template's annotations, as {@link annotationsLimit} counts them. */
export function annotationsSize(template: unknown): number {
  let size = 0;
  for (const [key, value] of Object.entries(asObject(at(template, annotations)))) {
    size += Buffer.byteLength(key) + Buffer.byteLength(asString(value) ?? "");
  }
  return size;
}
