import type { Setting } from "./load.ts";
import { type Command, environmentName, type OptionRow, optionGroups, printValue } from "./option-row.ts";
import { computedDefaultHelp } from "./pod-identity.ts";
import { standardFlags } from "./read-arguments.ts";
import { rowsOf } from "./table.ts";
import { valueTypes } from "./value-types.ts";

/** The `--help` of a command: every option under its heading, no line longer than `columns` (at least 40). */
export function helpText(command: { readonly name: Command; readonly summary: string }, columns: number): string {
  const width = Math.max(40, columns);
  const rows = rowsOf(command.name);
  const sections = optionGroups.flatMap((group) => {
    const members = rows.filter((row) => row.group === group);
    return members.length === 0 ? [] : [[`${group}:`, ...members.flatMap((row) => rowHelp(row, width))].join("\n")];
  });
  const standard = standardFlags.flatMap(({ name, help }) => [`  --${name}`, ...wrapped(help, width)]);
  return [
    [`Usage: restamp ${command.name} [options]`].join("\n"),
    wrap(command.summary, width).join("\n"),
    wrap(
      "An option is written --name=value or --name value, or set by its environment variable; the flag wins.",
      width,
    ).join("\n"),
    ...sections,
    ["Also:", ...standard].join("\n"),
    "",
  ]
    .join("\n\n")
    .trimEnd()
    .concat("\n");
}

/** The effective settings as flags that could be given, each with where it came from. */
export function settingsText(settings: readonly Setting[]): string {
  const lines = settings.map(({ row, value, source }) => ({ flag: settingFlag(row, value), source }));
  const width = Math.max(...lines.map(({ flag }) => flag.length));
  return lines.map(({ flag, source }) => `${flag.padEnd(width)}  # ${source}\n`).join("");
}

/** The default as a reader should see it. */
export function describeDefault(row: OptionRow): string {
  if (row.computed !== undefined) return computedDefaultHelp[row.computed];
  return row.default || "none";
}

/** `--settle=DURATION`, `--[no-]leader-elect`, `--log-format=json|text`. */
export function describeFlag(row: OptionRow): string {
  if (row.type === "boolean") return `--[no-]${row.name}`;
  return `--${row.name}=${row.choices?.join("|") ?? valueTypes[row.type].placeholder}`;
}

function rowHelp(row: OptionRow, width: number): string[] {
  const limits = [row.min && `at least ${row.min}`, row.max && `at most ${row.max}`].filter(Boolean);
  const facts = [environmentName(row), `default: ${describeDefault(row)}`, ...limits].join("; ");
  return [`  ${describeFlag(row)}`, ...[row.help, row.why, `[${facts}]`].flatMap((line) => wrapped(line, width))];
}

function settingFlag(row: OptionRow, value: unknown): string {
  if (value === undefined) return `# --${row.name} is not set`;
  if (row.type === "boolean") return value === true ? `--${row.name}` : `--no-${row.name}`;
  const text = printValue(row, value);
  return `--${row.name}=${/^[\w@%+=:,./-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`}`;
}

function wrapped(text: string | undefined, width: number): string[] {
  return text === undefined ? [] : wrap(text, width - 6).map((line) => `      ${line}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
