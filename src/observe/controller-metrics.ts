import { namespaces, resourceName, secretProviderClassPodStatuses } from "../core/object-ref.ts";
import { sourceKinds } from "../core/source.ts";
import type { WorkloadKind } from "../core/workload-kinds.ts";
import type { MetricsRegistry } from "./metric.ts";
import { createAnnotationMetric, createApiMetrics, createUnknownKeyMetric } from "./metrics.ts";

const outcomes = ["unchanged", "recorded", "advanced", "waiting", "blocked", "suspended", "rejected", "error"] as const;
const staleReasons = ["waiting", "blocked", "suspended", "rejected", "error"] as const;

/** What a reconciliation came to. */
export type ReconcileOutcome = (typeof outcomes)[number];

/** Why a workload still runs with content that is no longer current. */
export type StaleReason = (typeof staleReasons)[number];

/** The metrics of `restamp controller`. */
export type ControllerMetrics = ReturnType<typeof createControllerMetrics>;

/** Registers {@link ControllerMetrics}; the kinds of workload that are followed are values of labels. */
export function createControllerMetrics(registry: MetricsRegistry, workloadKinds: readonly WorkloadKind[]) {
  const kinds = [...new Set(workloadKinds.map(({ kind }) => kind))];
  const resources = [...workloadKinds, ...sourceKinds, secretProviderClassPodStatuses, namespaces].map(resourceName);
  return {
    api: createApiMetrics(registry),
    invalidAnnotations: createAnnotationMetric(registry),
    unknownKey: createUnknownKeyMetric(registry),
    ...rolloutMetrics(registry, kinds),
    ...queueMetrics(registry),
    ...watchMetrics(registry, resources),
    ...stateMetrics(registry, kinds),
  };
}

function rolloutMetrics(registry: MetricsRegistry, kinds: readonly string[]) {
  return {
    reconciles: registry.counter(
      {
        name: "restamp_reconciles_total",
        help: "Reconciliations, by outcome. Rising rejected or error: pods run on old configuration; the Events of the workloads say why.",
      },
      { outcome: outcomes },
    ),
    rollouts: registry.counter(
      {
        name: "restamp_rollouts_total",
        help: "Stamps advanced, each a restart of one workload's pods. A steep rise: something writes ConfigMaps or Secrets all the time.",
      },
      { kind: kinds },
    ),
    observed: registry.counter(
      {
        name: "restamp_observed_restarts_total",
        help: "Restarts that --mode=observe has told of and not carried out. restamp compare sets them against Reloader's.",
      },
      { kind: kinds },
    ),
    changeToPatch: registry.histogram(
      {
        name: "restamp_change_to_patch_seconds",
        help: "From the first event of a change to the accepted patch of the workload: reading, --settle, the queue and retries are part of it. Above --settle-max: see restamp_queue_latency_seconds and restamp_api_request_duration_seconds.",
        buckets: [0.01, 0.05, 0.1, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 30, 60, 300, 1800],
      },
      {},
    ),
    staleWorkloads: registry.gauge(
      {
        name: "restamp_stale_workloads",
        help: "Workloads whose pods run with content that is no longer current, by what holds them. Other than waiting for longer than an hour: look at the workload's Events.",
      },
      { reason: staleReasons },
    ),
    alerts: registry.counter(
      {
        name: "restamp_alerts_total",
        help: "Alerts and calls of --webhook-url, by outcome. Rising failed: the log names the host and says why. Rising dropped: it is too slow.",
      },
      { outcome: ["sent", "failed", "dropped"] },
    ),
    stampReverted: registry.counter(
      {
        name: "restamp_stamp_reverted_total",
        help: "Advances that did not stick. Above 0: admission or another writer puts the old stamp back; check --controller-service-account and the Event on the workload.",
      },
      {},
    ),
  };
}

function queueMetrics(registry: MetricsRegistry) {
  return {
    queueDepth: registry.gauge(
      { name: "restamp_queue_depth", help: "Workloads ready to be reconciled. Never back to 0: raise --workers." },
      {},
    ),
    queueLatency: registry.histogram(
      {
        name: "restamp_queue_latency_seconds",
        help: "How long a workload that was ready waited for a worker. Above 1 s: raise --workers.",
        buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 10, 60],
      },
      {},
    ),
  };
}

function watchMetrics(registry: MetricsRegistry, resources: readonly string[]) {
  const restarts = registry.counter(
    {
      name: "restamp_watch_restarts_total",
      help: "Listings after the first. A few a day for each resource are normal; many: the API server or a proxy cuts connections.",
    },
    { resource: resources },
  );
  const polls = registry.counter(
    {
      name: "restamp_watch_polls_total",
      help: "Listings in place of a watch that is not allowed. Above 0: changes are seen only every --poll-interval, at a cost for the API server; the log says which right is missing.",
    },
    { resource: resources },
  );
  const errors = registry.counter(
    {
      name: "restamp_watch_errors_total",
      help: "Lists and watches that failed. Rising: changes of that resource are not seen until it recovers; the log says why.",
    },
    { resource: resources },
  );
  const events = registry.counter(
    {
      name: "restamp_watch_events_total",
      help: "Changes seen by the watches. Thousands a minute of configmaps or secrets: something writes them all the time.",
    },
    { resource: resources, type: ["added", "modified", "deleted"] },
  );
  const listedOnce = new Set<string>();
  return {
    /** What reflectors report; fits their `metrics`. */
    watches: {
      listed: (resource: string): void => {
        if (listedOnce.has(resource)) restarts.inc({ resource });
        listedOnce.add(resource);
      },
      polled: (resource: string): void => polls.inc({ resource }),
      failed: (resource: string): void => errors.inc({ resource }),
      event: (resource: string, type: "added" | "modified" | "deleted"): void => events.inc({ resource, type }),
    },
    eventsDropped: registry.counter(
      {
        name: "restamp_events_dropped_total",
        help: "Events for kubectl describe that could not be recorded in time. Rollouts are not affected.",
      },
      {},
    ),
  };
}

function stateMetrics(registry: MetricsRegistry, kinds: readonly string[]) {
  return {
    leader: registry.gauge(
      {
        name: "restamp_leader",
        help: "1 while this process acts. The sum over all replicas is 1; 0 for a minute: nobody rolls.",
      },
      {},
    ),
    trackedWorkloads: registry.gauge(
      {
        name: "restamp_tracked_workloads",
        help: "Workloads that restamp looks after. Less than expected: check the opt-in label of the namespaces.",
      },
      { kind: kinds },
    ),
    trackedSources: registry.gauge(
      {
        name: "restamp_tracked_sources",
        help: "ConfigMaps, Secrets and SecretProviderClasses that a workload refers to, existing or not. Memory follows this figure.",
      },
      { kind: sourceKinds.map(({ kind }) => kind) },
    ),
    ledgerEntries: registry.gauge(
      {
        name: "restamp_ledger_entries",
        help: "Records in the ledger. It holds about 60,000; a workload leaves it when it is deployed again while the webhook runs.",
      },
      {},
    ),
  };
}
