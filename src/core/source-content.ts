import { hash } from "node:crypto";
import { asArray, asObject, asString, at } from "./json.ts";
import { isToldByPods, type SourceKind } from "./source.ts";

/** One key of a source: the SHA-256 of its bytes, never the bytes. */
export interface KeyContent {
  /** SHA-256 of the value's bytes, base64url. Unkeyed: it must not leave the process. */
  readonly sha256: string;
  /** `binaryData` of a ConfigMap: seen by volumes, not by environment variables. */
  readonly binary: boolean;
}

/** The content of a ConfigMap or Secret by key, or what a class has mounted by object id. */
export type SourceContent = ReadonlyMap<string, KeyContent>;

/** Whether two contents have the same keys with the same bytes in them. */
export function sameContent(left: SourceContent, right: SourceContent): boolean {
  if (left.size !== right.size) return false;
  return [...left].every(([key, { sha256, binary }]) => {
    const other = right.get(key);
    return other?.sha256 === sha256 && other.binary === binary;
  });
}

/**
 * Reads the content of a ConfigMap or Secret as the API server returns it and keeps only a hash of each value: enough for
 * every selection of keys and every digest key, with nothing of the values retained. Metadata, `type` and `immutable`
 * are not content. A SecretProviderClass has none of its own: {@link readVersions} of its pods.
 */
export function readContent(kind: SourceKind, object: unknown): SourceContent {
  const content = new Map<string, KeyContent>();
  if (isToldByPods({ kind })) return content;
  for (const [key, value] of Object.entries(asObject(at(object, ["data"])))) {
    // Secret data is base64 on the wire, ConfigMap data is text.
    const bytes = Buffer.from(asString(value) ?? "", kind === "Secret" ? "base64" : "utf8");
    content.set(key, { sha256: hash("sha256", bytes, "base64url"), binary: false });
  }
  if (kind === "Secret") return content;
  for (const [key, value] of Object.entries(asObject(at(object, ["binaryData"])))) {
    const bytes = Buffer.from(asString(value) ?? "", "base64");
    content.set(key, { sha256: hash("sha256", bytes, "base64url"), binary: true });
  }
  return content;
}

/** Reads what the Secrets Store CSI driver says it has mounted, `[{id, version}]`: by id a hash of the version. */
export function readVersions(objects: unknown): SourceContent {
  const content = new Map<string, KeyContent>();
  for (const object of asArray(objects)) {
    const [id, version] = [asString(at(object, ["id"])), asString(at(object, ["version"]))];
    if (id !== undefined) content.set(id, { sha256: hash("sha256", version ?? "", "base64url"), binary: false });
  }
  return content;
}
