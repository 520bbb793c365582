import type { LeaseRecord, StoredLease } from "../src/kube/lease-client.ts";

/** What a candidate knows about the lease, and since when by its own clock. Other clocks are never believed. */
export interface LeaseObservation {
  /** `undefined`: it does not exist. */
  readonly lease: StoredLease | undefined;
  /** When the record was first seen as it is, in milliseconds of the own clock. */
  readonly since: number;
}

/** What a candidate may do now. */
export type LeaseMove =
  | { readonly kind: "write"; readonly resourceVersion: string | undefined; readonly record: LeaseRecord }
  | { readonly kind: "wait"; readonly untilMs: number };

/** The own side of the election. */
export interface Candidate {
  readonly identity: string;
  readonly leaseSeconds: number;
}

/**
 * Takes in what was read, watched or written. An unchanged record keeps its time, even when the Lease changed otherwise.
 * What a watch delivers late (an older resourceVersion) is ignored unless `authoritative`, as a read is.
 */
export function observeLease(
  known: LeaseObservation | undefined,
  lease: StoredLease | undefined,
  how: { readonly now: number; readonly authoritative: boolean },
): LeaseObservation {
  if (known === undefined) return { lease, since: how.now };
  if (!how.authoritative && known.lease !== undefined && lease !== undefined && isOlder(lease, known.lease))
    return known;
  return { lease, since: sameRecord(known.lease?.record, lease?.record) ? known.since : how.now };
}

/** Decides like client-go: free, released, own or expired leases are taken, the others are waited for. */
export function nextMove(
  candidate: Candidate,
  observation: LeaseObservation,
  time: { readonly now: number; readonly wallNow: number },
): LeaseMove {
  const held = observation.lease?.record;
  const mine = held?.holder === candidate.identity;
  if (held !== undefined && held.holder !== "" && !mine) {
    const untilMs = observation.since + held.durationSeconds * 1000;
    if (time.now < untilMs) return { kind: "wait", untilMs };
  }
  const record: LeaseRecord = {
    holder: candidate.identity,
    durationSeconds: candidate.leaseSeconds,
    acquiredAt: mine ? held.acquiredAt : time.wallNow,
    renewedAt: time.wallNow,
    transitions: held === undefined ? 0 : held.transitions + (mine ? 0 : 1),
  };
  return { kind: "write", resourceVersion: observation.lease?.resourceVersion, record };
}

/** The record of a lease given up: it expires at once, also for candidates that do not know that "" means free. */
export function releasedRecord(record: LeaseRecord, wallNow: number): LeaseRecord {
  return { ...record, holder: "", durationSeconds: 1, acquiredAt: wallNow, renewedAt: wallNow };
}

function sameRecord(one: LeaseRecord | undefined, other: LeaseRecord | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isOlder(one: StoredLease, other: StoredLease): boolean {
  const numbers = [one.resourceVersion, other.resourceVersion];
  return numbers.every((each) => /^\d+$/.test(each)) && BigInt(numbers[0] ?? 0) < BigInt(numbers[1] ?? 0);
}
