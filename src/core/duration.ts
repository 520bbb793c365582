const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration in Go's notation as far as it makes sense here: `300ms`, `3s`, `1.5m`, `1h30m`, `0`.
 * Returns `undefined` for anything else, negative ones included.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number = "", unit = ""] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(number) * (units[unit] ?? 0);
  }
  return Math.round(total);
}

/** The shortest notation that {@link parseDuration} reads back: `1h30m`, `300ms`, `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  if (rest === 0) return "0s";
  let text = "";
  for (const unit of ["h", "m", "s", "ms"]) {
    const size = units[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
