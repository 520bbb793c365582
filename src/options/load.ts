import { accessSync, constants, statSync } from "node:fs";
import type { Given } from "./given.ts";
import { type CalledCommand, type OptionRow, printValue, propertyName, readValue } from "./option-row.ts";
import type { ComputedContext, ComputedDefaults } from "./pod-identity.ts";
import { readArguments } from "./read-arguments.ts";
import { readEnvironment } from "./read-environment.ts";
import { readReloaderEnvironment } from "./reloader-environment.ts";
import { brokenRules, idleOptions } from "./rules.ts";
import { type Options, rowsOf } from "./table.ts";
import { valueTypes } from "./value-types.ts";

/** Where options are read from. */
export interface OptionsInput {
  /** The arguments after the sub-command. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly computed: ComputedDefaults;
  /** Why a file is no kubeconfig that can be used, as part of a sentence; `undefined` if it is one. @default all are */
  readonly kubeconfigProblem?: (file: string) => Promise<string | undefined>;
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
export type LoadedOptions<C extends CalledCommand> =
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
export async function loadOptions<C extends CalledCommand>(command: C, input: OptionsInput): Promise<LoadedOptions<C>> {
  const flags = readArguments(command, input.argv);
  if (flags.help) return { kind: "help" };
  const environments = [readEnvironment(input.env)];
  if (command === "reloader") environments.push(readReloaderEnvironment(input.env));
  const sources = [flags.given, ...environments.map(({ given }) => given)];
  const given = (name: string) => sources.find((source) => source.has(name))?.get(name);
  const settings: Setting[] = [];
  const problems = [...flags.problems];
  for (const row of rowsOf(command)) {
    const found = given(row.name);
    const origin =
      found === undefined
        ? await defaultOf(row, { command, kubeconfig: given("kubeconfig")?.text }, input.computed)
        : originOf(row, found);
    const read = origin.text === undefined ? { value: undefined } : await checkValue({ row, text: origin.text }, input);
    if ("value" in read) settings.push({ row, value: read.value, source: origin.source });
    else problems.push(`${origin.label}${row.secret ? "" : ` "${origin.text}"`}: ${read.problem}`);
  }
  const values = ruledValues(settings);
  problems.push(...brokenRules(values));
  const warnings = [...flags.warnings, ...environments.flatMap((each) => each.warnings), ...idleOptions(values)];
  if (problems.length > 0) return { kind: "problems", problems, warnings };
  return { kind: "options", options: typed<C>(settings), settings, warnings, printConfig: flags.printConfig };
}

/** The options of a command with nothing given, and `overrides` in their place. For tests and embedding. */
export function defaultOptions<C extends CalledCommand>(command: C, overrides: Partial<Options<C>> = {}): Options<C> {
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

function originOf(row: OptionRow, { text, label }: Given): Origin {
  if (!label.startsWith("--")) return { text, source: `environment ${label}`, label };
  const isOwnName = label === `--${row.name}` || label === `--no-${row.name}`;
  return { text, source: isOwnName ? "flag" : `flag ${label}`, label };
}

async function defaultOf(row: OptionRow, context: ComputedContext, computed: ComputedDefaults): Promise<Origin> {
  if (row.computed === undefined) return { text: row.default, source: "default", label: `Default of --${row.name}` };
  const found = await computed[row.computed](context);
  return { ...found, label: `--${row.name} (from ${found.source})` };
}

async function checkValue(
  { row, text }: { readonly row: OptionRow; readonly text: string },
  { kubeconfigProblem }: OptionsInput,
): Promise<{ value: unknown } | { problem: string }> {
  // What a chart writes where there is nothing to be told.
  if (row.type === "url" && text === "") return { value: undefined };
  if (row.type !== "file" && row.type !== "kubeconfig") return readValue(row, text);
  const problem = whyUnreadable(text) ?? (row.type === "file" ? undefined : await kubeconfigProblem?.(text));
  return problem === undefined ? readValue(row, text) : { problem: `${problem}; write ${valueTypes[row.type].write}` };
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
function typed<C extends CalledCommand>(settings: readonly Setting[]): Options<C> {
  return Object.freeze(
    Object.fromEntries(settings.map(({ row, value }) => [propertyName(row), value])),
  ) as unknown as Options<C>;
}
