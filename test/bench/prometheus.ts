/** One sample of a metric in the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The samples of one metric, a histogram's series included. Label values with escapes are left as they are.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function samplesOf(text: string, metric: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith(metric)) return [];
    const [, name = "", inner = "", value = ""] = /^([\w:]+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    const labels = Object.fromEntries(
      [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text]),
    );
    return [{ name, labels, value: value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value) }];
  });
}

/** Sums the samples of exactly this name whose labels have these values. */
export function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samplesOf(text, name)
    .filter((each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/**
 * What a histogram counted between two scrapes, as a quantile: interpolated within its bucket, as PromQL's
 * `histogram_quantile` does, in the histogram's own unit.
 */
export function histogramQuantile(
  scrapes: { readonly before: string; readonly after: string },
  histogram: { readonly name: string; readonly labels?: Readonly<Record<string, string>> },
  q: number,
): number {
  const bounds = new Map<number, number>();
  const add = (text: string, sign: 1 | -1): void => {
    for (const { name, labels, value } of samplesOf(text, `${histogram.name}_bucket`)) {
      const isMeant = Object.entries(histogram.labels ?? {}).every(([key, wanted]) => labels[key] === wanted);
      if (name !== `${histogram.name}_bucket` || !isMeant) continue;
      const bound = labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]);
      bounds.set(bound, (bounds.get(bound) ?? 0) + sign * value);
    }
  };
  add(scrapes.after, 1);
  add(scrapes.before, -1);
  const buckets = [...bounds].sort(([one], [other]) => one - other);
  const rank = q * (buckets.at(-1)?.[1] ?? 0);
  let lower = { bound: 0, count: 0 };
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY || count === lower.count) return lower.bound;
      return lower.bound + (bound - lower.bound) * ((rank - lower.count) / (count - lower.count));
    }
    lower = { bound, count };
  }
  return Number.NaN;
}
