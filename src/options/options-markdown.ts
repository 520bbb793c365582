import { describeDefault, describeFlag } from "./help.ts";
import { environmentName, type OptionRow, optionGroups } from "./option-row.ts";
import { optionTable } from "./table.ts";

/** The options as Markdown tables, one for each heading, as the README has them. Ends with a line break. */
export function optionsMarkdown(): string {
  const rows: readonly OptionRow[] = optionTable;
  return optionGroups
    .flatMap((group) => {
      const members = rows.filter((row) => row.group === group);
      return [
        `### ${group}`,
        "",
        "| flag, variable | default | command | meaning |",
        "|---|---|---|---|",
        ...members.map(line),
        "",
      ];
    })
    .join("\n");
}

function line(row: OptionRow): string {
  const meaning = row.why === undefined ? row.help : `${row.help}. ${row.why}`;
  const cells = [
    `${code(describeFlag(row))} ${code(environmentName(row))}`,
    row.default ? code(row.default) : describeDefault(row),
    row.commands.join(", "),
    meaning,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
