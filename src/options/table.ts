import { certificateOptions } from "./certificate-options.ts";
import { commonOptions } from "./common-options.ts";
import { controllerOptions } from "./controller-options.ts";
import type { Command, OptionRow } from "./option-row.ts";
import type { ValueOf } from "./value-types.ts";
import { webhookOptions } from "./webhook-options.ts";

/** Every option of every command. An option is added by a row: parsing, types, help and documents follow. */
export const optionTable = [
  ...commonOptions,
  ...webhookOptions,
  ...certificateOptions,
  ...controllerOptions,
] as const satisfies readonly OptionRow[];

/** The name of an option, as in its flag without the hyphens before it. */
export type OptionName = Row["name"];

/**
 * The options of one command: frozen, every value checked. Durations are milliseconds and end in `Ms`, sizes are bytes
 * and end in `Bytes`, lists are empty if not given; an option that has no default is `undefined` unless given.
 */
export type Options<C extends Command> = { readonly [R in RowsOf<C> as Property<R>]: Value<R> };

/** The rows of one command, in the order of the table. */
export function rowsOf(command: Command): readonly OptionRow[] {
  return optionTable.filter((row: OptionRow) => row.commands.includes(command));
}

type Row = (typeof optionTable)[number];
type RowsOf<C extends Command> = Row extends infer R
  ? R extends Row
    ? C extends R["commands"][number]
      ? R
      : never
    : never
  : never;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type Suffix<T extends keyof ValueOf> = T extends "duration" ? "Ms" : T extends "size" ? "Bytes" : "";
type Property<R extends Row> = `${Camel<R["name"]>}${Suffix<R["type"]>}`;

type Known<R extends Row> = R extends { choices: readonly (infer Choice)[] } ? Choice : ValueOf[R["type"]];
type Value<R extends Row> = R extends { default: string } | { computed: string } ? Known<R> : Known<R> | undefined;
