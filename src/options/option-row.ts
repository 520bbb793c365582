import { type ValueOf, type ValueType, valueTypes } from "./value-types.ts";

/** A sub-command that has options of its own. */
export type Command = "webhook" | "controller" | "manifests" | "compare";

/** A sub-command as it is called: `reloader` has the rows of `controller`, as {@link ReloaderOverride} changes them. */
export type CalledCommand = Command | "reloader";

/** A heading of `--help`, in the order of {@link optionGroups}. */
export type OptionGroup = (typeof optionGroups)[number];

/** The headings of `--help`, in order. */
export const optionGroups = [
  "Comparison",
  "Process",
  "Kubernetes",
  "Admission",
  "Certificate",
  "Scope",
  "Restarts",
  "Pacing",
  "Compatibility",
  "Alerts",
  "Metrics",
  "Leader election",
  "Keys",
  "Ledger",
] as const;

/** One option: its flag is `--<name>`, its environment variable {@link environmentName}. */
export interface OptionRow {
  /** Lower case words with hyphens. Must not end as a service link does, see `service-links.ts`. */
  readonly name: string;
  readonly type: keyof ValueOf;
  /** As a user would write it. Without it, and without `computed`, the value is `undefined` unless given. */
  readonly default?: string;
  /** The default depends on the surroundings: which value of `computed-defaults.ts`. */
  readonly computed?: "namespace" | "pod-name";
  /** Only for `oneOf` and `someOf`. */
  readonly choices?: readonly string[];
  /** Smallest and greatest value, as a user would write them. */
  readonly min?: string;
  readonly max?: string;
  readonly commands: readonly Command[];
  readonly group: OptionGroup;
  /** One sentence without a full stop: what the option does. */
  readonly help: string;
  /** Why the default, the limits, or the option itself are what they are. */
  readonly why?: string;
  /** Whoever knows the value can do something with it: it is never shown. */
  readonly secret?: true;
  /** What differs in `restamp reloader`. */
  readonly reloader?: ReloaderOverride;
}

/** How `restamp reloader` has an option of `restamp controller`: as Stakater Reloader 1.4 has it. */
export interface ReloaderOverride {
  /** In place of the row's own. */
  readonly default?: string;
  /** Reloader's flags for it, without the hyphens before them; restamp's own name is accepted as well. */
  readonly flags?: readonly string[];
  /** Reloader's variables for it. */
  readonly environment?: readonly string[];
  /** How Reloader's text is read, by name: see `reloader-text.ts`. */
  readonly reads?: ReloaderReading;
  /** Reloader's words for values, in lower case, and what they are here. */
  readonly words?: Readonly<Record<string, string>>;
}

/** How Reloader reads the text of a flag or variable, where it is not as restamp does. */
export type ReloaderReading = "goBoolean" | "exactlyTrue" | "exactlyEnabled" | "selector";

/** `RESTAMP_LOG_LEVEL` of `log-level`. */
export function environmentName(row: Pick<OptionRow, "name">): string {
  return `RESTAMP_${row.name.toUpperCase().replaceAll("-", "_")}`;
}

/** The property of the typed options: `settleMs` of the duration `settle`, `maxBodySizeBytes` of a size. */
export function propertyName(row: Pick<OptionRow, "name" | "type">): string {
  const camel = row.name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (row.type === "duration") return `${camel}Ms`;
  return row.type === "size" ? `${camel}Bytes` : camel;
}

/** Reads the text of an option: its value, or what is wrong and what to write instead. */
export function readValue(row: OptionRow, text: string): { value: unknown } | { problem: string } {
  const type: ValueType<unknown> = valueTypes[row.type];
  const value = type.parse(text);
  if (value === undefined) return { problem: type.problem?.(text) ?? `not understood; write ${type.write}` };
  const chosen = Array.isArray(value) ? value : [text];
  if (row.choices !== undefined && !chosen.every((choice) => row.choices?.includes(choice))) {
    return { problem: `not one of the choices; write ${listed(row.choices)}` };
  }
  if (row.min !== undefined && Number(value) < limit(row, row.min)) {
    return { problem: `too small; write ${row.min} or more` };
  }
  if (row.max !== undefined && Number(value) > limit(row, row.max)) {
    return { problem: `too great; write ${row.max} or less` };
  }
  return { value };
}

/** The text of a value of this option, as a user would write it. */
export function printValue(row: OptionRow, value: unknown): string {
  // Sound: a value of an option was read by the very type that prints it; TypeScript cannot correlate the two.
  return (valueTypes[row.type].print as (value: unknown) => string)(value);
}

/** `debug, info or warn`. */
export function listed(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join("") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`;
}

function limit(row: OptionRow, text: string): number {
  return Number(valueTypes[row.type].parse(text));
}
