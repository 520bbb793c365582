import { randomBytes } from "node:crypto";
import type { DigestKey } from "./digest.ts";
import { asObject, asString, at } from "./json.ts";

/** A digest key as the key Secret holds it. */
export interface StoredKey extends DigestKey {
  /** Milliseconds since the epoch; part of the id. */
  readonly createdAt: number;
}

/** Bytes of a key: as many as the hash has (https://datatracker.ietf.org/doc/html/rfc2104#section-3). */
const keyBytes = 32;
const idPattern = /^k([0-9a-z]{1,9})-[0-9a-f]{6}$/;

/** A new random key. Its id tells when it was made, in seconds, so that keys have an order wherever they are read. */
export function makeDigestKey(now: number): StoredKey {
  const seconds = Math.floor(now / 1000);
  const id = `k${seconds.toString(36)}-${randomBytes(3).toString("hex")}`;
  return { id, bytes: randomBytes(keyBytes), createdAt: seconds * 1000 };
}

/**
 * The keys in a key Secret, oldest first: each entry of `data` is one key by its id. Entries that are not keys are
 * left out and named in `ignored`.
 */
export function readDigestKeys(secret: unknown): {
  readonly keys: readonly StoredKey[];
  readonly ignored: readonly string[];
} {
  const keys: StoredKey[] = [];
  const ignored: string[] = [];
  for (const [id, value] of Object.entries(asObject(at(secret, ["data"])))) {
    const seconds = idPattern.exec(id)?.[1];
    const bytes = Buffer.from(asString(value) ?? "", "base64");
    if (seconds === undefined || bytes.length !== keyBytes) ignored.push(id);
    else keys.push({ id, bytes, createdAt: Number.parseInt(seconds, 36) * 1000 });
  }
  keys.sort((left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1));
  return { keys, ignored };
}

/** `data` of the key Secret that holds the keys. */
export function digestKeyData(keys: readonly DigestKey[]): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key.id, key.bytes.toString("base64")]));
}

/**
 * The key to sign with: the newest that every replica has had time to read, or the oldest while there is none. Younger
 * keys only verify.
 */
export function signingKey(keys: readonly StoredKey[], now: number, propagationMs: number): StoredKey | undefined {
  return keys.findLast((key) => key.createdAt + propagationMs <= now) ?? keys[0];
}
