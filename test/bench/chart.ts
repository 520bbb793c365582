import type { Judged } from "./measurement.ts";
import { number, type ScenarioResult } from "./report.ts";

const width = 960;
const left = 470;
const rowHeight = 22;
/** A bar ends here at the latest; the goal is at two thirds of the plot. */
const mostShown = 1.5;
const goalAt = left + (width - left - 90) / mostShown;

/** The share of its goal that each figure uses up, as SVG: what ends left of the line meets it. */
export function resultsChart(results: readonly ScenarioResult[], about: string): string {
  const rows = results.flatMap(({ name, measurements }) =>
    measurements.flatMap((each) => (each.used === undefined ? [] : [{ name, each, used: each.used }])),
  );
  const height = 60 + rows.length * rowHeight;
  const bars = rows.map(({ name, each, used }, index) => {
    const y = 44 + index * rowHeight;
    const length = (goalAt - left) * Math.min(used, mostShown);
    const color = used <= 1 ? "#2f855a" : "#c53030";
    return [
      text({ x: left - 8, y: y + 12, anchor: "end" }, `${name}: ${each.case}, ${each.figure}`),
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="14" fill="${color}"/>`,
      text({ x: left + length + 6, y: y + 12 }, labelOf(each)),
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    text({ x: 12, y: 20 }, `Share of its goal that each figure uses up; the line is the goal. ${about}`),
    `<line x1="${goalAt}" y1="36" x2="${goalAt}" y2="${height - 12}" stroke="#555" stroke-dasharray="4 3"/>`,
    ...bars,
    "</svg>\n",
  ].join("\n");
}

function labelOf({ median, unit }: Judged): string {
  return unit === "" ? number(median) : `${number(median)} ${unit}`;
}

function text({ x, y, anchor = "start" }: { x: number; y: number; anchor?: "start" | "end" }, content: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}
