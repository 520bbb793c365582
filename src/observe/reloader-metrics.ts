import type { WorkloadKind } from "../core/workload-kinds.ts";
import { createClientMetrics } from "./client-metrics.ts";
import type { ReconcileOutcome } from "./controller-metrics.ts";
import type { MetricsRegistry } from "./metric.ts";
import { createReloaderSourceMetrics } from "./reloader-source-metrics.ts";

/** What the figures are about. */
export interface ReloaderMetricsOptions {
  /** Whether restarts are also counted by namespace. */
  readonly byNamespace: boolean;
  /** The kinds of workload that are followed. */
  readonly kinds: readonly WorkloadKind[];
  /** Where the API server is: `https://10.96.0.1:443`. */
  readonly server: string;
}

/** A workload, as far as metrics name it. */
export interface CountedWorkload {
  readonly kind: { readonly kind: string };
  readonly namespace: string;
}

/** The metrics of Stakater Reloader 1.4, for dashboards and alerting rules that exist. */
export type ReloaderMetrics = ReturnType<typeof createReloaderMetrics>;

const bySuccess = { success: ["true", "false"] } as const;
const buckets = {
  reconcile: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  queue: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  // Reloader's end at 60 s; here settling and pacing are part of it.
  action: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
} as const;

/** Registers {@link ReloaderMetrics}: Reloader's names and labels, each with what the figure means in restamp. */
export function createReloaderMetrics(registry: MetricsRegistry, options: ReloaderMetricsOptions) {
  const kinds = [...new Set(options.kinds.map(({ kind }) => kind))];
  const sources = createReloaderSourceMetrics(registry, kinds);
  return {
    ...restartMetrics(registry, { kinds, byNamespace: options.byNamespace }),
    ...reconcileMetrics(registry, sources.nothingToDo),
    ...queueMetrics(registry),
    sources,
    client: createClientMetrics(registry, options.server),
  };
}

function restartMetrics(
  registry: MetricsRegistry,
  { kinds, byNamespace }: { readonly kinds: readonly string[]; readonly byNamespace: boolean },
) {
  const help =
    "Attempts to restart a workload, by whether they succeeded. One restart for a workload, however many of its sources have changed.";
  const executed = registry.counter({ name: "reloader_reload_executed_total", help }, bySuccess);
  const name = "reloader_reload_executed_total_by_namespace";
  const executedBy = byNamespace ? registry.counter({ name, help }, { ...bySuccess, namespace: "any" }) : undefined;
  const errors = registry.counter(
    {
      name: "reloader_reload_errors_total",
      help: "Attempts to restart a workload that failed, as the API server refused or could not be reached; each is repeated. The Events of the workload and the log say why.",
    },
    {},
  );
  const actions = registry.counter(
    {
      name: "reloader_action_total",
      help: "Attempts to restart a workload, by its kind and their result. For error see reloader_reload_errors_total.",
    },
    { workload_kind: kinds, result: ["success", "error"] },
  );
  const latency = registry.histogram(
    {
      name: "reloader_action_latency_seconds",
      help: "From the first event of a change to the restart that was accepted. Unlike Reloader's it includes everything: settling, the queue, and the least time between two restarts.",
      buckets: buckets.action,
    },
    { workload_kind: kinds },
  );
  function count({ kind, namespace }: CountedWorkload, done: boolean): void {
    const success = done ? "true" : "false";
    executed.inc({ success });
    executedBy?.inc({ success, namespace });
    actions.inc({ workload_kind: kind.kind, result: done ? "success" : "error" });
  }
  return {
    /** `seconds`: since the first event of the change, where that was seen. */
    restarted({
      workload,
      seconds,
    }: {
      readonly workload: CountedWorkload;
      readonly seconds: number | undefined;
    }): void {
      count(workload, true);
      if (seconds !== undefined) latency.observe({ workload_kind: workload.kind.kind }, seconds);
    },
    /** An attempt to restart it failed. */
    failed(workload: CountedWorkload): void {
      count(workload, false);
      errors.inc({});
    },
  };
}

const results = {
  advanced: "success",
  recorded: "success",
  unchanged: "skipped",
  waiting: "skipped",
  blocked: "skipped",
  suspended: "skipped",
  rejected: "error",
  error: "error",
} as const satisfies Record<ReconcileOutcome, string>;

function reconcileMetrics(registry: MetricsRegistry, nothingToDo: () => void) {
  const labels = { result: ["success", "error", "skipped"] } as const;
  const reconciles = registry.counter(
    {
      name: "reloader_reconcile_total",
      help: "Looks at a workload, each counted once (Reloader counts looks at a source, most of them twice). skipped: nothing to do, or not yet.",
    },
    labels,
  );
  const duration = registry.histogram(
    {
      name: "reloader_reconcile_duration_seconds",
      help: "How long looks at a workload take, writes included.",
      buckets: buckets.reconcile,
    },
    labels,
  );
  const errors = registry.counter(
    {
      name: "reloader_errors_total",
      help: "Looks at a workload that failed: the API server refused the restart or could not be reached. invalid_handler_type stays 0: there is one type.",
    },
    { type: ["handler_error", "invalid_handler_type"] },
  );
  const retries = registry.counter(
    {
      name: "reloader_retries_total",
      help: "Looks at a workload that will be repeated because they failed. There is no last try: the delay grows to 5 minutes.",
    },
    {},
  );
  return {
    /** One look at a workload has ended. */
    reconciled(outcome: ReconcileOutcome, seconds: number): void {
      const result = results[outcome];
      reconciles.inc({ result });
      duration.observe({ result }, seconds);
      if (outcome === "unchanged") nothingToDo();
      if (result !== "error") return;
      errors.inc({ type: "handler_error" });
      retries.inc({});
    },
  };
}

function queueMetrics(registry: MetricsRegistry) {
  const adds = registry.counter(
    {
      name: "reloader_workqueue_adds_total",
      help: "Workloads that became ready to be looked at. One that is in the queue already is not added again.",
    },
    {},
  );
  const depth = registry.gauge(
    { name: "reloader_workqueue_depth", help: "Workloads ready to be looked at. There is one queue for all kinds." },
    {},
  );
  const latency = registry.histogram(
    {
      name: "reloader_workqueue_latency_seconds",
      help: "How long a workload that was ready waited for a worker. Above 1 s: raise --workers.",
      buckets: buckets.queue,
    },
    {},
  );
  return {
    /** A workload has become ready to be looked at. */
    queued: (): void => adds.inc({}),
    /** A workload that was ready has found a worker. */
    waited: (milliseconds: number): void => latency.observe({}, milliseconds / 1_000),
    showDepth: (workloads: number): void => depth.set({}, workloads),
  };
}
