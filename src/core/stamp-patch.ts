import type { JsonObject } from "./json.ts";
import { at, isObject } from "./json.ts";
import { annotationsLimit } from "./pod-template.ts";
import { stampAnnotation } from "./stamp.ts";
import type { Workload } from "./workload.ts";

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string };

/** Escapes one key for use inside a JSON Pointer (RFC 6901, section 3). */
export function escapePointer(key: string): string {
  // "~" first: done second, it would escape the "~1" that "/" has just become.
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The JSON Pointer of a path (RFC 6901). */
export function pointerTo(path: readonly (string | number)[]): string {
  return path.map((part) => `/${escapePointer(String(part))}`).join("");
}

/**
 * The patch that gives a received object's template the stamp, or takes it away. Applies to exactly this template: an
 * `add` into a map that is missing would make the API server reject the whole request.
 */
export function stampOperations(
  object: unknown,
  templatePath: readonly string[],
  stamp: string | undefined,
): readonly PatchOperation[] {
  const template = at(object, templatePath);
  const root = pointerTo(templatePath);
  const map = at(template, ["metadata", "annotations"]);
  const path = `${root}/metadata/annotations/${escapePointer(stampAnnotation)}`;
  if (stamp === undefined) return isObject(map) && Object.hasOwn(map, stampAnnotation) ? [{ op: "remove", path }] : [];
  if (isObject(map)) return [{ op: "add", path, value: stamp }];
  const annotations = { [stampAnnotation]: stamp };
  if (isObject(at(template, ["metadata"]))) {
    return [{ op: "add", path: `${root}/metadata/annotations`, value: annotations }];
  }
  return [{ op: "add", path: `${root}/metadata`, value: { annotations } }];
}

/**
 * The controller's patch of a stored workload. It applies only to the object that was looked at, with the stamp that it
 * had then: a failed `test` is a 422. A `test` for `null` holds where nothing is.
 */
export function advanceOperations(workload: Workload, stamp: string): readonly PatchOperation[] {
  const { template } = workload;
  const depth = template?.depth;
  const root = pointerTo(workload.kind.templatePath);
  const map = `${root}/metadata/annotations`;
  const path = `${map}/${escapePointer(stampAnnotation)}`;
  const guard: PatchOperation = { op: "test", path: "/metadata/uid", value: workload.uid };
  const annotations: JsonObject = { [stampAnnotation]: stamp };
  switch (depth) {
    case "annotations":
      return [guard, { op: "test", path, value: template?.stamp ?? null }, { op: "add", path, value: stamp }];
    case "metadata":
      return [guard, { op: "test", path: map, value: null }, { op: "add", path: map, value: annotations }];
    case "template":
      return [
        guard,
        { op: "test", path: `${root}/metadata`, value: null },
        { op: "add", path: `${root}/metadata`, value: { annotations } },
      ];
    case undefined:
      return [];
    default:
      return depth satisfies never;
  }
}

/** Whether the annotations stay within the API server's limit when the stamp is set in place of the one before. */
export function stampFits(size: number, before: string | undefined, stamp: string): boolean {
  const own = before === undefined ? 0 : stampAnnotation.length + Buffer.byteLength(before);
  return size - own + stampAnnotation.length + Buffer.byteLength(stamp) <= annotationsLimit;
}
