import { createHmac } from "node:crypto";
import type { SourceReference } from "./pod-references.ts";
import type { SourceId } from "./source.ts";
import type { SourceContent } from "./source-content.ts";

/** A secret key that digests are made with. */
export interface DigestKey {
  /** Names the key in a stamp; `[a-z0-9-]{1,32}`. */
  readonly id: string;
  /** 32 random bytes. */
  readonly bytes: Buffer;
}

/** 128 bits: no chance of two contents with one digest, and short enough for a template to name a hundred sources. */
const digestBytes = 16;

/**
 * The digest of what a reference selects of a source: HMAC-SHA256 over an unambiguous encoding of namespace, kind, name,
 * and each selected key with the SHA-256 of its bytes, in bytewise key order; 22 characters of base64url.
 *
 * Equal values in different sources have different digests, and nobody without the key can test a guess
 * (https://datatracker.ietf.org/doc/html/rfc2104).
 */
export function sourceDigest(key: DigestKey, source: SourceId, selected: SourceContent): string {
  const fields = ["restamp/v1", source.namespace, source.kind, source.name];
  for (const name of [...selected.keys()].sort(bytewise)) {
    const content = selected.get(name);
    if (content !== undefined) fields.push(name, content.binary ? "binary" : "text", content.sha256);
  }
  return keyed(key, fields);
}

/** One digest for many: what a name pattern matches, or the entries of a stamp that would grow too long. */
export function combinedDigest(key: DigestKey, parts: readonly string[]): string {
  return keyed(key, ["restamp/v1/combined", ...parts]);
}

/** The part of a source's content that a reference selects. */
export function selectContent(reference: SourceReference, content: SourceContent): SourceContent {
  const selected = new Map<string, { sha256: string; binary: boolean }>();
  for (const [name, value] of content) {
    const env = reference.allEnv || reference.keys.some((key) => key.key === name && key.env);
    const file = reference.allFiles || reference.keys.some((key) => key.key === name && key.file);
    // Environment variables read `data` only. A value that moves between `data` and `binaryData` is a change only for a
    // workload that has variables of it: files are the same bytes.
    if (env && !value.binary) selected.set(name, { sha256: value.sha256, binary: false });
    else if (file) selected.set(name, { sha256: value.sha256, binary: env && value.binary });
  }
  return selected;
}

/** UTF-8 byte order. */
export function bytewise(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function keyed(key: DigestKey, fields: readonly string[]): string {
  const digest = createHmac("sha256", key.bytes).update(encoded(fields)).digest();
  return digest.subarray(0, digestBytes).toString("base64url");
}

/** Each field after its length, in four bytes: no two lists of fields have the same bytes. */
function encoded(fields: readonly string[]): Buffer {
  const lengths = fields.map((field) => Buffer.byteLength(field));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let offset = 0;
  for (const [index, field] of fields.entries()) {
    offset = bytes.writeUInt32BE(lengths[index] ?? 0, offset);
    offset += bytes.write(field, offset);
  }
  return bytes;
}
