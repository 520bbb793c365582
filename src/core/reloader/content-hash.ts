import { createHash } from "node:crypto";
import { asArray, asObject, asString, at } from "../json.ts";
import type { SourceKind } from "../source.ts";

/**
 * The hash by which Stakater Reloader v1 names the content of a source: SHA-1 in hex over `key=value` lines, sorted by
 * bytes and joined with `;`. For a `SecretProviderClass` the object is a SecretProviderClassPodStatus.
 *
 * It exists to write what Reloader would have written. It is unkeyed, and different contents can have one hash (`a=1;b=2`
 * is one key or two): whether something has changed is decided by digests, never by this.
 */
export function reloaderHash(kind: SourceKind, object: unknown): string {
  switch (kind) {
    case "ConfigMap":
      return hashOf([
        ...members(object, "data", (value) => Buffer.from(value)),
        ...members(object, "binaryData", (value) => Buffer.from(decoded(value).toString("base64"))),
      ]);
    case "Secret":
      return hashOf(members(object, "data", decoded));
    case "SecretProviderClass":
      return hashOf(mounted(object));
    default:
      return kind satisfies never;
  }
}

/** What Reloader writes in place of a hash when the source has been deleted. No content has this hash: it has no `=`. */
export const reloaderDeletedHash: string = sha1(Buffer.from("__RELOADER_EMPTY_DELETE_MARKER__"));

/** Whether a text could be a hash of Reloader's. */
export function isReloaderHash(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function members(object: unknown, field: string, bytesOf: (value: string) => Buffer): readonly Buffer[] {
  return Object.entries(asObject(at(object, [field]))).map(([key, value]) =>
    Buffer.concat([Buffer.from(`${key}=`), bytesOf(asString(value) ?? "")]),
  );
}

/** What the driver says that it has mounted: an id and a version for each external object, and the class. */
function mounted(podStatus: unknown): readonly Buffer[] {
  const status = asObject(at(podStatus, ["status"]));
  const objects = asArray(status["objects"]).map(asObject);
  return [
    ...objects.map(({ id, version }) => `${asString(id) ?? ""}=${asString(version) ?? ""}`),
    `SecretProviderClassName=${asString(status["secretProviderClassName"]) ?? ""}`,
  ].map((line) => Buffer.from(line));
}

function decoded(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}

function hashOf(lines: readonly Buffer[]): string {
  const sorted = [...lines].sort(Buffer.compare);
  return sha1(Buffer.concat(sorted.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from(";"), line]))));
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}
