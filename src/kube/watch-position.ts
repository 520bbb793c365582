import { ClusterError, isClusterError } from "../core/errors.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** From where a watch continues. */
export interface WatchPosition {
  /** The resourceVersion to watch from; `undefined`: everything must be listed. */
  get(): string | undefined;
  set(resourceVersion: string): void;
  clear(): void;
  /** Moves on to the object of an event or a bookmark. Throws the ClusterError `gone` if that lies behind. */
  advance(object: KubernetesObject): void;
  /** Throws the ClusterError `gone` if `resourceVersion`, the current one of the collection, lies behind. */
  verify(resourceVersion: string): void;
  /** A watch failed. Clears the position if the API server does not know it. */
  ended(error: unknown): void;
}

/**
 * Besides remembering, notices an etcd that was restored from a backup: the API server then counts from an older number
 * again and says nothing at all to a watch from the future.
 */
export function createWatchPosition(): WatchPosition {
  let current: string | undefined;

  function verify(resourceVersion: string): void {
    if (current === undefined || !isBefore(resourceVersion, current)) return;
    throw new ClusterError("gone", `resourceVersion went back from ${current} to ${resourceVersion}`);
  }

  return {
    verify,
    get: () => current,
    set(resourceVersion) {
      current = resourceVersion;
    },
    clear() {
      current = undefined;
    },
    advance(object) {
      const next = object.metadata?.resourceVersion;
      if (next === undefined || next === "") return;
      verify(next);
      current = next;
    },
    ended(error) {
      if (isClusterError(error) && /too large resource version/i.test(error.message)) current = undefined;
    },
  };
}

/** Kubernetes promises that numbers compare within one resource (KEP-5504); what is not a number is not compared. */
function isBefore(one: string, other: string): boolean {
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}
