import { alertOptions } from "./alert-options.ts";
import { annotationOptions } from "./annotation-options.ts";
import { certificateOptions } from "./certificate-options.ts";
import { commonOptions } from "./common-options.ts";
import { compareOptions } from "./compare-options.ts";
import { compatibilityOptions } from "./compatibility-options.ts";
import { controllerOptions } from "./controller-options.ts";
import { metricOptions } from "./metric-options.ts";
import type { CalledCommand, OptionRow } from "./option-row.ts";
import { restartOptions } from "./restart-options.ts";
import { scopeOptions } from "./scope-options.ts";
import type { ValueOf } from "./value-types.ts";
import { webhookOptions } from "./webhook-options.ts";

/** Every option of every command. An option is added by a row: parsing, types, help and documents follow. */
export const optionTable = [
  ...compareOptions,
  ...commonOptions,
  ...webhookOptions,
  ...certificateOptions,
  ...scopeOptions,
  ...restartOptions,
  ...controllerOptions,
  ...compatibilityOptions,
  ...annotationOptions,
  ...alertOptions,
  ...metricOptions,
] as const satisfies readonly OptionRow[];

/** The name of an option, as in its flag without the hyphens before it. */
export type OptionName = Row["name"];

/**
 * The options of one command: frozen, every value checked. Durations are milliseconds and end in `Ms`, sizes are bytes
 * and end in `Bytes`, lists are empty if not given; an option that has no default is `undefined` unless given.
 */
export type Options<C extends CalledCommand> = {
  readonly [R in RowsOf<C extends "reloader" ? "controller" : C> as Property<R>]: Value<R>;
};

/** The rows of one command, in the order of the table. */
export function rowsOf(command: CalledCommand): readonly OptionRow[] {
  if (command === "reloader") return rowsOf("controller").map(asReloader);
  return optionTable.filter((row: OptionRow) => row.commands.includes(command));
}

function asReloader(row: OptionRow): OptionRow {
  return row.reloader?.default === undefined ? row : { ...row, default: row.reloader.default };
}

type Row = (typeof optionTable)[number];
type RowsOf<C extends CalledCommand> = Row extends infer R
  ? R extends Row
    ? C extends R["commands"][number]
      ? R
      : never
    : never
  : never;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Suffix<T extends keyof ValueOf> = T extends "duration" ? "Ms" : T extends "size" ? "Bytes" : "";
type Property<R extends Row> = `${Camel<R["name"]>}${Suffix<R["type"]>}`;

type Known<R extends Row> = R extends { choices: readonly (infer Choice)[] }
  ? R["type"] extends "someOf"
    ? readonly Choice[]
    : Choice
  : ValueOf[R["type"]];
type Value<R extends Row> = R extends { default: string } | { computed: string } ? Known<R> : Known<R> | undefined;
