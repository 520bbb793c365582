import { idleFlags } from "./flags.ts";
import { describeDefault, describeFlag } from "./help.ts";
import { environmentName, type OptionRow, optionGroups } from "./option-row.ts";
import { optionTable, rowsOf } from "./table.ts";

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

/**
 * What `restamp reloader` makes of Reloader's flags and variables, and where its defaults are not those of
 * `restamp controller`, as Markdown tables. Ends with a line break.
 */
export function reloaderMarkdown(): string {
  const rows = rowsOf("reloader").filter((row) => row.reloader !== undefined);
  const spelled = rows.filter(({ reloader }) => reloader?.flags !== undefined || reloader?.environment !== undefined);
  const others = rows.filter((row) => !spelled.includes(row));
  return [
    "| Reloader | restamp | default of `restamp reloader` | of `restamp controller` | meaning |",
    "|---|---|---|---|---|",
    ...spelled.map((row) => [reloaderNames(row), ...bothDefaults(row), row.help]).map(tableRow),
    ...idleFlags.map(({ name, why }) => tableRow([code(`--${name}`), "none", "", "", `No effect: ${why}`])),
    "",
    "Other defaults:",
    "",
    "| restamp | default of `restamp reloader` | of `restamp controller` | meaning |",
    "|---|---|---|---|",
    ...others.map((row) => tableRow([...bothDefaults(row), row.help])),
    "",
  ].join("\n");
}

function reloaderNames({ reloader }: OptionRow): string {
  const flags = (reloader?.flags ?? []).map((name) => code(`--${name}`));
  return [...flags, ...(reloader?.environment ?? []).map(code)].join(" ");
}

function bothDefaults(row: OptionRow): readonly string[] {
  const plain = optionTable.find(({ name }) => name === row.name) ?? row;
  return [code(describeFlag(row)), defaultText(row), defaultText(plain)];
}

function defaultText(row: OptionRow): string {
  return row.default ? code(row.default) : describeDefault(row);
}

function line(row: OptionRow): string {
  const meaning = row.why === undefined ? row.help : `${row.help}. ${row.why}`;
  const cells = [
    `${code(describeFlag(row))} ${code(environmentName(row))}`,
    defaultText(row),
    row.commands.join(", "),
    meaning,
  ];
  return tableRow(cells);
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
