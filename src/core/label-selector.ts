import { quote } from "./quote.ts";

/** A label selector as Kubernetes understands it: every requirement must be met. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
  /** In the notation that the API server reads; `""` for the selector that everything meets. */
  readonly text: string;
}

/** What one label must be. A label that is not there meets `not-in` and `absent` only. */
export interface LabelRequirement {
  readonly key: string;
  readonly is: "in" | "not-in" | "present" | "absent" | "greater" | "less";
  /** Of `in` and `not-in`; the one number of `greater` and `less`. */
  readonly values: readonly string[];
}

/** A selector, or what is wrong with its text and what to write instead. */
export type ParsedSelector = { readonly selector: LabelSelector } | { readonly problem: string };

/**
 * Reads a selector: `app=web`, `app==web`, `app!=web`, `app in (web,api)`, `app notin (web)`, `app`, `!app`, `size>3`, `size<3`,
 * separated by commas. With `legacy` also Reloader's `app:web`, and `app:*` and `app=*` for `app`.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string, { legacy = false } = {}): ParsedSelector {
  const requirements: LabelRequirement[] = [];
  for (const part of text.trim() === "" ? [] : splitRequirements(text)) {
    const requirement = readRequirement(part.trim(), legacy);
    if (typeof requirement === "string")
      return { problem: `Cannot read label selector ${quote(text)}: ${requirement}` };
    requirements.push(requirement);
  }
  return { selector: { requirements, text: requirements.map(formatRequirement).join(",") } };
}

/** Whether labels meet a selector, as the API server would decide. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.requirements.every((requirement) => isMet(requirement, labels));
}

function isMet({ key, is, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (is) {
    case "in":
      return value !== undefined && values.includes(value);
    case "not-in":
      return value === undefined || !values.includes(value);
    case "present":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "greater":
    case "less":
      return value !== undefined && isBeyond(is, value, values[0] ?? "");
    default:
      return is satisfies never;
  }
}

function isBeyond(is: "greater" | "less", value: string, limit: string): boolean {
  if (!isInteger(value)) return false;
  return is === "greater" ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
}

/** At the commas that are not within parentheses. */
function splitRequirements(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth <= 0) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${character}`);
  }
  return parts;
}

const setBased = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const equality = /^([^\s=!<>:,()]+)\s*(==|=|!=|>|<|:)\s*([^\s=!<>:,()]*)$/;
const existence = /^(!?)\s*([^\s=!<>:,()]+)$/;

/** One requirement, or what is wrong with it. */
function readRequirement(part: string, legacy: boolean): LabelRequirement | string {
  const set = setBased.exec(part);
  if (set !== null) {
    const [, key = "", word, list = ""] = set;
    return checked({ key, is: word === "in" ? "in" : "not-in", values: list.split(",").map((each) => each.trim()) });
  }
  const single = existence.exec(part);
  if (single !== null) {
    const [, negation, key = ""] = single;
    return checked({ key, is: negation === "" ? "present" : "absent", values: [] });
  }
  const [, key = "", operator = "", value = ""] = equality.exec(part) ?? [];
  const isLegacy = operator === ":" || (operator === "=" && value === "*");
  if (operator === "" || (isLegacy && !legacy)) {
    return `${quote(part)} is no requirement, write for example "app=web", "app in (web,api)", "app" or "!app"`;
  }
  if (isLegacy && value === "*") return checked({ key, is: "present", values: [] });
  return checked({ key, is: operators[operator] ?? "in", values: [value] });
}

const operators: Readonly<Record<string, LabelRequirement["is"]>> = {
  "=": "in",
  "==": "in",
  ":": "in",
  "!=": "not-in",
  ">": "greater",
  "<": "less",
};

const name = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const subdomain = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
function checked(requirement: LabelRequirement): LabelRequirement | string {
  const { key, is, values } = requirement;
  const parts = key.split("/");
  const [prefix, own] = parts.length === 2 ? parts : [undefined, parts[0]];
  const isPrefix = prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix));
  if (parts.length > 2 || !isPrefix || !name.test(own ?? "")) return `${quote(key)} is not the key of a label`;
  const bad = values.find((value) => value !== "" && !name.test(value));
  if (bad !== undefined) return `${quote(bad)} is not the value of a label`;
  if ((is === "greater" || is === "less") && !isInteger(values[0] ?? ""))
    return `${quote(values[0] ?? "")} is not a number`;
  return requirement;
}

function isInteger(text: string): boolean {
  return /^-?[0-9]{1,18}$/.test(text);
}

function formatRequirement({ key, is, values }: LabelRequirement): string {
  switch (is) {
    case "in":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(",")})`;
    case "not-in":
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(",")})`;
    case "present":
      return key;
    case "absent":
      return `!${key}`;
    case "greater":
      return `${key}>${values[0]}`;
    case "less":
      return `${key}<${values[0]}`;
    default:
      return is satisfies never;
  }
}
