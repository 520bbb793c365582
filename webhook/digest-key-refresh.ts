import { setTimeout as sleep } from "node:timers/promises";
import { isClusterError } from "../src/core/errors.ts";
import type { Clock, Logger } from "../src/core/ports.ts";
import { createBackoff } from "../src/kube/backoff.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { AdmissionDeadline } from "./admission-deadline.ts";
import type { AdmissionKeys } from "./mutate.ts";

/** Digest keys that are read again and again. */
export interface DigestKeyRefresh extends AdmissionKeys {
  /** Reads the keys until `signal` aborts: at once, soon again while there are none, then every minute. Call it once. */
  start(signal: AbortSignal): void;
  /** Why nothing could be stamped yet. For readiness: what has begun to work is not taken back. */
  problem(): string | undefined;
}

/** How often the keys are read. Milliseconds. */
export interface DigestKeyRefreshOptions {
  /** @default 60000: a tenth of the time that a new key only verifies */
  readonly intervalMs?: number;
  /** The longest wait while there are no keys. @default 2000 */
  readonly retryMaxMs?: number;
}

/** How long a key that was not found is not looked for again: reviews can be forged. */
const lookUpPauseMs = 5_000;

/** Keeps the key ring up to date. */
export function createDigestKeyRefresh(
  { ring, log, clock }: { ring: KeyRing; log: Logger; clock: Clock },
  { intervalMs = 60_000, retryMaxMs = 2_000 }: DigestKeyRefreshOptions = {},
): DigestKeyRefresh {
  let everFound = false;
  let lookedUpAt = 0;
  /** Why the last read found out nothing. */
  let unread: string | undefined;

  /** Whether there are keys now. */
  async function refresh(signal: AbortSignal): Promise<boolean> {
    await ring.refresh(signal);
    unread = undefined;
    const found = ring.signing() !== undefined;
    if (found && !everFound) log.info({ keys: ring.keys().map(({ id }) => id) }, "Digest keys read");
    if (!found && everFound)
      log.warn({}, "The key Secret holds no keys: nothing can be stamped until the controller makes one");
    everFound ||= found;
    return found;
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ baseMs: 200, maxMs: retryMaxMs });
    while (!signal.aborted) {
      const found = await refresh(signal).catch((error: unknown) => {
        unread = isClusterError(error) ? error.code : "failed";
        if (!signal.aborted) log.warn({ err: error }, "Cannot read the digest keys");
        return false;
      });
      if (found) backoff.reset();
      // Replicas that start together need not ask together.
      const wait = found ? intervalMs * (0.9 + Math.random() / 5) : backoff.next();
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    find: (id) => ring.find(id),
    signing: () => ring.signing(),
    async lookUp(id: string, deadline: AdmissionDeadline) {
      const now = clock.now();
      if (deadline.expired() || Math.abs(now - lookedUpAt) < lookUpPauseMs) return undefined;
      lookedUpAt = now;
      await deadline.within(refresh(deadline.signal), undefined).catch(() => undefined);
      return ring.find(id);
    },
    start: (signal) => void follow(signal),
    problem() {
      if (everFound) return undefined;
      return unread === undefined
        ? "no digest key yet: waiting for the key Secret, which the controller makes"
        : `no digest key yet: the key Secret cannot be read (${unread}): see the log`;
    },
  };
}
