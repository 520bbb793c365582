import { asArray, asString, at, type Json } from "../json.ts";
import type { SourceId } from "../source.ts";
import type { Annotations } from "./annotation-patch.ts";
import { containerUsing } from "./container-using.ts";
import { reloaderDeletedHash } from "./content-hash.ts";
import { reloaderEnvironmentName, sourcesOfVariable } from "./environment-name.ts";
import { formatLastReloadedFrom, lastReloadedFromAnnotation, parseLastReloadedFrom } from "./last-reloaded-from.ts";
import { type ReloaderVariable, reloaderVariables } from "./leftovers.ts";

/** What is written to a pod template next to the stamp: nothing, or what Reloader would write. */
export type ReloadStrategy = "stamp" | "env-vars" | "annotations";

/** A source whose change is written to a pod template. */
export interface ReloadedSource extends SourceId {
  /** See `reloaderHash`; `reloaderDeletedHash` where the source is gone. */
  readonly hash: string;
  /** The workload names the source itself: it need not refer to it. */
  readonly named: boolean;
}

/** What a reload writes next to the stamp. */
export interface StrategyWrite {
  readonly strategy: ReloadStrategy;
  /** In the order in which they happened: of two that share a place, the last is kept. */
  readonly changes: readonly ReloadedSource[];
  /** Seconds since the epoch. */
  readonly observedAt: number;
  /** Take away Reloader's variables that are not set by this write. */
  readonly removeLeftovers: boolean;
  /** Sources whose variables are no leftovers. @default none */
  readonly keep?: readonly Pick<SourceId, "kind" | "name">[];
}

/** A variable, and its index in the container's `env`; `undefined`: after all others. */
export interface VariableEdit {
  readonly index: number | undefined;
  readonly name: string;
  readonly value: string;
}

/** What becomes of the variables of one container. */
export interface ContainerEdit {
  readonly list: ReloaderVariable["list"];
  readonly index: number;
  readonly set: readonly VariableEdit[];
  /** Variables that are there, by descending index. */
  readonly remove: readonly (VariableEdit & { readonly index: number })[];
}

/** What a write changes in one pod template. What is as it should be is not in it. */
export interface StrategyPlan {
  readonly annotations: Annotations;
  readonly containers: readonly ContainerEdit[];
}

/** Decides what a write changes in a pod template. */
export function planStrategy(template: unknown, write: StrategyWrite): StrategyPlan {
  const wanted = write.strategy === "env-vars" ? wantedVariables(template, write.changes) : [];
  const there = reloaderVariables(template);
  const removed = there.filter((variable) => isRemoved(variable, wanted, write));
  const changed = wanted.filter(({ value, before }) => value !== undefined && at(before, ["value"]) !== value);
  const places = new Map<string, Pick<ContainerEdit, "list" | "index">>();
  for (const { containerIndex } of changed) places.set(`containers/${containerIndex}`, inContainers(containerIndex));
  for (const { list, containerIndex } of removed) {
    places.set(`${list}/${containerIndex}`, { list, index: containerIndex });
  }
  const containers = [...places.values()].map(({ list, index }) => ({
    list,
    index,
    set: changed
      .filter((each) => list === "containers" && each.containerIndex === index)
      .map((each) => ({ index: each.index, name: each.name, value: each.value ?? "" })),
    remove: removed
      .filter((each) => each.list === list && each.containerIndex === index)
      .map((each) => ({ index: each.index, name: each.name, value: each.value }))
      .sort((left, right) => right.index - left.index),
  }));
  return { annotations: write.strategy === "annotations" ? lastReload(template, write) : {}, containers };
}

interface WantedVariable {
  readonly containerIndex: number;
  readonly name: string;
  /** `undefined`: it is to be gone. */
  readonly value: string | undefined;
  /** The first variable of the name that is there, and its index: what Reloader looks at. */
  readonly before: Json | undefined;
  readonly index: number | undefined;
}

/** One row for each variable of a container. */
function wantedVariables(template: unknown, changes: readonly ReloadedSource[]): readonly WantedVariable[] {
  const wanted = new Map<string, WantedVariable>();
  for (const change of changes) {
    const containerIndex = containerUsing(template, change);
    if (containerIndex === undefined) continue;
    const name = reloaderEnvironmentName(change.kind, change.name);
    const env = asArray(at(asArray(at(template, ["spec", "containers"]))[containerIndex], ["env"]));
    const index = env.findIndex((variable) => at(variable, ["name"]) === name);
    const value = change.hash === reloaderDeletedHash ? undefined : change.hash;
    wanted.set(`${containerIndex}/${name}`, {
      containerIndex,
      name,
      value,
      before: env[index],
      index: index < 0 ? undefined : index,
    });
  }
  return [...wanted.values()];
}

function isRemoved(variable: ReloaderVariable, wanted: readonly WantedVariable[], write: StrategyWrite): boolean {
  const own = wanted.find(
    ({ containerIndex, name }) =>
      variable.list === "containers" && containerIndex === variable.containerIndex && name === variable.name,
  );
  if (own !== undefined && own.value === undefined) return true;
  if (!write.removeLeftovers || own?.index === variable.index) return false;
  // A kept name that is set in one container is left over in every other one.
  const isSetElsewhere = wanted.some(({ name, value }) => name === variable.name && value !== undefined);
  return isSetElsewhere || sourcesOfVariable(variable.name, write.keep ?? []).length === 0;
}

/** The annotation for the last change that Reloader would find a container for. */
function lastReload(template: unknown, { changes, observedAt }: StrategyWrite): Annotations {
  const found = changes.flatMap((change) => {
    const index = containerUsing(template, change);
    const container = index === undefined ? undefined : asArray(at(template, ["spec", "containers"]))[index];
    return container === undefined ? [] : [{ change, container: asString(at(container, ["name"])) ?? "" }];
  });
  const last = found.at(-1);
  if (last === undefined) return {};
  const { kind, namespace, name, hash } = last.change;
  const path = ["metadata", "annotations", lastReloadedFromAnnotation];
  const before = parseLastReloadedFrom(asString(at(template, path)) ?? "");
  const isSame =
    before !== undefined &&
    before.kind === kind &&
    before.namespace === namespace &&
    before.name === name &&
    before.hash === hash;
  if (isSame) return {};
  const value = formatLastReloadedFrom({ kind, namespace, name, hash, containers: [last.container], observedAt });
  return { [lastReloadedFromAnnotation]: value };
}

function inContainers(index: number): Pick<ContainerEdit, "list" | "index"> {
  return { list: "containers", index };
}
