import t from "tap";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";

function registry() {
  return createMetricsRegistry({ processMetrics: false });
}

t.test("counter() starts every series at 0 and counts", async (t) => {
  const metrics = registry();
  const counter = metrics.counter({ name: "a_total", help: "Help." }, { x: ["1", "2"], y: ["u", "v"] });
  counter.inc({ x: "1", y: "v" });
  counter.inc({ x: "2", y: "v" }, 3);
  const text = await metrics.render();
  t.match(text, /^# HELP a_total Help\.$/m);
  for (const line of ['x="1",y="u"} 0', 'x="1",y="v"} 1', 'x="2",y="u"} 0', 'x="2",y="v"} 3']) {
    t.ok(text.includes(`a_total{${line}\n`), line);
  }
});

t.test("counter() with a label whose values are not known has no series before they come", async (t) => {
  const metrics = registry();
  const counter = metrics.counter({ name: "a_total", help: "Help." }, { x: ["1", "2"], namespace: "any" });
  t.notMatch(await metrics.render(), /^a_total\{/m);
  counter.inc({ x: "1", namespace: "shop" });
  t.strictSame((await metrics.render()).match(/^a_total.*$/gm), ['a_total{x="1",namespace="shop"} 1']);
});

t.test("counter() without labels starts at 0, too", async (t) => {
  const metrics = registry();
  const counter = metrics.counter({ name: "a_total", help: "Help." }, {});
  t.match(await metrics.render(), /^a_total 0$/m);
  counter.inc({});
  t.match(await metrics.render(), /^a_total 1$/m);
});

t.test("gauge() is set, also right before each scrape", async (t) => {
  const metrics = registry();
  const depth = metrics.gauge({ name: "depth", help: "Help." }, {});
  t.match(await metrics.render(), /^depth 0$/m);
  metrics.beforeScrape(() => depth.set({}, 7));
  t.match(await metrics.render(), /^depth 7$/m);
});

t.test("histogram() has its buckets from the start", async (t) => {
  const metrics = registry();
  const seconds = metrics.histogram({ name: "s", help: "Help.", buckets: [0.1, 1] }, { kind: ["a"] });
  t.match(await metrics.render(), /^s_count\{kind="a"\} 0$/m);
  seconds.observe({ kind: "a" }, 0.5);
  const text = await metrics.render();
  t.match(text, /^s_bucket\{le="0\.1",kind="a"\} 0$/m);
  t.match(text, /^s_bucket\{le="1",kind="a"\} 1$/m);
});

t.test("createMetricsRegistry() tells about the process and shares nothing", async (t) => {
  const first = createMetricsRegistry();
  t.match(await first.render(), /^process_resident_memory_bytes \d+$/m);
  t.match(await first.render(), /^nodejs_eventloop_lag_p99_seconds /m);
  t.notMatch(await registry().render(), /process_/);
  t.match(first.contentType, /^text\/plain/);
});
