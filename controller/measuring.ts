import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import type { RequestOutcome } from "../src/kube/client.ts";
import type { ReflectorMetrics } from "../src/kube/reflector.ts";
import { type ControllerMetrics, createControllerMetrics } from "../src/observe/controller-metrics.ts";
import type { MetricsRegistry } from "../src/observe/metric.ts";
import { createReloaderMetrics, type ReloaderMetrics } from "../src/observe/reloader-metrics.ts";
import type { ControllerCounts, ControllerFigures } from "./controller.ts";
import type { RestartListener } from "./reports.ts";

/** See the options of the same names. */
export interface MeasuringOptions {
  readonly reloaderMetrics: boolean;
  readonly metricsByNamespace: boolean;
  /** The kinds of workload that are followed. */
  readonly kinds: readonly WorkloadKind[];
  /** Where the API server is. */
  readonly server: string;
}

/** What the parts of a controller tell, on the way into metrics. */
export interface Measuring {
  /** restamp's own, for what is told to nobody else. */
  readonly own: ControllerMetrics;
  readonly counts: ControllerCounts;
  readonly listener: RestartListener;
  readonly watches: ReflectorMetrics;
  onRequest(outcome: RequestOutcome): void;
  /** Sets the gauges to what is now. */
  show(figures: ControllerFigures): void;
}

/** Registers restamp's metrics, and Reloader's if they are asked for: every event is told once and counted by both. */
export function createMeasuring(registry: MetricsRegistry, options: MeasuringOptions): Measuring {
  const { kinds, server, metricsByNamespace: byNamespace } = options;
  const own = createControllerMetrics(registry, kinds);
  const reloader = options.reloaderMetrics
    ? createReloaderMetrics(registry, { byNamespace, kinds, server })
    : undefined;
  return {
    own,
    counts: countedBy(own, reloader),
    listener: {
      restarted(restart) {
        const { workload, seconds } = restart;
        own.rollouts.inc({ kind: workload.kind.kind });
        if (seconds !== undefined) own.changeToPatch.observe({}, seconds);
        reloader?.restarted(restart);
      },
      observed: ({ workload }) => own.observed.inc({ kind: workload.kind.kind }),
      failed: (workload) => reloader?.failed(workload),
    },
    watches: {
      ...own.watches,
      event(resource, type) {
        own.watches.event(resource, type);
        reloader?.sources.received(resource, type);
      },
    },
    onRequest(outcome) {
      own.api.observe(outcome);
      reloader?.client.observe(outcome);
    },
    show(figures) {
      own.leader.set({}, figures.isLeader ? 1 : 0);
      own.queueDepth.set({}, figures.queueDepth);
      own.ledgerEntries.set({}, figures.ledgerEntries);
      own.trackedWorkloads.setAll(figures.workloads);
      own.trackedSources.setAll(figures.sources);
      own.staleWorkloads.setAll(figures.stale);
      reloader?.showDepth(figures.queueDepth);
      reloader?.sources.showWatched(figures.sources);
    },
  };
}

function countedBy(own: ControllerMetrics, reloader: ReloaderMetrics | undefined): ControllerCounts {
  return {
    invalidAnnotation: () => own.invalidAnnotations.inc({}),
    unknownKey: () => own.unknownKey.inc({}),
    reverted: () => own.stampReverted.inc({}),
    sourceSeen: ({ kind }, finding) => reloader?.sources.seen(kind, finding),
    concerned: ({ kind }) => reloader?.sources.concerned(kind.kind),
    queued: () => reloader?.queued(),
    waited(milliseconds) {
      own.queueLatency.observe({}, milliseconds / 1_000);
      reloader?.waited(milliseconds);
    },
    reconciled(outcome, seconds) {
      own.reconciles.inc({ outcome });
      reloader?.reconciled(outcome, seconds);
    },
  };
}
