import t from "tap";
import { createMeasuring } from "../../controller/measuring.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createMetricsRegistry } from "../../src/observe/metric.ts";

function bench(reloaderMetrics: boolean) {
  const registry = createMetricsRegistry({ processMetrics: false });
  const kinds = createWorkloadKinds().all;
  const options = { reloaderMetrics, metricsByNamespace: false, kinds, server: "https://api:6443" };
  return { measuring: createMeasuring(registry, options), render: registry.render };
}

const source = { kind: "Secret", namespace: "shop", name: "db" } as const;
const figures = {
  isLeader: true,
  queueDepth: 2,
  ledgerEntries: 3,
  workloads: new Map([["Deployment", 4]]),
  sources: new Map([["Secret", 5]]),
  stale: new Map([["blocked", 6]] as const),
};

for (const reloaderMetrics of [true, false]) {
  t.test(`createMeasuring() counts for restamp ${reloaderMetrics ? "and Reloader" : "alone"}`, async (t) => {
    const { measuring, render } = bench(reloaderMetrics);
    measuring.counts.reconciled("rejected", 0.5);
    measuring.counts.queued();
    measuring.counts.waited(250);
    measuring.counts.sourceSeen(source, "unchanged");
    measuring.watches.event("secrets", "modified");
    measuring.onRequest({
      info: { verb: "list", group: "", resource: "secrets", namespace: undefined, name: undefined },
      code: "200",
      seconds: 0.1,
    });
    measuring.show(figures);
    const text = await render();
    for (const line of [
      'restamp_reconciles_total{outcome="rejected"} 1',
      "restamp_queue_latency_seconds_sum 0.25",
      'restamp_watch_events_total{resource="secrets",type="modified"} 1',
      'restamp_api_requests_total{verb="list",code="2xx"} 1',
      "restamp_leader 1",
      "restamp_queue_depth 2",
      "restamp_ledger_entries 3",
      'restamp_tracked_workloads{kind="Deployment"} 4',
      'restamp_tracked_sources{kind="Secret"} 5',
      'restamp_stale_workloads{reason="blocked"} 6',
    ]) {
      t.match(text, `${line}\n`);
    }
    for (const line of [
      'reloader_reconcile_total{result="error"} 1',
      "reloader_workqueue_adds_total 1",
      "reloader_workqueue_latency_seconds_sum 0.25",
      'reloader_skipped_total{reason="no_data_change"} 1',
      'reloader_events_received_total{event_type="update",resource_type="secrets"} 1',
      'rest_client_requests_total{code="200",method="GET",host="api:6443"} 1',
      "reloader_workqueue_depth 2",
      'reloader_watched_resources_total{kind="Secret"} 5',
    ]) {
      t.equal(text.includes(`${line}\n`), reloaderMetrics, line);
    }
    if (!reloaderMetrics) t.notMatch(text, /reloader_|rest_client_/);
  });
}
