import { asArray, asString, at } from "../json.ts";
import { isReloaderHash } from "./content-hash.ts";
import { reloaderVariableKind } from "./environment-name.ts";

/** A variable of Reloader's in a pod template. */
export interface ReloaderVariable {
  readonly list: "containers" | "initContainers";
  /** Index of the container in its list. */
  readonly containerIndex: number;
  readonly container: string;
  /** Index of the variable in the container's `env`. */
  readonly index: number;
  readonly name: string;
  /** 40 hex digits, see `reloaderHash`. */
  readonly value: string;
}

/**
 * The variables that Reloader has written to a pod template: `STAKATER_…` of a kind that it knows, with a hash as value.
 *
 * A value is stale if it differs from the current hash of the source that it names; `sourcesOfVariable` finds that source
 * among those that the workload uses. Names are shared: of several sources, one that has the hash is enough. Where a
 * reference has moved to another container, Reloader leaves the old variable behind: one that is current is enough, too.
 */
export function reloaderVariables(template: unknown): readonly ReloaderVariable[] {
  const lists = ["containers", "initContainers"] as const;
  return lists.flatMap((list) =>
    asArray(at(template, ["spec", list])).flatMap((each, containerIndex) =>
      asArray(at(each, ["env"])).flatMap((variable, index) => {
        const [name = "", value = ""] = [asString(at(variable, ["name"])), asString(at(variable, ["value"]))];
        if (reloaderVariableKind(name) === undefined || !isReloaderHash(value)) return [];
        const container = asString(at(each, ["name"])) ?? "";
        return [{ list, containerIndex, container, index, name, value }];
      }),
    ),
  );
}
