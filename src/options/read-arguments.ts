import { parseArgs } from "node:util";
import { type Flag, flagsOf } from "./flags.ts";
import type { Given, GivenOptions } from "./given.ts";
import { type CalledCommand, listed, type OptionRow } from "./option-row.ts";
import { isList } from "./reloader-text.ts";
import { suggest } from "./suggest.ts";
import { optionTable } from "./table.ts";

/** What the command line says, before any value is looked at. */
export interface ReadArguments {
  /** Of an option given twice the last, of a list all of them. */
  readonly given: GivenOptions;
  readonly help: boolean;
  readonly printConfig: boolean;
  /** One line each: what is wrong and what to write instead. */
  readonly problems: readonly string[];
  /** One line each: what was given, and does less than somebody may expect. */
  readonly warnings: readonly string[];
}

/** Flags that every command has beside its rows. */
export const standardFlags = [
  { name: "print-config", help: "Show every option's value and where it came from, and end" },
  { name: "help", help: "Show this text, and end (also -h)" },
] as const;

interface Draft {
  readonly command: CalledCommand;
  readonly flags: ReadonlyMap<string, Flag>;
  readonly given: Map<string, Given>;
  readonly standard: Set<string>;
  readonly problems: string[];
  readonly warnings: string[];
}

/**
 * Reads `--name value`, `--name=value`, and `--name` or `--no-name` of booleans, and for `reloader` Reloader's flags as
 * well. Never throws.
 */
export function readArguments(command: CalledCommand, argv: readonly string[]): ReadArguments {
  const flags = flagsOf(command);
  const draft: Draft = { command, flags, given: new Map(), standard: new Set(), problems: [], warnings: [] };
  let afterUnknown = false;
  for (const token of tokensOf(flags, withValuesJoined(draft, argv))) {
    if (token.kind === "option") afterUnknown = !readOption(draft, token) && token.value === undefined;
    if (token.kind !== "positional") continue;
    // The value of an unknown flag has been reported with it.
    if (!afterUnknown) draft.problems.push(`Unexpected argument "${token.value}": options are written --name=value`);
    afterUnknown = false;
  }
  const { given, standard, problems, warnings } = draft;
  return { given, problems, warnings, help: standard.has("help"), printConfig: standard.has("print-config") };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

function tokensOf(flags: ReadonlyMap<string, Flag>, argv: readonly string[]) {
  // All values are joined to their flags already.
  const types = [...flags.keys()].map((name) => [name, { type: "boolean" }] as const);
  const standard = { help: { type: "boolean", short: "h" }, "print-config": { type: "boolean" } } as const;
  return parseArgs({
    args: [...argv],
    options: { ...Object.fromEntries(types), ...standard },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Takes one flag into the draft; `false` if there is no such flag. */
function readOption(draft: Draft, token: OptionToken): boolean {
  if (standardFlags.some(({ name }) => name === token.name)) {
    draft.standard.add(token.name);
    return true;
  }
  const flag = draft.flags.get(token.name);
  const negated = draft.flags.get(token.name.replace(/^no-/, ""))?.row;
  if (flag !== undefined) readGiven(draft, flag, token);
  else if (negated?.type === "boolean" && token.value === undefined)
    draft.given.set(negated.name, { text: "false", label: token.rawName });
  else draft.problems.push(unknownFlag(draft, token.rawName));
  return flag !== undefined || negated?.type === "boolean";
}

function readGiven({ given, problems, warnings }: Draft, { name, row, read }: Flag, token: OptionToken): void {
  const value = token.value ?? "true";
  const label = `--${name}`;
  const found = read(value);
  if ("problem" in found) {
    problems.push(`${label} "${value}": ${found.problem}`);
    return;
  }
  if (found.warning !== undefined) warnings.push(`${label} "${value}" ${found.warning}`);
  if (row === undefined) return;
  const former = isList(row) ? given.get(row.name)?.text : undefined;
  given.set(row.name, { text: former === undefined ? found.text : `${former},${found.text}`, label });
}

/** The arguments, with each value joined to its flag by `=`; a flag whose value was forgotten is reported and left out. */
function withValuesJoined({ flags, problems }: Draft, argv: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    const flag = argument.startsWith("--") ? flags.get(argument.slice(2)) : undefined;
    const next = argv[index + 1];
    const hasValue = flag !== undefined && flag.takesNext !== "never" && next?.startsWith("--") === false;
    if (hasValue) {
      joined.push(`${argument}=${next}`);
      index++;
    } else if (flag?.takesNext === "always") problems.push(`${argument} has no value: write ${argument}=VALUE`);
    else joined.push(argument);
  }
  return joined;
}

function unknownFlag({ command, flags }: Draft, rawName: string): string {
  const name = rawName.replace(/^-+/, "");
  const other: OptionRow | undefined = optionTable.find((row) => row.name === name);
  if (other !== undefined) {
    const owners = listed(other.commands.map((owner) => `"restamp ${owner}"`));
    const longer = [...flags.keys()].find((flag) => flag.includes(name));
    const advice = longer === undefined ? "leave it out" : `did you mean --${longer}?`;
    return `Unknown option ${rawName}: it belongs to ${owners}; ${advice}`;
  }
  const near = suggest(name, [...flags.keys(), ...standardFlags.map((flag) => flag.name)]);
  const advice = near === undefined ? `see "restamp ${command} --help"` : `did you mean --${near}?`;
  return `Unknown option ${rawName}: ${advice}`;
}
