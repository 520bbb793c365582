import type { Clock, Logger } from "../src/core/ports.ts";
import type { LeaseClient, LeaseFollower } from "../src/kube/lease-client.ts";
import { createLeaseHold, type LeaseHold } from "./lease-hold.ts";
import { createWakeUp, type WakeUp } from "./wake-up.ts";

/** What an election works with. */
export interface LeaderElectionDeps {
  readonly leases: LeaseClient;
  readonly log: Logger;
  /** Must not jump when the wall clock is set. @default the process's monotonic clock */
  readonly clock?: Clock;
}

/** Who stands for election, and how long a lease lasts; the defaults are client-go's. */
export interface LeaderElectionOptions {
  /** Unlike that of every other process: two with one identity would both lead. */
  readonly identity: string;
  /** How long the others wait after the last sign of life. @default 15000 */
  readonly leaseMs?: number;
  /** A leader that could not renew for so long steps down. Below `leaseMs`. @default 10000 */
  readonly renewDeadlineMs?: number;
  /** Time between two renewals, or attempts. @default 2000 */
  readonly retryMs?: number;
}

/** What leading means. */
export interface LeadershipCallbacks {
  /**
   * Called on taking the lease. Must settle soon after `leadership` aborts: the lease is released, or stood for again,
   * only then. If it rejects, the lease is given up.
   */
  onStartedLeading(leadership: AbortSignal): Promise<void>;
  /** Called when `onStartedLeading` has settled after the leadership ended. */
  onStoppedLeading(): void;
}

/** One candidate. */
export interface LeaderElection {
  /** Stands for election until `signal` aborts; then steps down and releases the lease. Never rejects. */
  run(signal: AbortSignal, callbacks: LeadershipCallbacks): Promise<void>;
  /** Whether this process leads and renewed in time, by its own clock. The lease does not fence: write conditionally. */
  isLeader(): boolean;
}

/**
 * Leader election on a Lease with client-go's semantics (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection), but a
 * standby also watches the lease: it takes a released one at once, and an expired one when it expires.
 */
export function createLeaderElection(deps: LeaderElectionDeps, options: LeaderElectionOptions): LeaderElection {
  const { leases, log } = deps;
  const { identity, leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options;
  const clock = deps.clock ?? { now: () => performance.timeOrigin + performance.now() };
  const hold = createLeaseHold({ leases, log, clock }, { identity, leaseMs, renewDeadlineMs });
  const wakeUp = createWakeUp();
  const election: Election = { hold, wakeUp, log, identity, renewDeadlineMs, retryMs };
  return {
    isLeader: () => hold.leftMs() > 0 && hold.lossReason() === undefined,
    async run(signal, callbacks) {
      const follower = leases.follow(signal, (lease) => {
        hold.watched(lease);
        // Not for our own renewals: each would cause the next.
        if (lease?.record.holder !== identity) wakeUp.wake();
      });
      while (!signal.aborted) {
        if (await acquire(election, follower, signal)) await lead(election, callbacks, signal);
      }
      await follower.done;
    },
  };
}

interface Election {
  readonly hold: LeaseHold;
  readonly wakeUp: WakeUp;
  readonly log: Logger;
  readonly identity: string;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** Returns once the lease is held, or `false` if `signal` aborts before. */
async function acquire(election: Election, follower: LeaseFollower, signal: AbortSignal): Promise<boolean> {
  const { hold, wakeUp, log, identity, renewDeadlineMs, retryMs } = election;
  while (!signal.aborted) {
    // Up to a fifth more, so that candidates do not meet (client-go: JitterFactor 1.2).
    let waitMs = retryMs * (1 + Math.random() / 5);
    const watching = follower.healthy();
    try {
      const outcome = await hold.attempt({ limitMs: renewDeadlineMs, reread: !watching });
      if (outcome === "held") return true;
      // A watch tells when the lease is released; until then there is nothing to do before it expires.
      if (outcome !== "missed") waitMs = watching ? outcome : Math.min(outcome, waitMs);
    } catch (error) {
      log.warn({ identity, error: textOf(error) }, "Lease could not be taken, trying again");
    }
    await wakeUp.wait(waitMs, signal);
  }
  return false;
}

/** Leads until the lease is lost, the work fails or `signal` aborts. */
async function lead(election: Election, callbacks: LeadershipCallbacks, signal: AbortSignal): Promise<void> {
  const { hold, log, identity, retryMs } = election;
  const end = new AbortController();
  const leadership = AbortSignal.any([signal, end.signal]);
  log.info({ identity }, "Leading");
  const work = callbacks.onStartedLeading(leadership).catch((error: unknown) => {
    if (leadership.aborted) return;
    log.error({ identity, err: error }, "Work of the leader failed, giving up the lease");
    end.abort(error);
  });
  await keep(election, leadership);
  hold.letGo();
  end.abort(new Error("leadership is over"));
  await work;
  callbacks.onStoppedLeading();
  await hold.release(retryMs);
}

/** Renews until `leadership` aborts or the lease is lost. */
async function keep(election: Election, leadership: AbortSignal): Promise<void> {
  const { hold, wakeUp, log, identity, retryMs } = election;
  while (!leadership.aborted) {
    const lost = hold.lossReason();
    if (lost !== undefined) return log.error({ identity, reason: lost }, "Leadership lost");
    await wakeUp.wait(Math.min(retryMs, hold.leftMs()), leadership);
    if (leadership.aborted || hold.lossReason() !== undefined) continue;
    try {
      await hold.attempt({ limitMs: hold.leftMs(), reread: false });
    } catch (error) {
      log.warn({ identity, error: textOf(error) }, "Lease could not be renewed, trying again");
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
