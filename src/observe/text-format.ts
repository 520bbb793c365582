const known = new Set(["level", "time", "version", "pod", "component", "msg", "err"]);

/**
 * A JSON log line as one line for a terminal: `07:30:12.345 INFO  webhook: Certificate reloaded file="…" days=89`,
 * with the stack of an error, if it is there, on the lines below. A line that is not JSON is returned as it is.
 */
export function formatText(line: string): string {
  const fields = parse(line);
  if (fields === undefined) return line;
  const { level, time, component, msg, err } = fields;
  const head = `${String(time).slice(11, 23)} ${String(level).toUpperCase().padEnd(5)} `;
  const where = typeof component === "string" ? `${component}: ` : "";
  const rest = Object.entries(fields)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => ` ${key}=${show(value)}`);
  return `${head}${where}${String(msg ?? "")}${rest.join("")}${errorText(err)}\n`;
}

function errorText(err: unknown, before = ": "): string {
  if (typeof err !== "object" || err === null) return "";
  const { type, message, code, stack, cause } = err as Record<string, unknown>;
  const name = code === undefined ? String(type) : `${String(type)} (${String(code)})`;
  const because = errorText(cause, "; because ").split("\n")[0];
  return `${before}${name}: ${String(message)}${because}${typeof stack === "string" ? `\n${stack}` : ""}`;
}

function show(value: unknown): string {
  return typeof value === "string" && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // for example what a library printed by itself: shown as it is
  }
}
