import { isClusterError } from "../src/core/errors.ts";
import type { Clock, Logger } from "../src/core/ports.ts";
import type { LeaseClient, LeaseRecord, StoredLease } from "../src/kube/lease-client.ts";
import { untilAborted } from "../src/kube/until-aborted.ts";
import { type LeaseObservation, nextMove, observeLease, releasedRecord } from "./lease-observation.ts";

/** One candidate's grip on a lease. */
export interface LeaseHold {
  /** Takes in what a watch tells. */
  watched(lease: StoredLease | undefined): void;
  /**
   * One attempt to take or renew: `held`, or how long another one has the lease, in milliseconds. `missed`: it was not to be
   * written, as somebody else had written it, or its namespace is gone. `reread` looks before it decides. Throws the
   * ClusterErrors of the API server, and when `limitMs` are over, whatever the client does with its signal.
   */
  attempt(how: { limitMs: number; reread: boolean }): Promise<"held" | "missed" | number>;
  /** Milliseconds until the holder must step down; below 0 if it must have, or holds nothing. */
  leftMs(): number;
  /** Why the lease must be considered lost; `undefined` while it is held. */
  lossReason(): string | undefined;
  /** No longer holds, whatever the lease says. */
  letGo(): void;
  /** Frees the lease if it still is ours. Never rejects. */
  release(limitMs: number): Promise<void>;
}

/** Whose, and for how long. */
export interface LeaseHoldOptions {
  readonly identity: string;
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
}

/** Knows nothing about the lease yet, and holds nothing. */
export function createLeaseHold(
  deps: { readonly leases: LeaseClient; readonly log: Logger; readonly clock: Clock },
  options: LeaseHoldOptions,
): LeaseHold {
  const { leases, log, clock } = deps;
  const { identity, leaseMs, renewDeadlineMs } = options;
  const candidate = { identity, leaseSeconds: Math.max(1, Math.ceil(leaseMs / 1000)) };
  let known: LeaseObservation | undefined;
  let renewedAt: number | undefined;

  function observe(lease: StoredLease | undefined, authoritative: boolean): LeaseObservation {
    known = observeLease(known, lease, { now: clock.now(), authoritative });
    return known;
  }

  function leftMs(): number {
    return renewedAt === undefined ? -1 : renewedAt + renewDeadlineMs - clock.now();
  }

  /** An answer that comes later counts for nothing: by then, others may have the lease. */
  async function read(limit: AbortSignal): Promise<LeaseObservation> {
    return observe(await untilAborted(leases.read(limit), limit), true);
  }

  async function write(record: LeaseRecord, version: string | undefined, limit: AbortSignal): Promise<void> {
    observe(await untilAborted(leases.write(record, version, limit), limit), true);
  }

  /** Whether the lease needs no release any more. */
  async function tryRelease(lease: StoredLease | undefined, limit: AbortSignal): Promise<boolean> {
    if (lease?.record.holder !== identity) return true;
    try {
      await write(releasedRecord(lease.record, Date.now()), lease.resourceVersion, limit);
      log.info({ identity }, "Lease released");
      return true;
    } catch (error) {
      if (isClusterError(error, "conflict")) return false;
      throw error;
    }
  }

  return {
    watched: (lease) => void observe(lease, false),
    async attempt({ limitMs, reread }) {
      // A shutdown does not break off a write: whether the lease is ours must be known to be able to release it.
      const limit = AbortSignal.timeout(Math.max(1, Math.ceil(limitMs)));
      const current = reread || known === undefined ? await read(limit) : known;
      // Counted from before the write: the others count from when they see it.
      const now = clock.now();
      const move = nextMove(candidate, current, { now, wallNow: Date.now() });
      if (move.kind === "wait") return move.untilMs - now;
      try {
        await write(move.record, move.resourceVersion, limit);
        renewedAt = now;
        return "held";
      } catch (error) {
        if (!isClusterError(error, "conflict", "not-found")) throw error;
        // Somebody else wrote, or it is gone: look again before the next attempt.
        await read(limit);
        return "missed";
      }
    },
    leftMs,
    lossReason() {
      const holder = known?.lease?.record.holder ?? identity;
      if (holder !== identity) return holder === "" ? "it was released by somebody else" : `"${holder}" has it`;
      return leftMs() > 0 ? undefined : "it was not renewed in time";
    },
    letGo() {
      renewedAt = undefined;
    },
    async release(limitMs) {
      const limit = AbortSignal.timeout(limitMs);
      try {
        // Twice, because an earlier write may have succeeded without its answer coming back.
        if (await tryRelease(known?.lease, limit)) return;
        await tryRelease((await read(limit)).lease, limit);
      } catch (error) {
        log.warn({ identity, error: textOf(error) }, "Lease could not be released, it will expire");
      }
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
