/** JSON as the API server sends it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object of unknown shape. */
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** `value` as an object, or an empty one: for reading optional parts of objects that others wrote. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** `value` as an array, or an empty one. */
export function asArray(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** `value` as a string, or `undefined`. */
export function asString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `value` as texts by key, as labels and annotations are; what is no text is empty. */
export function asTexts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asObject(value)).map(([key, text]) => [key, asString(text) ?? ""]));
}

/** Whether `value` is an object, not null and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of own keys, or `undefined`. */
export function at(value: unknown, path: readonly string[]): Json | undefined {
  let here: unknown = value;
  for (const key of path) {
    if (!isObject(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here as Json | undefined;
}

/**
 * Text that is equal for equal values: keys sorted, `null`, empty objects and empty arrays left out of objects, because
 * API servers, clients and defaulting add and drop those freely without changing what the object means.
 */
export function canonicalJson(value: unknown): string {
  return encode(value) ?? "null";
}

function encode(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : `[${value.map((item) => encode(item) ?? "null").join(",")}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = encode(value[key]);
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${member}`);
  }
  return members.length === 0 ? undefined : `{${members.join(",")}}`;
}
