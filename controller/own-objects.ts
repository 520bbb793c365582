import { messageOf } from "../src/core/errors.ts";
import { isFirst, isOwn, nameInShard } from "../src/core/shard.ts";
import type { Frame } from "../src/frame.ts";
import type { KubeApiClient } from "../src/kube/client.ts";
import { createKeyRing } from "../src/kube/key-ring.ts";
import { createLeaseClient } from "../src/kube/lease-client.ts";
import type { Options } from "../src/options/table.ts";
import { resumeRecreations } from "./actions/resume-recreations.ts";
import type { ControllerDeps } from "./controller.ts";
import { createDigestKeyKeeper } from "./digest-key-keeper.ts";
import { createLeaderElection } from "./leader-election.ts";
import { createLedger } from "./ledger.ts";
import { pause } from "./pause.ts";
import { isWatched, readReach } from "./reach.ts";
import { createSelfManagedCertificate } from "./self-managed-certificate.ts";
import { createVolatileKeys } from "./volatile-keys.ts";

/** How often the key Secret is read again: a tenth of the time that a new key only verifies by default. */
const keyRefreshMs = 60_000;
/** A self-managed authority lives four times as long as what it signs; see certs/README.md. */
const authorityLives = 4;

const resumeMs = 30_000;

/** What the objects are reached through. */
export interface Outside {
  readonly api: KubeApiClient;
  readonly frame: Frame;
}

/** What of it is needed here. */
type Means = Pick<Outside, "api"> & { readonly frame: Pick<Frame, "log" | "clock"> };

/** What a controller keeps in objects of restamp's own namespace: keys, ledger, lease and certificate. */
export type OwnObjects = Pick<ControllerDeps, "keyRing" | "keeper" | "ledger" | "election" | "alsoLeading">;

/**
 * The objects that the options ask for; a controller that only observes has none, and keeps all in memory. Of shards, each
 * has a lease of its own, all share the ledger, and the first keeps what there is once for an install.
 */
export function ownObjects(options: Options<"controller">, outside: Means): OwnObjects {
  if (options.mode === "observe") {
    const keys = createVolatileKeys(outside.frame.clock.now());
    return { ...keys, ledger: ledgerOf(options, outside, () => true), election: undefined, alsoLeading: [] };
  }
  const election = options.leaderElect ? electionOf(options, outside) : undefined;
  const isLeader = (): boolean => election?.isLeader() ?? true;
  const certificate =
    options.certificateMode === "self-managed" && isFirst(options.shard) ? certificateOf(options, outside) : undefined;
  return {
    ...keysOf(options, outside, isLeader),
    ledger: ledgerOf(options, outside, isLeader),
    election,
    alsoLeading: [
      ...(certificate === undefined ? [] : [certificate.run]),
      ...(options.jobs === "recreate" ? [(signal: AbortSignal) => resumeJobs(options, outside, signal)] : []),
    ],
  };
}

/** Jobs that a former leader has deleted and not yet created again. */
async function resumeJobs(options: Options<"controller">, { api, frame }: Means, signal: AbortSignal): Promise<void> {
  const log = frame.log.component("jobs");
  const where = { namespace: options.namespace, isOwn: (namespace: string) => isOwn(options.shard, namespace) };
  while (!signal.aborted) {
    await resumeRecreations(api, { ...where, log, signal }).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ error: messageOf(error) }, "Cannot read the manifests of Jobs, trying again");
    });
    await pause(resumeMs, signal);
  }
}

function keysOf(options: Options<"controller">, { api, frame: { clock, log } }: Means, isLeader: () => boolean) {
  const secret = { namespace: options.namespace, name: options.keySecret };
  const keyRing = createKeyRing({ api, clock }, { ...secret, propagationMs: options.keyPropagationMs });
  const refreshMs = Math.min(keyRefreshMs, options.keyPropagationMs / 4);
  const keeper = createDigestKeyKeeper(
    { api, ring: keyRing, clock, log: log.component("keys"), isLeader },
    { ...secret, rotationMs: options.keyRotationIntervalMs, refreshMs, makes: isFirst(options.shard) },
  );
  return { keyRing, keeper };
}

function ledgerOf(options: Options<"controller">, { api, frame: { log } }: Means, isLeader: () => boolean) {
  const where = { namespace: options.namespace, name: options.ledgerName };
  const reach = readReach(options);
  const own = (namespace: string): boolean => isWatched(reach, namespace);
  return createLedger(
    { api, log: log.component("ledger"), isLeader },
    { ...where, intervalMs: options.ledgerIntervalMs, volatile: options.mode === "observe", isOwn: own },
  );
}

function electionOf(options: Options<"controller">, { api, frame: { log } }: Means) {
  const lease = { namespace: options.namespace, name: nameInShard(options.leaseName, options.shard) };
  return createLeaderElection(
    { leases: createLeaseClient({ api, log: log.component("lease") }, lease), log: log.component("election") },
    {
      // Of the containers of one Pod, each starts after the one before has ended: they may share an identity.
      identity: `${options.podName}_${options.podUid ?? crypto.randomUUID()}`,
      leaseMs: options.leaseDurationMs,
      renewDeadlineMs: options.leaseRenewDeadlineMs,
      retryMs: options.leaseRetryPeriodMs,
    },
  );
}

function certificateOf(options: Options<"controller">, { api, frame: { log, clock } }: Means) {
  return createSelfManagedCertificate(
    { api, clock, log: log.component("certificate") },
    {
      namespace: options.namespace,
      secret: options.certificateSecret,
      service: options.webhookService,
      webhookConfiguration: options.webhookConfiguration,
      servingValidityMs: options.certificateValidityMs,
      authorityValidityMs: options.certificateValidityMs * authorityLives,
    },
  );
}
