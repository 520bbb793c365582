import t from "tap";
import { resourceName } from "../../../src/core/object-ref.ts";
import { createWorkloadKinds, parseCustomWorkload, workloadKinds } from "../../../src/core/workload-kinds.ts";
import { createControllerMetrics } from "../../../src/observe/controller-metrics.ts";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";

t.test("createControllerMetrics() starts every figure at 0, for every kind of the table", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  createControllerMetrics(registry, workloadKinds);
  const values = (await registry.render()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const row of workloadKinds) {
    t.ok(values.includes(`restamp_rollouts_total{kind="${row.kind}"} 0`), row.kind);
    const resource = resourceName(row);
    t.ok(values.includes(`restamp_watch_errors_total{resource="${resource}"} 0`), resource);
  }
  t.strictSame(
    values.filter((line) => !line.startsWith("restamp_") || !line.endsWith(" 0")),
    [],
  );
  t.ok(values.length < 400, "the number of series stays small");
});

t.test("createControllerMetrics() takes kinds that an operator configured", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  const custom = ["example.com/v1/widgets/Widget", "apps.example.com/v1/statefulsets/StatefulSet"].map((text) => {
    const kind = parseCustomWorkload(text);
    if ("problem" in kind) throw new Error(kind.problem);
    return kind;
  });
  createControllerMetrics(registry, createWorkloadKinds({ customWorkloads: custom }).all);
  const text = await registry.render();
  t.match(text, /^restamp_rollouts_total\{kind="Widget"\} 0$/m);
  t.match(text, /^restamp_watch_errors_total\{resource="statefulsets.apps.example.com"\} 0$/m);
  t.equal(text.match(/^restamp_rollouts_total\{kind="StatefulSet"\}/gm)?.length, 1, "one figure for a name");
});

t.test("watches counts listings after the first as restarts", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  const { watches } = createControllerMetrics(registry, workloadKinds);
  watches.listed("secrets");
  watches.listed("secrets");
  watches.failed("configmaps");
  watches.event("secrets", "modified");
  const text = await registry.render();
  t.match(text, /^restamp_watch_restarts_total\{resource="secrets"\} 1$/m);
  t.match(text, /^restamp_watch_errors_total\{resource="configmaps"\} 1$/m);
  t.match(text, /^restamp_watch_events_total\{resource="secrets",type="modified"\} 1$/m);
});
