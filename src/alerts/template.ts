import { type Alert, describeObject, plainText, type RestartedWorkload } from "./alert.ts";

/** Makes the body of an alert; always valid JSON. */
export type AlertTemplate = (alert: Alert) => string;

type Value = string | readonly RestartedWorkload[];

const placeholders: Readonly<Record<string, (alert: Alert) => Value>> = {
  text: plainText,
  markdown: ({ text }) => text,
  additionalInfo: ({ additionalInfo }) => additionalInfo,
  time: ({ at }) => new Date(at).toISOString(),
  "source.kind": ({ sources }) => sources[0]?.kind ?? "",
  "source.namespace": ({ sources }) => sources[0]?.namespace ?? "",
  "source.name": ({ sources }) => sources[0]?.name ?? "",
  sources: ({ sources }) => sources,
  "workload.kind": ({ workloads }) => workloads[0]?.kind ?? "",
  "workload.namespace": ({ workloads }) => workloads[0]?.namespace ?? "",
  "workload.name": ({ workloads }) => workloads[0]?.name ?? "",
  workloads: ({ workloads }) => workloads,
};

/** A JSON string, and whether it is the name of a member. Only right in a text that is JSON. */
const jsonString = /"(?:[^"\\]|\\.)*"(\s*:)?/g;
const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;
const placeholderAlone = /^"\{\{\s*([^{}]*?)\s*\}\}"$/;

/**
 * Reads a JSON text whose strings have placeholders: `{"text": "{{text}}", "pods of": "{{workloads}}"}`.
 *
 * `text` is the message, `markdown` the same with `*` around names, `additionalInfo` what was set, `time` an RFC 3339 time;
 * `source.` and `workload.` with `kind`, `namespace` or `name` are of the first of each. `sources` and `workloads` are all of
 * them, as `Deployment shop/web, Deployment shop/cart`, or as a list of objects where the placeholder is the whole string.
 * There are no conditions and no loops. A literal `{{` is written as `\u007b{`.
 */
export function readAlertTemplate(text: string): { readonly template: AlertTemplate } | { readonly problem: string } {
  if (!isJson(text)) {
    return {
      problem: 'the template is not valid JSON; placeholders stand inside of strings, as in {"text": "{{text}}"}',
    };
  }
  for (const [literal, isName] of text.matchAll(jsonString)) {
    const problem = problemOf(literal, isName !== undefined);
    if (problem !== undefined) return { problem };
  }
  return { template: (alert) => text.replaceAll(jsonString, (literal) => fill(literal, alert)) };
}

function problemOf(literal: string, isName: boolean): string | undefined {
  if (!literal.includes("{{")) return undefined;
  if (isName) return "the template has a placeholder in the name of a member: placeholders stand in values";
  for (const [, name = ""] of literal.matchAll(placeholder)) {
    if (!Object.hasOwn(placeholders, name)) {
      return `the template has the unknown placeholder "${name}": use ${Object.keys(placeholders).join(", ")}`;
    }
  }
  return literal.replaceAll(placeholder, "").includes("{{") ? 'the template has "{{" without its "}}"' : undefined;
}

function fill(literal: string, alert: Alert): string {
  const alone = valueFor(placeholderAlone.exec(literal)?.[1], alert);
  if (alone !== undefined) return JSON.stringify(typeof alone === "string" ? alone : alone.map(plainObject));
  return literal.replaceAll(placeholder, (whole, name: string) => {
    const value = valueFor(name, alert);
    if (value === undefined) return whole;
    return JSON.stringify(typeof value === "string" ? value : value.map(describeObject).join(", ")).slice(1, -1);
  });
}

function valueFor(name: string | undefined, alert: Alert): Value | undefined {
  return name !== undefined && Object.hasOwn(placeholders, name) ? placeholders[name]?.(alert) : undefined;
}

/** Nothing but what is documented, whatever else the object has. */
function plainObject({ kind, namespace, name }: RestartedWorkload): RestartedWorkload {
  return { kind, namespace, name };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
