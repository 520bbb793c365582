import t from "tap";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";
import { createWebhookMetrics } from "../../../src/observe/webhook-metrics.ts";

t.test("createWebhookMetrics() starts every figure at 0, each with a help text", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  createWebhookMetrics(registry);
  const lines = (await registry.render()).split("\n").filter((line) => line !== "");
  const values = lines.filter((line) => !line.startsWith("#"));
  t.ok(values.includes('restamp_admissions_total{operation="CREATE",outcome="timeout"} 0'));
  t.ok(values.includes("restamp_certificate_expiry_timestamp_seconds 0"));
  t.strictSame(
    values.filter((line) => !line.startsWith("restamp_") || !line.endsWith(" 0")),
    [],
  );
  const helps = lines.filter((line) => line.startsWith("# HELP"));
  t.ok(helps.length > 5);
  t.strictSame(
    helps.filter((line) => !line.endsWith(".")),
    [],
  );
  t.ok(values.length < 350, "the number of series stays small");
});

t.test("createWebhookMetrics() counts admissions", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  const metrics = createWebhookMetrics(registry);
  metrics.admissions.inc({ operation: "UPDATE", outcome: "carried" });
  metrics.duration.observe({ operation: "UPDATE" }, 0.004);
  const text = await registry.render();
  t.match(text, /^restamp_admissions_total\{operation="UPDATE",outcome="carried"\} 1$/m);
  t.match(text, /^restamp_admission_duration_seconds_bucket\{le="0\.005",operation="UPDATE"\} 1$/m);
});
