import t from "tap";
import { workloadKinds } from "../../../src/core/workload-kinds.ts";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";
import { createReloaderMetrics } from "../../../src/observe/reloader-metrics.ts";

function bench({ byNamespace = false } = {}) {
  const registry = createMetricsRegistry({ processMetrics: false });
  const metrics = createReloaderMetrics(registry, { byNamespace, kinds: workloadKinds, server: "https://api:6443" });
  /** All figures above 0, but for the buckets of histograms. */
  const figures = async () =>
    (await registry.render()).split("\n").filter((line) => /^\w+(?<!_bucket)(\{.*\})? (?!0$)/.test(line));
  return { registry, metrics, figures };
}

const web = { kind: { kind: "Deployment" }, namespace: "shop" };

/** As Reloader 1.4.21 registers them, and the two that other distributions document: type and names of labels. */
const expected: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  reloader_reload_executed_total: ["counter", "success"],
  reloader_reload_executed_total_by_namespace: ["counter", "success", "namespace"],
  reloader_reload_errors_total: ["counter"],
  reloader_reconcile_total: ["counter", "result"],
  reloader_reconcile_duration_seconds: ["histogram", "result"],
  reloader_action_total: ["counter", "workload_kind", "result"],
  reloader_action_latency_seconds: ["histogram", "workload_kind"],
  reloader_skipped_total: ["counter", "reason"],
  reloader_workqueue_depth: ["gauge"],
  reloader_workqueue_adds_total: ["counter"],
  reloader_workqueue_latency_seconds: ["histogram"],
  reloader_errors_total: ["counter", "type"],
  reloader_retries_total: ["counter"],
  reloader_events_received_total: ["counter", "event_type", "resource_type"],
  reloader_events_processed_total: ["counter", "event_type", "resource_type", "result"],
  reloader_workloads_scanned_total: ["counter", "kind"],
  reloader_workloads_matched_total: ["counter", "kind"],
  reloader_watched_resources_total: ["gauge", "kind"],
  rest_client_requests_total: ["counter", "code", "method", "host"],
  rest_client_request_duration_seconds: ["histogram", "verb", "host"],
};

t.test("createReloaderMetrics() registers Reloader's metrics by name, type and labels, and no others", async (t) => {
  const { registry, metrics } = bench({ byNamespace: true });
  metrics.restarted({ workload: web, seconds: 1 });
  metrics.client.observe({ info: { verb: "get" }, code: "200", seconds: 0.01 });
  const text = await registry.render();
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = "", type = ""]) => [name, type]));
  t.strictSame([...types.keys()].sort(), Object.keys(expected).sort());
  for (const [name, [type, ...labels]] of Object.entries(expected)) {
    t.equal(types.get(name), type, name);
    const series = new RegExp(`^${name}${type === "histogram" ? "_count" : ""}(?:\\{(.*)\\})? `, "m").exec(text);
    const found = [...(series?.[1] ?? "").matchAll(/(\w+)="/g)].map(([, label]) => label);
    t.strictSame(found, labels, name);
  }
});

t.test("createReloaderMetrics() starts at 0, with few series, and none for namespaces unless asked for", async (t) => {
  const { registry, figures } = bench();
  t.strictSame(await figures(), []);
  const text = await registry.render();
  t.notMatch(text, /by_namespace/);
  for (const { kind } of workloadKinds) {
    t.match(text, `reloader_action_total{workload_kind="${kind}",result="error"} 0\n`);
  }
  const count = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  t.ok(count < 400, `${count} series`);
});

t.test("restarted() and failed() count attempts", async (t) => {
  const { metrics, figures } = bench();
  metrics.restarted({ workload: web, seconds: 3.5 });
  metrics.restarted({ workload: web, seconds: undefined });
  metrics.failed({ kind: { kind: "StatefulSet" }, namespace: "shop" });
  t.strictSame(await figures(), [
    'reloader_reload_executed_total{success="true"} 2',
    'reloader_reload_executed_total{success="false"} 1',
    "reloader_reload_errors_total 1",
    'reloader_action_total{workload_kind="Deployment",result="success"} 2',
    'reloader_action_total{workload_kind="StatefulSet",result="error"} 1',
    'reloader_action_latency_seconds_sum{workload_kind="Deployment"} 3.5',
    'reloader_action_latency_seconds_count{workload_kind="Deployment"} 1',
  ]);
});

t.test("restarted() and failed() also count by namespace if that is asked for", async (t) => {
  const { metrics, figures } = bench({ byNamespace: true });
  metrics.restarted({ workload: web, seconds: undefined });
  metrics.restarted({ workload: { ...web, namespace: "billing" }, seconds: undefined });
  metrics.failed(web);
  const name = "reloader_reload_executed_total_by_namespace";
  t.strictSame(
    (await figures()).filter((line) => line.startsWith(name)),
    [
      `${name}{success="true",namespace="shop"} 1`,
      `${name}{success="true",namespace="billing"} 1`,
      `${name}{success="false",namespace="shop"} 1`,
    ],
  );
});

t.test("reconciled() counts each look once, and what failed as an error that is retried", async (t) => {
  const { metrics, figures } = bench();
  for (const outcome of ["advanced", "recorded"] as const) metrics.reconciled(outcome, 0.25);
  for (const outcome of ["unchanged", "waiting", "blocked", "suspended"] as const) metrics.reconciled(outcome, 0.5);
  for (const outcome of ["rejected", "error"] as const) metrics.reconciled(outcome, 1);
  const duration = "reloader_reconcile_duration_seconds";
  t.strictSame(
    (await figures()).sort(),
    [
      'reloader_reconcile_total{result="success"} 2',
      'reloader_reconcile_total{result="error"} 2',
      'reloader_reconcile_total{result="skipped"} 4',
      ...[`${duration}_count{result="success"} 2`, `${duration}_sum{result="success"} 0.5`],
      ...[`${duration}_count{result="error"} 2`, `${duration}_sum{result="error"} 2`],
      ...[`${duration}_count{result="skipped"} 4`, `${duration}_sum{result="skipped"} 2`],
      'reloader_skipped_total{reason="strategy_not_updated"} 1',
      'reloader_errors_total{type="handler_error"} 2',
      "reloader_retries_total 2",
    ].sort(),
  );
});

t.test("the queue has adds, a depth and a latency", async (t) => {
  const { metrics, figures } = bench();
  metrics.queued();
  metrics.queued();
  metrics.waited(1_500);
  metrics.showDepth(1);
  t.strictSame((await figures()).sort(), [
    "reloader_workqueue_adds_total 2",
    "reloader_workqueue_depth 1",
    "reloader_workqueue_latency_seconds_count 1",
    "reloader_workqueue_latency_seconds_sum 1.5",
  ]);
});
