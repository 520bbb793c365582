import type { DigestKey } from "../core/digest.ts";
import { readDigestKeys, type StoredKey, signingKey } from "../core/digest-keys.ts";
import { isClusterError } from "../core/errors.ts";
import { resourcePath, secrets } from "../core/object-ref.ts";
import type { ApiClient, Clock } from "../core/ports.ts";
import { answeredObject } from "./answered-object.ts";

/** The digest keys of this install, as last read from the key Secret. */
export interface KeyRing {
  /** Oldest first; empty until the Secret has been read. */
  keys(): readonly StoredKey[];
  /**
   * The key of a stamp. One that was there once stays known for as long as this process lives: should the Secret be lost,
   * stamps made with it can still be told from changes.
   */
  find(id: string): DigestKey | undefined;
  /** The key that new stamps are made with, if there is one. */
  signing(): DigestKey | undefined;
  /** Reads the Secret; a Secret that does not exist holds no keys. Throws `ClusterError` if it cannot be read. */
  refresh(signal: AbortSignal): Promise<void>;
}

/** Where the key Secret is. */
export interface KeyRingOptions {
  readonly namespace: string;
  readonly name: string;
  /** How long a new key only verifies; see `--key-propagation`. */
  readonly propagationMs: number;
}

/** A key ring that reads; only the controller ever writes the Secret. */
export function createKeyRing(deps: { api: ApiClient; clock: Clock }, options: KeyRingOptions): KeyRing {
  let keys: readonly StoredKey[] = [];
  const seen = new Map<string, DigestKey>();
  const path = resourcePath(secrets, { namespace: options.namespace, name: options.name });
  return {
    keys: () => keys,
    find: (id) => seen.get(id),
    signing: () => signingKey(keys, deps.clock.now(), options.propagationMs),
    async refresh(signal) {
      try {
        const answer = await deps.api.request<unknown>({ method: "GET", path, signal });
        keys = readDigestKeys(answeredObject(path, answer)).keys;
      } catch (error) {
        if (!isClusterError(error, "not-found")) throw error;
        keys = [];
      }
      for (const key of keys) seen.set(key.id, key);
    },
  };
}
