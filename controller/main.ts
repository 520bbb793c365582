import type { Frame } from "../src/frame.ts";
import { createApiClient, type KubeApiClient } from "../src/kube/client.ts";
import { createEventRecorder } from "../src/kube/event-recorder.ts";
import { createKeyRing } from "../src/kube/key-ring.ts";
import { createClusterAccess } from "../src/kube/kube-config.ts";
import { createLeaseClient } from "../src/kube/lease-client.ts";
import { watchPermissions } from "../src/kube/permissions.ts";
import { createReflector } from "../src/kube/reflector.ts";
import { type ControllerMetrics, createControllerMetrics } from "../src/observe/controller-metrics.ts";
import type { Options } from "../src/options/table.ts";
import { type Controller, type ControllerDeps, createController } from "./controller.ts";
import { createDigestKeyKeeper } from "./digest-key-keeper.ts";
import { createLeaderElection } from "./leader-election.ts";
import { createLedger } from "./ledger.ts";
import { createSelfManagedCertificate } from "./self-managed-certificate.ts";

/** How often the key Secret is read again: a tenth of the time that a new key only verifies by default. */
const keyRefreshMs = 60_000;
const eventFlushMs = 2_000;
/** A self-managed authority lives four times as long as what it signs; see certs/README.md. */
const authorityLives = 4;

/** Starts the controller: the only place where its parts meet the outside. Returns once they run. */
export async function runController(options: Options<"controller">, frame: Frame): Promise<void> {
  const { lifecycle, health, log } = frame;
  const metrics = createControllerMetrics(frame.metrics);
  const { watched, permissions } = connect(options, frame, metrics);
  const { api } = permissions;
  const events = createEventRecorder(
    { api, log: log.component("events"), onDropped: () => metrics.eventsDropped.inc({}) },
    { component: "controller", instance: options.podName },
  );
  const outside = { api, frame };
  const election = options.leaderElect ? electionOf(options, outside) : undefined;
  const isLeader = (): boolean => election?.isLeader() ?? true;
  const certificate = options.certificateMode === "self-managed" ? certificateOf(options, outside) : undefined;
  const controller = createController(
    {
      ...{ api, log, clock: frame.clock, events, election },
      ...keysOf(options, outside, isLeader),
      ledger: ledgerOf(options, outside),
      startReflector(watch) {
        const deps = {
          api: watched,
          log: log.component("reflector"),
          clock: frame.clock,
          metrics: metrics.watches,
          ...watch,
        };
        const reflector = createReflector(deps);
        return { hasSynced: reflector.hasSynced, state: reflector.state, ended: reflector.run(lifecycle.signal) };
      },
      alsoLeading: certificate === undefined ? [] : [certificate.run],
      metrics: countedBy(metrics),
    },
    options,
  );
  health.addCheck("readyz", { name: "permissions", check: () => permissions.missing().join("; ") || undefined });
  for (const check of controller.checks) health.addCheck("readyz", check);
  frame.metrics.beforeScrape(() => show(controller, metrics));
  // Stopped in reverse: the controller first, then what it still needs to say goodbye.
  await lifecycle.start({ name: "api client", stop: () => api.close() });
  await lifecycle.start({ name: "event recorder", stop: () => events.flush(eventFlushMs) });
  await lifecycle.start({ name: "controller", start: controller.start, stop: controller.stopped });
}

/** The client of the reflectors, which say themselves what they may not do, and the one of everything else. */
function connect({ kubeconfig, apiTimeoutMs }: Options<"controller">, frame: Frame, metrics: ControllerMetrics) {
  const { clock, version } = frame;
  const access = createClusterAccess(kubeconfig === undefined ? {} : { kubeconfig }, { clock });
  const client = { component: "controller", version, timeoutMs: apiTimeoutMs };
  const watched = createApiClient({ access, onRequest: metrics.api.observe }, client);
  return { watched, permissions: watchPermissions({ api: watched, clock }) };
}

function keysOf(options: Options<"controller">, { api, frame: { clock, log } }: Outside, isLeader: () => boolean) {
  const secret = { namespace: options.namespace, name: options.keySecret };
  const keyRing = createKeyRing({ api, clock }, { ...secret, propagationMs: options.keyPropagationMs });
  const refreshMs = Math.min(keyRefreshMs, options.keyPropagationMs / 4);
  const keeper = createDigestKeyKeeper(
    { api, ring: keyRing, clock, log: log.component("keys"), isLeader },
    { ...secret, rotationMs: options.keyRotationIntervalMs, refreshMs },
  );
  return { keyRing, keeper };
}

function ledgerOf(options: Options<"controller">, { api, frame: { log } }: Outside) {
  const where = { namespace: options.namespace, name: options.ledgerName };
  return createLedger({ api, log: log.component("ledger") }, { ...where, intervalMs: options.ledgerIntervalMs });
}

function countedBy(metrics: ControllerMetrics): ControllerDeps["metrics"] {
  return {
    invalidAnnotation: () => metrics.invalidAnnotations.inc({}),
    unknownKey: () => metrics.unknownKey.inc({}),
    reverted: () => metrics.stampReverted.inc({}),
    waited: (milliseconds) => metrics.queueLatency.observe({}, milliseconds / 1_000),
    reconciled: (outcome) => metrics.reconciles.inc({ outcome }),
    rolled(kind, seconds) {
      metrics.rollouts.inc({ kind });
      if (seconds !== undefined) metrics.changeToPatch.observe({}, seconds);
    },
  };
}

interface Outside {
  readonly api: KubeApiClient;
  readonly frame: Frame;
}

function electionOf(options: Options<"controller">, { api, frame: { log } }: Outside) {
  const lease = { namespace: options.namespace, name: options.leaseName };
  return createLeaderElection(
    { leases: createLeaseClient({ api, log: log.component("lease") }, lease), log: log.component("election") },
    {
      identity: `${options.podName}_${crypto.randomUUID()}`,
      leaseMs: options.leaseDurationMs,
      renewDeadlineMs: options.leaseRenewDeadlineMs,
      retryMs: options.leaseRetryPeriodMs,
    },
  );
}

function certificateOf(options: Options<"controller">, { api, frame: { log, clock } }: Outside) {
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

/** Sets the gauges to what is now. */
function show(controller: Controller, metrics: ControllerMetrics): void {
  const figures = controller.figures();
  metrics.leader.set({}, figures.isLeader ? 1 : 0);
  metrics.queueDepth.set({}, figures.queueDepth);
  metrics.ledgerEntries.set({}, figures.ledgerEntries);
  metrics.trackedWorkloads.setAll(figures.workloads);
  metrics.trackedSources.setAll(figures.sources);
  metrics.staleWorkloads.setAll(figures.stale);
}
