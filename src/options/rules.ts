import { type WorkloadKind, workloadKindsProblems } from "../core/workload-kinds.ts";
import type { OptionName } from "./table.ts";

/** Two options of the same type whose order matters. */
export interface OrderRule {
  readonly lower: OptionName;
  readonly upper: OptionName;
  /** Whether equal values are good, too. */
  readonly orEqual: boolean;
  /** Whether 0 for the greater one switches its feature off, and the rule with it. */
  readonly zeroIsOff?: boolean;
  /** One sentence without a full stop. */
  readonly why: string;
}

/** What must hold between options. */
export const orderRules: readonly OrderRule[] = [
  { lower: "settle", upper: "settle-max", orEqual: true, why: "a change would be acted on before it could settle" },
  { lower: "min-interval", upper: "min-interval-max", orEqual: true, why: "the interval grows up to its maximum" },
  {
    lower: "lease-renew-deadline",
    upper: "lease-duration",
    orEqual: false,
    why: "a leader must stop before another may take the lease",
  },
  {
    lower: "lease-retry-period",
    upper: "lease-renew-deadline",
    orEqual: false,
    why: "a leader needs more than one attempt to renew the lease",
  },
  { lower: "drain", upper: "shutdown-timeout", orEqual: false, why: "the stop would be cut off while it drains" },
  {
    lower: "key-propagation",
    upper: "key-rotation-interval",
    orEqual: false,
    zeroIsOff: true,
    why: "a new key would be replaced before it is used",
  },
];

/** An option that makes sense only with another one. */
export interface NeedRule {
  readonly option: OptionName;
  /** The values that need the other option. */
  readonly values: readonly string[];
  readonly needs: OptionName;
  /** One sentence without a full stop. */
  readonly why: string;
}

const sinks = ["slack", "teams", "gchat", "webhook", "template"];

/** What must be given together. */
export const needRules: readonly NeedRule[] = [
  { option: "alert-sink", values: sinks, needs: "alert-url", why: "messages have to go somewhere" },
  { option: "alert-sink", values: ["template"], needs: "alert-template", why: "it is what is posted" },
];

/** What has no effect but with these values of another option. */
export const idleRules: readonly {
  readonly option: OptionName;
  readonly without: { readonly option: OptionName; readonly values: readonly string[] };
}[] = [
  { option: "alert-url", without: { option: "alert-sink", values: sinks } },
  { option: "alert-additional-info", without: { option: "alert-sink", values: sinks } },
  { option: "alert-template", without: { option: "alert-sink", values: ["template"] } },
  { option: "rerun-finished-jobs", without: { option: "jobs", values: ["recreate"] } },
  // The keys by which a workload says otherwise are theirs.
  { option: "auto-reload-all", without: { option: "compatibility", values: ["reloader", "deckhouse"] } },
  { option: "metrics-by-namespace", without: { option: "reloader-metrics", values: ["true"] } },
];

/** A value of the settings that a rule looks at. */
export interface RuledValue {
  readonly value: unknown;
  /** The value as text, and where it came from. */
  readonly text: string;
}

/** One line for each rule that `values` breaks. A rule with a value missing is skipped: that has its own line. */
export function brokenRules(values: ReadonlyMap<string, RuledValue>): readonly string[] {
  const lines: string[] = [];
  for (const rule of orderRules) {
    const lower = values.get(rule.lower);
    const upper = values.get(rule.upper);
    if (lower === undefined || upper === undefined || (rule.zeroIsOff === true && upper.value === 0)) continue;
    const difference = Number(upper.value) - Number(lower.value);
    if (difference > 0 || (difference === 0 && rule.orEqual)) continue;
    const wanted = rule.orEqual ? "must not be longer than" : "must be shorter than";
    lines.push(`--${rule.lower} (${lower.text}) ${wanted} --${rule.upper} (${upper.text}): ${rule.why}`);
  }
  return [...lines, ...missingOptions(values), ...(values.size === 0 ? [] : scopeProblems(values))];
}

/** One line for each option of {@link idleRules} that was given in vain: never an error, it may be a shared setting. */
export function idleOptions(values: ReadonlyMap<string, RuledValue>): readonly string[] {
  return idleRules.flatMap(({ option, without }) => {
    const given = values.get(option);
    const other = values.get(without.option);
    if (!isGiven(given) || other === undefined || isOneOf(other, without.values)) return [];
    return [`--${option} has no effect: it is for --${without.option}=${without.values.join("|")}`];
  });
}

function missingOptions(values: ReadonlyMap<string, RuledValue>): readonly string[] {
  return needRules.flatMap(({ option, values: wanting, needs, why }) => {
    const given = values.get(option);
    const needed = values.get(needs);
    if (given === undefined || needed === undefined || !isOneOf(given, wanting) || isGiven(needed)) return [];
    return [`--${option} (${given.text}) needs --${needs}: ${why}`];
  });
}

function scopeProblems(values: ReadonlyMap<string, RuledValue>): readonly string[] {
  const ignored = values.get("resources-to-ignore");
  const kinds = {
    // Sound: the row of each is of a type that reads this.
    customWorkloads: values.get("custom-workloads")?.value as readonly WorkloadKind[] | undefined,
    ignoredWorkloadTypes: values.get("ignored-workload-types")?.value as readonly string[] | undefined,
  };
  const both = Array.isArray(ignored?.value) && ignored.value.length > 1;
  return [
    ...(both
      ? [`--resources-to-ignore (${ignored.text}) ignores everything: write one of configmaps and secrets`]
      : []),
    ...workloadKindsProblems(kinds).map((problem) => `Kinds of workload: ${problem}`),
  ];
}

function isGiven(value: RuledValue | undefined): boolean {
  return value !== undefined && value.value !== undefined && value.value !== "" && value.value !== false;
}

function isOneOf({ text }: RuledValue, values: readonly string[]): boolean {
  return text.split(",").some((part) => values.includes(part));
}
