import { isObject, type Json } from "../src/core/json.ts";
import type { PatchOperation } from "../src/core/stamp-patch.ts";

/**
 * Applies the operations of a JSON patch to an object as the API server will, without changing it: `add` and `remove` of
 * members of objects, which is all that a stamp needs. `undefined` if the API server would reject the patch, and with it
 * the user's request: `failurePolicy: Ignore` does not cover that.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export function applyPatch(object: unknown, operations: readonly PatchOperation[]): unknown {
  let result: unknown = object;
  for (const operation of operations) {
    if (result === undefined) return undefined;
    result = applyAt(result, operation, operation.path.split("/").slice(1).map(unescapePointer));
  }
  return result;
}

function applyAt(here: unknown, operation: PatchOperation, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || !isObject(here)) return undefined;
  const exists = Object.hasOwn(here, key);
  if (rest.length > 0) {
    const inner = exists ? applyAt(here[key], operation, rest) : undefined;
    return inner === undefined ? undefined : { ...here, [key]: inner as Json };
  }
  if (operation.op === "add") return { ...here, [key]: operation.value as Json };
  if (operation.op !== "remove" || !exists) return undefined;
  const { [key]: _removed, ...others } = here;
  return others;
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
