/** Something that was measured at a time, in seconds. */
export interface Sampled {
  readonly seconds: number;
  readonly value: number;
}

/** By how much the value grows in an hour: the slope of the line with the least squares. Of less than two times it is not a number. */
export function growthPerHour(samples: readonly Sampled[]): number {
  const time = mean(samples.map(({ seconds }) => seconds));
  const value = mean(samples.map((each) => each.value));
  const sum = (of: (each: Sampled) => number): number => samples.reduce((total, each) => total + of(each), 0);
  const slope =
    sum((each) => (each.seconds - time) * (each.value - value)) / sum(({ seconds }) => (seconds - time) ** 2);
  return slope * 3_600;
}

/** The least value of each span of so many seconds, in order. What comes and goes within a span, such as garbage, does not show. */
export function leastOfEach(span: number, samples: readonly Sampled[]): readonly Sampled[] {
  const spans = Map.groupBy(samples, ({ seconds }) => Math.floor(seconds / span));
  return [...spans.values()].map((each) => each.reduce((least, other) => (other.value < least.value ? other : least)));
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
