import { describeEntry } from "../src/core/comparison-reasons.ts";
import type { ComparisonRow } from "../src/core/comparison-rows.ts";
import { formatDuration } from "../src/core/duration.ts";
import { describeObject } from "../src/core/object-ref.ts";
import type { ComparisonReport } from "./comparison-report.ts";

/** Equal rows of one workload, which read as one. */
interface TextRow {
  readonly row: ComparisonRow;
  reloader: number;
  restamp: number;
  last: number;
}

/** Longer names are cut. */
const widest = 44;

const headings = ["WORKLOAD", "RESTARTED BY", "TIMES", "LAST (UTC)", "SOURCE", "WHY"] as const;

/** The comparison as a table with its totals, for readers. Ends with a line break. */
export function reportText(report: ComparisonReport): string {
  const rows = textRows(report.rows);
  const period = `${time(report.since)} to ${time(report.until)} UTC (${formatDuration(report.until - report.since)})`;
  const lines = [`Restarts from ${period}`, ""];
  if (rows.length === 0) lines.push("None.");
  else lines.push(...table([headings, ...rows.map(cells)]));
  lines.push("", totalsText(report));
  for (const note of report.notes) lines.push("", `Note: ${note}.`.replace(/\?\.$/, "?"));
  return `${lines.join("\n")}\n`;
}

/** The comparison for programs: one JSON object, times in RFC 3339. Ends with a line break. */
export function reportJson({ since, until, windowMs, rows, totals, notes }: ComparisonReport): string {
  const iso = (ms: number): string => new Date(ms).toISOString();
  const report = {
    ...{ since: iso(since), until: iso(until), window: formatDuration(windowMs), totals, notes },
    rows: rows.map((row) => ({ ...row, at: iso(row.at) })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** `Reloader restarted 12 times, restamp would have 7 times: 5 of Reloader's were needless, 2 it missed, 1 is open.` */
function totalsText({ totals }: ComparisonReport): string {
  const { reloader, restamp, needless, missed, open } = totals;
  const said = [
    `${needless} of Reloader's needless`,
    `${missed} missed by it`,
    ...(open > 0 ? [`${open} not clear`] : []),
  ];
  return `Reloader restarted ${times(reloader)}, restamp would have ${times(restamp)}: ${said.join(", ")}.`;
}

function textRows(rows: readonly ComparisonRow[]): readonly TextRow[] {
  const merged = new Map<string, TextRow>();
  for (const row of rows) {
    const { workload, verdict, finding, why, sources } = row;
    const key = JSON.stringify([workload.kind, workload.namespace, workload.name, verdict, finding, why, sources]);
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { row, reloader: row.reloader, restamp: row.restamp, last: row.at });
    } else {
      known.reloader += row.reloader;
      known.restamp += row.restamp;
      known.last = Math.max(known.last, row.at);
    }
  }
  return [...merged.values()];
}

function cells({ row, reloader, restamp, last }: TextRow): readonly string[] {
  const who = { both: "both", "only-reloader": "only Reloader", "only-restamp": "only restamp" }[row.verdict];
  const count =
    reloader > 0 && restamp > 0 && reloader !== restamp ? `${reloader}:${restamp}` : `${Math.max(reloader, restamp)}`;
  const sources = row.sources.length === 0 ? "not known" : row.sources.map(describeEntry).join(", ");
  const name = describeObject(row.workload);
  const why =
    row.finding === "missed" ? `missed: ${row.why}` : row.finding === "needless" ? `needless: ${row.why}` : row.why;
  return [cut(name), who, count, time(last), cut(sources), why];
}

/** The last column is as wide as it is: a terminal breaks it, and whatever reads it further needs all of it. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function cut(text: string): string {
  return text.length <= widest ? text : `${text.slice(0, widest - 1)}…`;
}

function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
