import { asObject, at, type JsonObject } from "../src/core/json.ts";
import { annotationsLimit, annotationsSize, sameApartFromStamp, stampOf } from "../src/core/pod-template.ts";
import { type PatchOperation, stampFits, stampOperations } from "../src/core/stamp-patch.ts";
import type { Subject } from "./admission-subject.ts";
import { applyPatch } from "./apply-patch.ts";

/** A patch that will apply, or why there is none, in words. */
export type CheckedPatch = { readonly operations: readonly PatchOperation[] } | { readonly problem: string };

/**
 * The patch that gives the subject's template the stamp `text`, or takes its stamp away; applied here first, because one
 * that does not apply, or makes an object that is too large, would fail the user's request.
 */
export function checkedPatch(subject: Subject, text: string | undefined): CheckedPatch {
  const { template, requested, kind, request } = subject;
  if (text === requested) return { operations: [] };
  if (text !== undefined && !stampFits(annotationsSize(template), requested, text)) {
    return { problem: "the annotations of the pod template leave no room for a stamp: it goes without" };
  }
  const operations = stampOperations(request.object, kind.templatePath, text);
  const result = asObject(at(applyPatch(request.object, operations), kind.templatePath));
  const isRight = stampOf(result) === text && sameButStamp(template, result);
  if (!isRight || annotationsSize(result) > annotationsLimit) {
    return { problem: "the stamp cannot be written to this pod template: it goes without" };
  }
  return { operations };
}

/** What the patch does not touch is shared, so only the metadata has to be compared in depth. */
function sameButStamp(before: JsonObject, after: JsonObject): boolean {
  const { metadata: _before, ...rest } = before;
  return (
    Object.keys(rest).every((key) => rest[key] === after[key]) &&
    sameApartFromStamp({ metadata: before["metadata"] }, { metadata: after["metadata"] })
  );
}
