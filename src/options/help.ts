import { idleFlags } from "./flags.ts";
import type { Setting } from "./load.ts";
import { type CalledCommand, environmentName, type OptionRow, optionGroups, printValue } from "./option-row.ts";
import { computedDefaultHelp } from "./pod-identity.ts";
import { standardFlags } from "./read-arguments.ts";
import { rowsOf } from "./table.ts";
import { valueTypes } from "./value-types.ts";

/** What a command says of itself. */
export interface HelpedCommand {
  readonly name: CalledCommand;
  readonly summary: string;
  /** Paragraphs that only its own help has. */
  readonly details?: readonly string[];
}

/** The `--help` of a command: every option under its heading, no line longer than `columns` (at least 40). */
export function helpText(command: HelpedCommand, columns: number): string {
  const width = Math.max(40, columns);
  const rows = rowsOf(command.name);
  const sections = optionGroups.flatMap((group) => {
    const members = rows.filter((row) => row.group === group);
    const lines = members.flatMap((row) => rowHelp(row, command.name, width));
    return members.length === 0 ? [] : [[`${group}:`, ...lines].join("\n")];
  });
  if (command.name === "reloader") sections.push(idleHelp(width));
  const standard = standardFlags.flatMap(({ name, help }) => [`  --${name}`, ...wrapped(help, width)]);
  return [
    [`Usage: restamp ${command.name} [options]`].join("\n"),
    ...[command.summary, ...(command.details ?? [])].map((text) => wrap(text, width).join("\n")),
    wrap(
      "An option is written --name=value or --name value, or set by its environment variable; the flag wins.",
      width,
    ).join("\n"),
    ...(command.name === "reloader" ? [wrap(spellings, width).join("\n")] : []),
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

/** What `restamp reloader --help` says first. */
const spellings =
  "Both spellings are understood: the name that restamp controller has for an option, and Reloader's, which stands beneath it.";

/** Reloader's flags for an option, but for one that has the very name of restamp's. */
export function otherFlags(row: OptionRow): readonly string[] {
  return (row.reloader?.flags ?? []).filter((name) => name !== row.name);
}

function rowHelp(row: OptionRow, command: CalledCommand, width: number): string[] {
  const limits = [row.min && `at least ${row.min}`, row.max && `at most ${row.max}`].filter(Boolean);
  const [flags, variables] =
    command === "reloader" ? [otherFlags(row), row.reloader?.environment ?? []] : ([[], []] as const);
  const names = [environmentName(row), ...variables].join(", ");
  const facts = [names, `default: ${describeDefault(row)}`, ...limits].join("; ");
  const spelled = [describeFlag(row), ...flags.map((name) => `--${name}`)];
  const words = command === "reloader" ? reloaderWords(row) : undefined;
  return [
    ...spelled.map((flag) => `  ${flag}`),
    ...[row.help, row.why, words, `[${facts}]`].flatMap((line) => wrapped(line, width)),
  ];
}

function reloaderWords({ reloader }: OptionRow): string | undefined {
  const words = Object.entries(reloader?.words ?? {}).map(([theirs, ours]) => `${theirs || "nothing"} for ${ours}`);
  return words.length === 0 ? undefined : `Also ${words.join(", ")}`;
}

function idleHelp(width: number): string {
  const lines = idleFlags.flatMap(({ name, why }) => [`  --${name}`, ...wrapped(why, width)]);
  return ["Accepted without effect:", ...lines].join("\n");
}

function settingFlag(row: OptionRow, value: unknown): string {
  if (value === undefined) return `# --${row.name} is not set`;
  if (row.secret) return `# --${row.name} is set`;
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
