import { canonicalJson } from "../../src/core/json.ts";
import type { PatchOperation } from "../../src/core/stamp-patch.ts";

/**
 * Applies a JSON patch as the API server does: one `test` that fails, or one path that leads nowhere, and the whole patch
 * is rejected (`undefined`). A `test` for `null` holds where nothing is.
 */
export function applyJsonPatch(object: unknown, operations: readonly PatchOperation[]): unknown {
  const result: unknown = structuredClone(object);
  return operations.every((operation) => applyOne(result, operation)) ? result : undefined;
}

function applyOne(root: unknown, operation: PatchOperation): boolean {
  const path = operation.path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<unknown>((here, key) => member(here, key), root);
  if (typeof parent !== "object" || parent === null) return false;
  const found = member(parent, last);
  switch (operation.op) {
    case "test":
      return canonicalJson(found) === canonicalJson(operation.value);
    case "remove":
      return (
        found !== undefined && (Array.isArray(parent) ? remove(parent, last) : Reflect.deleteProperty(parent, last))
      );
    case "replace":
      return found !== undefined && put(parent, last, operation.value);
    case "add":
      return Array.isArray(parent) ? insert(parent, last, operation.value) : put(parent, last, operation.value);
    default:
      return operation satisfies never;
  }
}

function member(here: unknown, key: string): unknown {
  if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
  return Reflect.get(here, key);
}

function put(parent: object, key: string, value: unknown): boolean {
  return Reflect.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function insert(list: unknown[], key: string, value: unknown): boolean {
  const index = key === "-" ? list.length : Number(key);
  if (!(index >= 0 && index <= list.length)) return false;
  list.splice(index, 0, value);
  return true;
}

function remove(list: unknown[], key: string): boolean {
  return list.splice(Number(key), 1).length === 1;
}
