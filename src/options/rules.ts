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
  return lines;
}
