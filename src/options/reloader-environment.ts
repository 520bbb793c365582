import type { Given, GivenOptions } from "./given.ts";
import type { OptionRow } from "./option-row.ts";
import { readReloaderText } from "./reloader-text.ts";
import { rowsOf } from "./table.ts";

/** What Reloader's variables say, in restamp's words. */
export interface ReloaderEnvironment {
  readonly given: GivenOptions;
  readonly warnings: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

const sinks = ["slack", "teams", "gchat"];

/** Reads the variables of Reloader 1.4. An empty one counts as not set. Never throws. */
export function readReloaderEnvironment(env: Env): ReloaderEnvironment {
  const alerts = alertsOf(env);
  const given = new Map<string, Given>();
  for (const row of rowsOf("reloader")) {
    const found = row.group === "Alerts" ? alertOption(row, env, alerts.on) : plainOption(row, env);
    if (found !== undefined) given.set(row.name, found);
  }
  return { given, warnings: alerts.warnings };
}

function plainOption(row: OptionRow, env: Env): Given | undefined {
  const variable = row.reloader?.environment?.find((name) => env[name]);
  if (variable === undefined) return undefined;
  const read = readReloaderText(row, env[variable] ?? "");
  return "text" in read ? { text: read.text, label: variable } : undefined;
}

/** Without ALERT_ON_RELOAD=true none of them is looked at; a sink that is not known gets the text alone. */
function alertOption(row: OptionRow, env: Env, isOn: boolean): Given | undefined {
  const variable = row.reloader?.environment?.at(-1);
  if (!isOn || variable === undefined) return undefined;
  const text = env[variable] ?? "";
  if (row.name !== "alert-sink") return text === "" ? undefined : { text, label: variable };
  const sink = text.toLowerCase();
  return { text: sinks.includes(sink) ? sink : "webhook", label: text === "" ? "ALERT_ON_RELOAD" : variable };
}

function alertsOf(env: Env): { readonly on: boolean; readonly warnings: readonly string[] } {
  if (env["ALERT_ON_RELOAD"] !== "true") return { on: false, warnings: [] };
  if (env["ALERT_WEBHOOK_URL"]) return { on: true, warnings: [] };
  return {
    on: false,
    warnings: ["Environment variable ALERT_ON_RELOAD has no effect: ALERT_WEBHOOK_URL is not set; set it, too"],
  };
}
