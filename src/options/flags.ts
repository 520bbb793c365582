import type { CalledCommand, OptionRow } from "./option-row.ts";
import { type ReloaderText, readReloaderText } from "./reloader-text.ts";
import { rowsOf } from "./table.ts";

/** One flag of a command. */
export interface Flag {
  /** Without the hyphens before it. */
  readonly name: string;
  /** The option that it sets; `undefined` if it is accepted without effect. */
  readonly row: OptionRow | undefined;
  /** Whether a value follows it as an argument of its own. After `=` there may always be one. */
  readonly takesNext: "never" | "always" | "unless a flag";
  /** Reads its value. */
  read(text: string): ReloaderText;
}

/** Reloader's flags that have nothing to do here. */
export const idleFlags = [
  {
    name: "sync-after-restart",
    takesNext: "never",
    why: "what pods run with is recorded, so that changes of any time are found after a restart",
  },
  { name: "enable-pprof", takesNext: "never", why: "profiles are a matter of Go programs" },
  { name: "pprof-addr", takesNext: "always", why: "profiles are a matter of Go programs" },
] as const;

/** The flags of a command by name: those of its rows and, for `reloader`, those of Reloader. */
export function flagsOf(command: CalledCommand): ReadonlyMap<string, Flag> {
  const rows = rowsOf(command);
  const own = rows.map(
    (row): Flag => ({
      name: row.name,
      row,
      takesNext: row.type === "boolean" ? "never" : "always",
      read: (text) => ({ text }),
    }),
  );
  const reloaders = command === "reloader" ? [...rows.flatMap(reloaderFlags), ...idleFlags.map(idle)] : [];
  return new Map([...own, ...reloaders].map((flag) => [flag.name, flag]));
}

function reloaderFlags(row: OptionRow): readonly Flag[] {
  const isText = row.type !== "boolean" || row.reloader?.reads === "exactlyTrue";
  const takesNext = !isText ? "never" : row.type === "boolean" ? "unless a flag" : "always";
  return (row.reloader?.flags ?? []).map((name) => ({
    name,
    row,
    takesNext,
    read: (text) => readReloaderText(row, text),
  }));
}

function idle({ name, takesNext, why }: (typeof idleFlags)[number]): Flag {
  return { name, row: undefined, takesNext, read: (text) => ({ text, warning: `has no effect: ${why}` }) };
}
