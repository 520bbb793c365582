import { keys } from "../core/dialects/restamp.ts";
import type { WorkloadKind } from "../core/workload-kinds.ts";

/** One CEL expression that must be true for the webhook to be called. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/**
 * Skips the controller's own writes, by its user name. Only an optimisation: where the name is another one, the condition
 * is true and the webhook accepts the controller's stamp because it computes the same.
 */
export function notRestamp(user: string): MatchCondition {
  return { name: "not-restamp", expression: `request.userInfo.username != '${user}'` };
}

/** There is a pod template, and it is new or differs from the stored one. No-op applies and relabeling skip the call. */
export function templateChanged(path: readonly string[]): MatchCondition {
  return {
    name: "template-new-or-changed",
    expression: [
      `${exists("object", path)} && (`,
      "  request.operation == 'CREATE' ||",
      `  !(${exists("oldObject", path)}) ||`,
      `  ${field("object", path)} != ${field("oldObject", path)}`,
      ")",
    ].join("\n"),
  };
}

/**
 * No workload of a known kind controls the object: that one is stamped, and its template comes down from there. An
 * object that another operator controls is ours to stamp.
 */
export function notControlled(kinds: readonly WorkloadKind[]): MatchCondition {
  const groups = Map.groupBy(kinds, (row) => row.group);
  const owners = [...groups].map(([group, rows]) => {
    const names = rows.map((row) => `'${row.kind}'`).join(", ");
    const inGroup = group === "" ? "o.apiVersion == 'v1'" : `o.apiVersion.startsWith('${group}/')`;
    return `${inGroup} && o.kind in [${names}]`;
  });
  return {
    name: "not-controlled-by-a-workload",
    expression: [
      "!has(object.metadata.ownerReferences) ||",
      "!object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller && (",
      `  ${owners.join(" ||\n  ")}`,
      "))",
    ].join("\n"),
  };
}

/** The workload does not opt out. As in the policy, its label has the word before its annotation. */
export function notOptedOut(): MatchCondition {
  return {
    name: "not-opted-out",
    expression: [
      `!(${carries("labels", keys.enabled)} ?`,
      `  object.metadata.labels['${keys.enabled}'] == 'false' :`,
      `  ${carries("annotations", keys.enabled)} &&`,
      `  object.metadata.annotations['${keys.enabled}'] == 'false')`,
    ].join("\n"),
  };
}

/**
 * The workload has restamp's label or annotation, or it or its pod template one of the `others`, with any value: reading it,
 * and warning of one that cannot be read, is the webhook's part.
 */
export function optedIn(others: readonly string[], templatePath: readonly string[]): MatchCondition {
  const map = [...templatePath, "metadata", "annotations"];
  const own = [carries("labels", keys.enabled), carries("annotations", keys.enabled)];
  const onTemplate = (key: string): string => `${exists("object", map)} && '${key}' in ${field("object", map)}`;
  const places = [...own, ...others.flatMap((key) => [carries("annotations", key), onTemplate(key)])];
  return { name: "opted-in", expression: places.join(" ||\n") };
}

/** Every step of the path is asked for: an expression that errs under `failurePolicy: Ignore` skips the webhook silently. */
function exists(root: "object" | "oldObject", path: readonly string[]): string {
  return path.map((_, index) => existsIn(field(root, path.slice(0, index)), path[index] ?? "")).join(" && ");
}

/** `has()` takes only what CEL can name; fields with a hyphen are keys of a map. */
function existsIn(parent: string, name: string): string {
  return isCelName(name) ? `has(${parent}.${name})` : `'${name}' in ${parent}`;
}

function field(root: string, path: readonly string[]): string {
  return path.reduce((parent, name) => (isCelName(name) ? `${parent}.${name}` : `${parent}['${name}']`), root);
}

/** Whether a field can be selected by name (https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax). */
function isCelName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !["true", "false", "null", "in"].includes(name);
}

function carries(where: "labels" | "annotations", key: string): string {
  return `has(object.metadata.${where}) && '${key}' in object.metadata.${where}`;
}
