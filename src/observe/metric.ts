import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/**
 * The values that each label of a metric may have: known beforehand, so that series cannot multiply. `any`: known only when
 * they come; for what something else bounds, such as HTTP statuses, or what an operator has asked for.
 */
export type LabelSet = Readonly<Record<string, readonly string[] | "any">>;

/** One value for each label. */
export type Labels<L extends LabelSet> = { readonly [Name in keyof L]: ValueOf<L[Name]> };
type ValueOf<Values extends readonly string[] | "any"> = Values extends readonly string[] ? Values[number] : string;

/** What is said about every metric. `help` says what the figure means for the reader, and what to do. */
export interface MetricText {
  readonly name: string;
  readonly help: string;
}

/** A count that only grows. */
export interface CounterOf<L extends LabelSet> {
  inc(labels: Labels<L>, by?: number): void;
}

/** A figure that goes up and down. */
export interface GaugeOf<L extends LabelSet> {
  set(labels: Labels<L>, value: number): void;
  /** For a gauge with one label: sets every value of it, those that `values` lacks to 0. */
  setAll(values: ReadonlyMap<string, number>): void;
}

/** A distribution of durations in seconds. */
export interface HistogramOf<L extends LabelSet> {
  observe(labels: Labels<L>, seconds: number): void;
}

/** The metrics of one process. */
export interface MetricsRegistry {
  /** Every series whose labels are known starts at 0. Without labels: `inc({})`. */
  counter<const L extends LabelSet>(metric: MetricText, labels: L): CounterOf<L>;
  gauge<const L extends LabelSet>(metric: MetricText, labels: L): GaugeOf<L>;
  histogram<const L extends LabelSet>(
    metric: MetricText & { readonly buckets: readonly number[] },
    labels: L,
  ): HistogramOf<L>;
  /** Called before each scrape: the place to set gauges that cost something to keep current. Must not throw. */
  beforeScrape(update: () => void): void;
  /** Everything, in the Prometheus text format. */
  render(): Promise<string>;
  /** The value of the `Content-Type` header for {@link MetricsRegistry.render}. */
  readonly contentType: string;
}

/** An empty registry, but for what Node tells about the process. */
export function createMetricsRegistry(
  options: { readonly processMetrics: boolean } = { processMetrics: true },
): MetricsRegistry {
  const registry = new Registry();
  // Every 50 ms the delay of the event loop is looked at: 0.07 % of a core; the default, 10 ms, costs 0.34 %, idle or not.
  const eventLoopMonitoringPrecision = 50;
  if (options.processMetrics) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision });
  const updates: (() => void)[] = [];
  const configuration = ({ name, help }: MetricText, labels: LabelSet) => ({
    name,
    help,
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  return {
    counter: (metric, labels) => {
      const counter = new Counter(configuration(metric, labels));
      for (const series of everySeries(labels)) counter.inc(series, 0);
      return { inc: (series, by = 1) => counter.inc(series, by) };
    },
    gauge: (metric, labels) => {
      const gauge = new Gauge(configuration(metric, labels));
      for (const series of everySeries(labels)) gauge.set(series, 0);
      return {
        set: (series, value) => gauge.set(series, value),
        setAll: (values) => {
          for (const series of everySeries(labels)) gauge.set(series, values.get(Object.values(series)[0] ?? "") ?? 0);
        },
      };
    },
    histogram: (metric, labels) => {
      const histogram = new Histogram({ ...configuration(metric, labels), buckets: [...metric.buckets] });
      for (const series of everySeries(labels)) histogram.zero(series);
      return { observe: (series, seconds) => histogram.observe(series, seconds) };
    },
    beforeScrape: (update) => {
      updates.push(update);
    },
    render: () => {
      for (const update of updates) update();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** All combinations of label values, as far as they are known; one empty combination if there are no labels. */
function everySeries(labels: LabelSet): readonly Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (series, [name, values]) =>
      values === "any" ? [] : series.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
