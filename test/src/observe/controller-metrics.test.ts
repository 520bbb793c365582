import t from "tap";
import { workloadKinds } from "../../../src/core/workload-kinds.ts";
import { createControllerMetrics } from "../../../src/observe/controller-metrics.ts";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";

t.test("createControllerMetrics() starts every figure at 0, for every kind of the table", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  createControllerMetrics(registry);
  const values = (await registry.render()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const { kind, resource } of workloadKinds) {
    t.ok(values.includes(`restamp_rollouts_total{kind="${kind}"} 0`), kind);
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
  createControllerMetrics(registry, { workloadKinds: ["Widget"], resources: ["widgets"] });
  t.match(await registry.render(), /^restamp_rollouts_total\{kind="Widget"\} 0$/m);
});

t.test("watches counts listings after the first as restarts", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  const { watches } = createControllerMetrics(registry);
  watches.listed("secrets");
  watches.listed("secrets");
  watches.failed("configmaps");
  watches.event("secrets", "modified");
  const text = await registry.render();
  t.match(text, /^restamp_watch_restarts_total\{resource="secrets"\} 1$/m);
  t.match(text, /^restamp_watch_errors_total\{resource="configmaps"\} 1$/m);
  t.match(text, /^restamp_watch_events_total\{resource="secrets",type="modified"\} 1$/m);
});
