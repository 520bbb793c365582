import { keys } from "../core/policy.ts";
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
      `  object.${path.join(".")} != oldObject.${path.join(".")}`,
      ")",
    ].join("\n"),
  };
}

/**
 * No workload of the kinds table controls the object: that one is stamped, and its template comes down from there. An
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
 * The workload carries one of `optInKeys` as a label or an annotation, with any value: reading it, and warning of one that
 * cannot be read, is the webhook's part.
 */
export function optedIn(optInKeys: readonly string[]): MatchCondition {
  const places = optInKeys.flatMap((key) => [carries("labels", key), carries("annotations", key)]);
  return { name: "opted-in", expression: places.join(" ||\n") };
}

/** Every step of the path is asked for: an expression that errs under `failurePolicy: Ignore` skips the webhook silently. */
function exists(root: "object" | "oldObject", path: readonly string[]): string {
  return path.map((_, index) => `has(${[root, ...path.slice(0, index + 1)].join(".")})`).join(" && ");
}

function carries(where: "labels" | "annotations", key: string): string {
  return `has(object.metadata.${where}) && '${key}' in object.metadata.${where}`;
}
