import { asArray, asObject, at, isObject, type Json, type JsonObject } from "../json.ts";
import { templateHash, unstampedHash } from "../pod-template.ts";
import type { Workload } from "../workload.ts";
import { lastReloadedFromAnnotation } from "./last-reloaded-from.ts";
import { reloaderVariables } from "./leftovers.ts";

/**
 * The workload as if Reloader had never restarted it: its template is the same one after each of Reloader's writes, which
 * change nothing else of it. For observing beside Reloader: what Reloader restarts would look like a deploy, whose pods run
 * with everything that is there, so that there was never anything left to decide. `object`: what it was read from.
 */
export function apartFromReloads(workload: Workload, object: unknown): Workload {
  const { template, kind } = workload;
  if (template === undefined) return workload;
  const bare = withoutReloads(at(object, kind.templatePath));
  return { ...workload, template: { ...template, hash: templateHash(bare), bareHash: unstampedHash(bare) } };
}

/** A pod template without Reloader's variables and its annotation; where it has none of them, as it is. */
export function withoutReloads(template: unknown): JsonObject {
  const object = asObject(template);
  const variables = reloaderVariables(template);
  const spec = asObject(object["spec"]);
  const lists = ["containers", "initContainers"] as const;
  const cleaned = lists.flatMap((list): [string, Json][] => {
    const own = variables.filter((variable) => variable.list === list);
    if (own.length === 0) return [];
    const containers = asArray(spec[list]).map((container, index): Json => {
      const indexes = new Set(own.filter((each) => each.containerIndex === index).map((each) => each.index));
      if (indexes.size === 0) return container;
      return { ...asObject(container), env: asArray(at(container, ["env"])).filter((_, place) => !indexes.has(place)) };
    });
    return [[list, containers]];
  });
  const bare = cleaned.length === 0 ? object : { ...object, spec: { ...spec, ...Object.fromEntries(cleaned) } };
  const annotations = at(bare, ["metadata", "annotations"]);
  if (!isObject(annotations) || !(lastReloadedFromAnnotation in annotations)) return bare;
  const { [lastReloadedFromAnnotation]: _, ...others } = annotations;
  return { ...bare, metadata: { ...asObject(bare["metadata"]), annotations: others } };
}
