import { accessSync, constants, statSync } from "node:fs";
import { type Command, environmentName, type OptionRow, printValue, propertyName, readValue } from "./option-row.ts";
import type { ComputedDefaults } from "./pod-identity.ts";
import { readArguments } from "./read-arguments.ts";
import { readEnvironment } from "./read-environment.ts";
import { brokenRules } from "./rules.ts";
import { type Options, rowsOf } from "./table.ts";

/** Where options are read from. */
export interface OptionsInput {
  /** The arguments after the sub-command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly computed: ComputedDefaults;
}

/** The effective value of one option. */
export interface Setting {
  readonly row: OptionRow;
  /** `undefined` if it was not given and has no default. */
  readonly value: unknown;
  /** `flag`, `environment RESTAMP_X`, `default`, or where a computed default was found. */
  readonly source: string;
}

/** What became of the options of a command. */
export type LoadedOptions<C extends Command> =
  | { readonly kind: "help" }
  | { readonly kind: "problems"; readonly problems: readonly string[]; readonly warnings: readonly string[] }
  | {
      readonly kind: "options";
      readonly options: Options<C>;
      readonly settings: readonly Setting[];
      readonly warnings: readonly string[];
      /** Asked to show the settings and end. */
      readonly printConfig: boolean;
    };

/** Flag before environment before default; all problems are found together. Rejects never. */
export async function loadOptions<C extends Command>(command: C, input: OptionsInput): Promise<LoadedOptions<C>> {
  const flags = readArguments(command, input.argv);
  if (flags.help) return { kind: "help" };
  const environment = readEnvironment(input.env);
  const given = (name: string) => flags.given.get(name) ?? environment.given.get(name);
  const settings: Setting[] = [];
  const problems = [...flags.problems];
  for (const row of rowsOf(command)) {
    const origin = originOf(row, flags.given, environment.given) ?? (await defaultOf(row, command, input, given));
    const read = origin.text === undefined ? { value: undefined } : checkValue(row, origin.text);
    if ("value" in read) settings.push({ row, value: read.value, source: origin.source });
    else problems.push(`${origin.label} "${origin.text}": ${read.problem}`);
  }
  problems.push(...brokenRules(ruledValues(settings)));
  const { warnings } = environment;
  if (problems.length > 0) return { kind: "problems", problems, warnings };
  return { kind: "options", options: typed<C>(settings), settings, warnings, printConfig: flags.printConfig };
}

/** The options of a command with nothing given, and `overrides` in their place. For tests and embedding. */
export function defaultOptions<C extends Command>(command: C, overrides: Partial<Options<C>> = {}): Options<C> {
  const settings = rowsOf(command).map((row) => {
    const text = row.computed === "namespace" ? "restamp-system" : (row.default ?? row.computed);
    const read = text === undefined ? { value: undefined } : readValue(row, text);
    return { row, value: "value" in read ? read.value : undefined, source: "default" };
  });
  const options: Options<C> = Object.assign({}, typed<C>(settings), overrides);
  Object.freeze(options);
  return options;
}

interface Origin {
  readonly text: string | undefined;
  readonly source: string;
  /** Names the source in a problem. */
  readonly label: string;
}

type Given = ReadonlyMap<string, string>;

function originOf(row: OptionRow, flags: Given, environment: Given): Origin | undefined {
  const flag = flags.get(row.name);
  if (flag !== undefined) return { text: flag, source: "flag", label: `--${row.name}` };
  const variable = environment.get(row.name);
  const label = environmentName(row);
  return variable === undefined ? undefined : { text: variable, source: `environment ${label}`, label };
}

async function defaultOf(
  row: OptionRow,
  command: Command,
  { computed }: OptionsInput,
  given: (name: string) => string | undefined,
): Promise<Origin> {
  if (row.computed === undefined) return { text: row.default, source: "default", label: `Default of --${row.name}` };
  const found = await computed[row.computed]({ command, kubeconfig: given("kubeconfig") });
  return { ...found, label: `--${row.name} (from ${found.source})` };
}

function checkValue(row: OptionRow, text: string): { value: unknown } | { problem: string } {
  const read = readValue(row, text);
  const unreadable = row.type === "file" && "value" in read ? whyUnreadable(text) : undefined;
  return unreadable === undefined ? read : { problem: `${unreadable}; write the path of a readable file` };
}

function whyUnreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile() ? undefined : "not a file";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return code === "ENOENT" ? "no such file" : `cannot be read (${code})`;
  }
}

function ruledValues(settings: readonly Setting[]) {
  return new Map(
    settings.map(({ row, value }) => [row.name, { value, text: value === undefined ? "" : printValue(row, value) }]),
  );
}

/** Sound: `settings` has a value of the row's type for every row of the command, which is what `Options` says. */
function typed<C extends Command>(settings: readonly Setting[]): Options<C> {
  return Object.freeze(
    Object.fromEntries(settings.map(({ row, value }) => [propertyName(row), value])),
  ) as unknown as Options<C>;
}
