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
  /** A watch failed. Clears the position if the API server seems not to know it. */
  ended(error: unknown): void;
}

/**
 * Besides remembering, notices an etcd that was restored from a backup: the API server then counts from an older number
 * again and says nothing at all to a watch from the future.
 */
export function createWatchPosition(): WatchPosition {
  let current: string | undefined;
  let silent = 0;
  return {
    get: () => current,
    set(resourceVersion) {
      current = resourceVersion;
      silent = 0;
    },
    clear() {
      current = undefined;
    },
    advance(object) {
      silent = 0;
      const next = object.metadata?.resourceVersion;
      if (next === undefined || next === "") return;
      if (current !== undefined && isBefore(next, current)) {
        throw new ClusterError("gone", `resourceVersion went back from ${current} to ${next}`);
      }
      current = next;
    },
    ended(error) {
      if (!isClusterError(error)) return;
      if (error.code === "timeout") silent += 1;
      // A live watch gets a bookmark every minute; one silence may be a broken connection, two in a row are not.
      if (silent >= 2 || /too large resource version/i.test(error.message)) {
        current = undefined;
        silent = 0;
      }
    },
  };
}

/** Kubernetes promises that numbers compare within one resource (KEP-5504); what is not a number is not compared. */
function isBefore(one: string, other: string): boolean {
  return /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);
}
