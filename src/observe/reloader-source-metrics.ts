import { configMaps, namespaces, secretProviderClassPodStatuses, secrets } from "../core/object-ref.ts";
import { type SourceKind, sourceKinds } from "../core/source.ts";
import type { MetricsRegistry } from "./metric.ts";

/** What became of an event of a source: nobody refers to it, it was read and is as it was, or it has changed. */
export type SourceFinding = "unreferenced" | "unchanged" | "changed";

const eventTypes = { added: "add", modified: "update", deleted: "delete" } as const;
const reasons = { unreferenced: "ignored_or_not_selected", unchanged: "no_data_change" } as const;
/** The resource whose events tell of the content of a source. */
const resourceTypes: Readonly<Record<SourceKind, string>> = {
  ConfigMap: configMaps.resource,
  Secret: secrets.resource,
  SecretProviderClass: secretProviderClassPodStatuses.resource,
};
/** What Reloader watches; workloads it lists. */
const watchedTypes = [...Object.values(resourceTypes), namespaces.resource];

/** Registers the metrics of Reloader that are about what it watches. `kinds`: of workload. */
export function createReloaderSourceMetrics(registry: MetricsRegistry, kinds: readonly string[]) {
  return { ...eventMetrics(registry), ...workloadMetrics(registry, kinds) };
}

function eventMetrics(registry: MetricsRegistry) {
  const received = registry.counter(
    {
      name: "reloader_events_received_total",
      help: "Changes seen by the watches, by each replica. What was there at the start is not counted, unlike in Reloader.",
    },
    { event_type: Object.values(eventTypes), resource_type: watchedTypes },
  );
  const processed = registry.counter(
    {
      name: "reloader_events_processed_total",
      help: "Changes that were followed up: looked up, and read if a workload refers to the object. One read may answer for several events. dropped stays 0: reads are repeated until they succeed.",
    },
    { event_type: ["unknown"], resource_type: Object.values(resourceTypes), result: ["success", "dropped"] },
  );
  const skipped = registry.counter(
    {
      name: "reloader_skipped_total",
      help: "What needed no restart. no_data_change: changes of metadata alone; ignored_or_not_selected: changes of what no workload within reach refers to; strategy_not_updated: looks at a workload that had what is there.",
    },
    { reason: ["no_data_change", "ignored_or_not_selected", "strategy_not_updated"] },
  );
  return {
    /** `resource`: as reflectors name it, `secrets`. */
    received(resource: string, type: keyof typeof eventTypes): void {
      const [resource_type = ""] = resource.split(".");
      if (watchedTypes.includes(resource_type)) received.inc({ event_type: eventTypes[type], resource_type });
    },
    /** An event of a source has been followed up. */
    seen(kind: SourceKind, finding: SourceFinding): void {
      processed.inc({ event_type: "unknown", resource_type: resourceTypes[kind], result: "success" });
      if (finding !== "changed") skipped.inc({ reason: reasons[finding] });
    },
    /** A workload was looked at that has what is there. */
    nothingToDo: (): void => skipped.inc({ reason: "strategy_not_updated" }),
  };
}

function workloadMetrics(registry: MetricsRegistry, kinds: readonly string[]) {
  const scanned = registry.counter(
    {
      name: "reloader_workloads_scanned_total",
      help: "Workloads looked up because a source changed. restamp finds them in an index, so that it is equal to reloader_workloads_matched_total.",
    },
    { kind: kinds },
  );
  const matched = registry.counter(
    {
      name: "reloader_workloads_matched_total",
      help: "Workloads that refer to a source that changed, counted for each change of it.",
    },
    { kind: kinds },
  );
  const watched = registry.gauge(
    {
      name: "reloader_watched_resources_total",
      help: "ConfigMaps and Secrets that a workload refers to, existing or not.",
    },
    { kind: sourceKinds.map(({ kind }) => kind) },
  );
  return {
    /** A source that a workload of that kind refers to has changed. */
    concerned(kind: string): void {
      scanned.inc({ kind });
      matched.inc({ kind });
    },
    showWatched: (sources: ReadonlyMap<string, number>): void => watched.setAll(sources),
  };
}
