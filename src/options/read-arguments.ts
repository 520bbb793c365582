import { parseArgs } from "node:util";
import type { Command, OptionRow } from "./option-row.ts";
import { listed } from "./option-row.ts";
import { suggest } from "./suggest.ts";
import { optionTable, rowsOf } from "./table.ts";

/** What the command line says, before any value is looked at. */
export interface ReadArguments {
  /** Text by option name; of an option given twice the last, of a list all of them. */
  readonly given: ReadonlyMap<string, string>;
  readonly help: boolean;
  readonly printConfig: boolean;
  /** One line each: what is wrong and what to write instead. */
  readonly problems: readonly string[];
}

/** Flags that every command has beside its rows. */
export const standardFlags = [
  { name: "print-config", help: "Show every option's value and where it came from, and end" },
  { name: "help", help: "Show this text, and end (also -h)" },
] as const;

interface Draft {
  readonly command: Command;
  readonly rows: ReadonlyMap<string, OptionRow>;
  readonly given: Map<string, string>;
  readonly standard: Set<string>;
  readonly problems: string[];
}

/** Reads `--name value`, `--name=value`, and `--name` or `--no-name` of booleans. Never throws. */
export function readArguments(command: Command, argv: readonly string[]): ReadArguments {
  const rows = new Map(rowsOf(command).map((row) => [row.name, row]));
  const draft: Draft = { command, rows, given: new Map(), standard: new Set(), problems: [] };
  let afterUnknown = false;
  for (const token of tokensOf(rows, withoutMissingValues(draft, argv))) {
    if (token.kind === "option") afterUnknown = !readOption(draft, token) && token.value === undefined;
    if (token.kind !== "positional") continue;
    // The value of an unknown flag has been reported with it.
    if (!afterUnknown) draft.problems.push(`Unexpected argument "${token.value}": options are written --name=value`);
    afterUnknown = false;
  }
  const { given, standard, problems } = draft;
  return { given, problems, help: standard.has("help"), printConfig: standard.has("print-config") };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function tokensOf(rows: ReadonlyMap<string, OptionRow>, argv: readonly string[]) {
  const types = [...rows.values()].map(({ name, type }) => [name, { type: kindOf(type) }] as const);
  const standard = { help: { type: "boolean", short: "h" }, "print-config": { type: "boolean" } } as const;
  return parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries(types), ...standard },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function kindOf(type: OptionRow["type"]): "boolean" | "string" {
  return type === "boolean" ? "boolean" : "string";
}

/** Takes one flag into the draft; `false` if there is no such flag. */
function readOption(draft: Draft, token: OptionToken): boolean {
  if (standardFlags.some(({ name }) => name === token.name)) {
    draft.standard.add(token.name);
    return true;
  }
  const row = draft.rows.get(token.name);
  const negated = draft.rows.get(token.name.replace(/^no-/, ""));
  if (row !== undefined) readGiven(draft, row, token);
  else if (negated?.type === "boolean" && token.value === undefined) draft.given.set(negated.name, "false");
  else draft.problems.push(unknownFlag(draft, token.rawName));
  return row !== undefined || negated?.type === "boolean";
}

function readGiven({ given }: Draft, row: OptionRow, token: OptionToken): void {
  const value = token.value ?? "true";
  const former = row.type === "names" ? given.get(row.name) : undefined;
  given.set(row.name, former === undefined ? value : `${former},${value}`);
}

/** The arguments but for flags whose value was forgotten: parseArgs would take the next flag for it. */
function withoutMissingValues({ rows, problems }: Draft, argv: readonly string[]): readonly string[] {
  return argv.filter((argument, index) => {
    const row = argument.startsWith("--") ? rows.get(argument.slice(2)) : undefined;
    if (row === undefined || row.type === "boolean") return true;
    const isGiven = argv[index + 1]?.startsWith("--") === false;
    if (!isGiven) problems.push(`--${row.name} has no value: write --${row.name}=VALUE`);
    return isGiven;
  });
}

function unknownFlag({ command, rows }: Draft, rawName: string): string {
  const name = rawName.replace(/^-+/, "");
  const other: OptionRow | undefined = optionTable.find((row) => row.name === name);
  if (other !== undefined) {
    const owners = listed(other.commands.map((owner) => `"restamp ${owner}"`));
    return `Unknown option ${rawName}: it belongs to ${owners}; leave it out`;
  }
  const near = suggest(name, [...rows.keys(), ...standardFlags.map((flag) => flag.name)]);
  const advice = near === undefined ? `see "restamp ${command} --help"` : `did you mean --${near}?`;
  return `Unknown option ${rawName}: ${advice}`;
}
