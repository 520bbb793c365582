import { describeGoal, type Judged } from "./measurement.ts";

/** The measurements of one scenario. */
export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly measurements: readonly Judged[];
}

/** The results as Markdown tables, one under each heading. Ends with a line break. */
export function resultsMarkdown(results: readonly ScenarioResult[]): string {
  return results
    .flatMap(({ title, measurements }) => [
      `### ${title}`,
      "",
      "| case | figure | subject | median | least to most | × floor | goal | |",
      "|---|---|---|--:|--:|--:|---|---|",
      ...measurements.map(row),
      "",
    ])
    .join("\n");
}

function row(each: Judged): string {
  const { unit, values, median, least, most, ratio, goals = [], used } = each;
  const spread = values.length === 1 ? "" : `${number(least)} to ${number(most)}`;
  const cells = [
    ...[each.case, each.figure, each.subject],
    ...[`${number(median)}${unit === "" ? "" : ` ${unit}`}`, spread, ratio === undefined ? "" : ratio.toFixed(2)],
    ...[
      goals.map((goal) => describeGoal(goal, unit)).join(", "),
      used === undefined ? "" : used <= 1 ? "met" : "**missed**",
    ],
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Three digits that say something; no more than that is measured. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "?";
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}
