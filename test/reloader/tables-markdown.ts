import type { CompatibilityRow, CompatibilityTable } from "./row.ts";

const verdicts: Readonly<Record<CompatibilityRow["verdict"], string>> = {
  same: "same",
  better: "better",
  different: "**different**",
  missing: "**not there**",
};

/** The tables as Markdown, one under each heading; each row names the test that shows it. Ends with a line break. */
export function tablesMarkdown(tables: readonly CompatibilityTable[]): string {
  return tables
    .flatMap(({ subject, rows }) => [
      `#### ${subject}`,
      "",
      "| Reloader | restamp | what is better or different, and how to have it Reloader's way | shown by |",
      "|---|---|---|---|",
      ...rows.map(line),
      "",
    ])
    .join("\n");
}

/** How many rows there are of each verdict, in words. */
export function tablesSummary(tables: readonly CompatibilityTable[]): string {
  const rows = tables.flatMap((table) => table.rows);
  const count = (verdict: CompatibilityRow["verdict"]): number => rows.filter((row) => row.verdict === verdict).length;
  return `Of ${rows.length} behaviors, ${count("same")} are the same, ${count("better")} are better, ${count("different")} are different on purpose, and ${count("missing")} are not there.\n`;
}

function line({ feature, verdict, note, restore, test }: CompatibilityRow): string {
  const remark = [note, restore === undefined ? undefined : `Reloader's way: ${restore}`].filter(Boolean).join(" ");
  const proof = test === undefined ? "" : `[${test.file.replace(/^test\//, "")}](${test.file})`;
  return `| ${[feature, verdicts[verdict], remark, proof].map(cell).join(" | ")} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
