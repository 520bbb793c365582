import type { Given, GivenOptions } from "./given.ts";
import { environmentName } from "./option-row.ts";
import { isServiceLink } from "./service-links.ts";
import { suggest } from "./suggest.ts";
import { optionTable } from "./table.ts";

const prefix = "RESTAMP_";

/** What the environment says, before any value is looked at. */
export interface ReadEnvironment {
  /** An empty variable counts as not set, as `value: ""` in a manifest usually means. */
  readonly given: GivenOptions;
  /** One line for each `RESTAMP_` variable that is not an option: never an error, others may have set it. */
  readonly warnings: readonly string[];
}

/** Reads the `RESTAMP_` variables of all commands, so that processes can share one ConfigMap of them. Never throws. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): ReadEnvironment {
  const names = new Map(optionTable.map((row) => [environmentName(row), row.name]));
  const given = new Map<string, Given>();
  const warnings: string[] = [];
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || isServiceLink(variable)) continue;
    const name = names.get(variable);
    if (name === undefined) warnings.push(unknownVariable(variable, [...names.keys()]));
    else if (text !== undefined && text !== "") given.set(name, { text, label: variable });
  }
  return { given, warnings };
}

function unknownVariable(variable: string, known: readonly string[]): string {
  const [rest = "", ...names] = [variable, ...known].map((name) => name.slice(prefix.length));
  const near = suggest(rest, names);
  const advice = near === undefined ? "" : `; did you mean ${prefix}${near}?`;
  return `Environment variable ${variable} is ignored: no such option${advice}`;
}
