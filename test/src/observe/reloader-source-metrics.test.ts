import t from "tap";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";
import { createReloaderSourceMetrics } from "../../../src/observe/reloader-source-metrics.ts";

function bench() {
  const registry = createMetricsRegistry({ processMetrics: false });
  const metrics = createReloaderSourceMetrics(registry, ["Deployment", "Job"]);
  /** All figures above 0. */
  const figures = async () =>
    (await registry.render()).split("\n").filter((line) => /^reloader_.* [1-9]\d*$/.test(line));
  return { registry, metrics, figures };
}

t.test("received() counts what Reloader watches, by its names", async (t) => {
  const { metrics, figures } = bench();
  metrics.received("configmaps", "added");
  metrics.received("secrets", "modified");
  metrics.received("secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io", "deleted");
  metrics.received("namespaces", "modified");
  for (const other of ["deployments.apps", "secretproviderclasses.secrets-store.csi.x-k8s.io"]) {
    metrics.received(other, "modified");
  }
  const series = (type: string, resource: string): string =>
    `reloader_events_received_total{event_type="${type}",resource_type="${resource}"} 1`;
  t.strictSame(
    (await figures()).sort(),
    [
      series("add", "configmaps"),
      series("update", "secrets"),
      series("delete", "secretproviderclasspodstatuses"),
      series("update", "namespaces"),
    ].sort(),
  );
});

t.test("seen() counts what became of a change, and why nothing had to be done", async (t) => {
  const { metrics, figures } = bench();
  metrics.seen("ConfigMap", "changed");
  metrics.seen("Secret", "unchanged");
  metrics.seen("Secret", "unreferenced");
  metrics.seen("SecretProviderClass", "changed");
  const processed = (resource: string): string =>
    `reloader_events_processed_total{event_type="unknown",resource_type="${resource}",result="success"}`;
  t.strictSame(await figures(), [
    `${processed("configmaps")} 1`,
    `${processed("secrets")} 2`,
    `${processed("secretproviderclasspodstatuses")} 1`,
    'reloader_skipped_total{reason="no_data_change"} 1',
    'reloader_skipped_total{reason="ignored_or_not_selected"} 1',
  ]);
});

t.test("concerned() and nothingToDo() count workloads", async (t) => {
  const { metrics, figures } = bench();
  metrics.concerned("Deployment");
  metrics.concerned("Deployment");
  metrics.nothingToDo();
  t.strictSame(await figures(), [
    'reloader_skipped_total{reason="strategy_not_updated"} 1',
    'reloader_workloads_scanned_total{kind="Deployment"} 2',
    'reloader_workloads_matched_total{kind="Deployment"} 2',
  ]);
});

t.test("showWatched() sets every kind", async (t) => {
  const { metrics, figures } = bench();
  metrics.showWatched(new Map([["ConfigMap", 3]]));
  t.strictSame(await figures(), ['reloader_watched_resources_total{kind="ConfigMap"} 3']);
  metrics.showWatched(new Map([["Secret", 1]]));
  t.strictSame(await figures(), ['reloader_watched_resources_total{kind="Secret"} 1'], "also those that are gone");
});
