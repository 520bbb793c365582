import { digestKeyData, makeDigestKey } from "../src/core/digest-keys.ts";
import { isClusterError, messageOf } from "../src/core/errors.ts";
import { resourcePath, secrets } from "../src/core/object-ref.ts";
import type { ApiClient, Clock, Logger } from "../src/core/ports.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import { pause } from "./pause.ts";

/** Keeps the key Secret: there is one, and its keys are replaced in time. Nothing but keepers ever writes it. */
export interface DigestKeyKeeper {
  /** Reads the keys; makes the first one if there is none, or throws if others are to make it. Throws `ClusterError`. */
  ensure(signal: AbortSignal): Promise<void>;
  /** Reads the keys again every so often, and rotates them while `isLeader`; until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where the keys are and how long they serve. */
export interface DigestKeyKeeperOptions {
  readonly namespace: string;
  readonly name: string;
  /** Age at which a key is replaced, in milliseconds; 0: never. Former keys stay, to verify the stamps they made. */
  readonly rotationMs: number;
  /** How often the Secret is read. Much less than `--key-propagation`. */
  readonly refreshMs: number;
  /** If not, keys are only read: another keeper makes them. @default true */
  readonly makes?: boolean;
}

/** What a keeper works with. */
export interface DigestKeyKeeperDeps {
  readonly api: ApiClient;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
  readonly isLeader: () => boolean;
}

/** @see DigestKeyKeeper */
export function createDigestKeyKeeper(deps: DigestKeyKeeperDeps, options: DigestKeyKeeperOptions): DigestKeyKeeper {
  const { api, ring, clock, log } = deps;
  const { namespace, name, makes = true } = options;

  /** Adds a key to the Secret, which may exist or not. */
  async function addKey(signal: AbortSignal): Promise<void> {
    const key = makeDigestKey(clock.now());
    const data = digestKeyData([key]);
    const metadata = { name, namespace, labels: { "app.kubernetes.io/name": "restamp" } };
    const body = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data };
    try {
      await api.request({ method: "POST", path: resourcePath(secrets, { namespace }), body, signal });
    } catch (error) {
      if (!isClusterError(error, "conflict")) throw error;
      // Another replica was first, or a key is added to those that are there: look before adding.
      await ring.refresh(signal);
      if (ring.keys().length > 0 && !isDue()) return;
      const contentType = "application/merge-patch+json";
      await api.request({
        method: "PATCH",
        path: resourcePath(secrets, { namespace, name }),
        contentType,
        body: { data },
        signal,
      });
    }
    log.info({ secret: `${namespace}/${name}`, key: key.id }, "Digest key added");
    await ring.refresh(signal);
  }

  function isDue(): boolean {
    const newest = ring.keys().at(-1);
    return options.rotationMs > 0 && newest !== undefined && newest.createdAt + options.rotationMs <= clock.now();
  }

  async function keep(signal: AbortSignal): Promise<void> {
    try {
      await ring.refresh(signal);
      if (makes && deps.isLeader() && (ring.keys().length === 0 || isDue())) await addKey(signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, "Cannot keep the digest keys, trying again");
    }
  }

  return {
    async ensure(signal) {
      await ring.refresh(signal);
      if (ring.keys().length > 0) return;
      if (!makes) throw new Error(`Secret "${namespace}/${name}" holds no digest key yet: shard 0 makes it`);
      await addKey(signal);
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(options.refreshMs * (1 - Math.random() / 5), signal);
        if (!signal.aborted) await keep(signal);
      }
    },
  };
}
