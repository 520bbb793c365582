import { asArray, asObject, at, type Json } from "../json.ts";
import { type PatchOperation, pointerTo } from "../stamp-patch.ts";
import { type Annotations, annotationOperations, withAnnotations } from "./annotation-patch.ts";
import { type ContainerEdit, planStrategy, type StrategyWrite } from "./strategy-plan.ts";

/** The parts of a patch: annotations are for {@link annotationOperations}, together with any others that are to be set. */
export interface StrategyPatch {
  readonly annotations: Annotations;
  /** Operations on variables; they touch no annotation. */
  readonly operations: readonly PatchOperation[];
}

/**
 * What a write changes in the pod template of a stored object. The operations on variables go by index, so each is guarded
 * by `test`s of the names that were seen there: a list that has changed meanwhile makes the whole patch fail (422).
 */
export function strategyPatch(object: unknown, templatePath: readonly string[], write: StrategyWrite): StrategyPatch {
  const template = at(object, templatePath);
  const plan = planStrategy(template, write);
  const operations = plan.containers.flatMap((edit) => {
    const path = [...templatePath, "spec", edit.list, edit.index];
    return containerOperations(containerAt(template, edit), path, edit);
  });
  return { annotations: plan.annotations, operations };
}

/** The operations of a {@link strategyPatch} where no other annotation is set. */
export function strategyOperations(
  object: unknown,
  templatePath: readonly string[],
  write: StrategyWrite,
): readonly PatchOperation[] {
  const { annotations, operations } = strategyPatch(object, templatePath, write);
  return [...annotationOperations(object, templatePath, annotations), ...operations];
}

/** The pod template after the write: for objects that are made, not patched. */
export function withStrategy(template: unknown, write: StrategyWrite): unknown {
  const plan = planStrategy(template, write);
  const spec = { ...asObject(at(template, ["spec"])) };
  for (const edit of plan.containers) {
    const containers = asArray(spec[edit.list]);
    spec[edit.list] = containers.map((container, index) =>
      index === edit.index ? edited(container, edit) : container,
    );
  }
  const result = plan.containers.length === 0 ? template : { ...asObject(template), spec };
  return withAnnotations(result, plan.annotations);
}

function containerAt(template: unknown, { list, index }: ContainerEdit): Json | undefined {
  return asArray(at(template, ["spec", list]))[index];
}

/** First what moves no other variable, then what moves those behind it only, then what comes last. */
function containerOperations(
  container: Json | undefined,
  path: readonly (string | number)[],
  edit: ContainerEdit,
): readonly PatchOperation[] {
  const env = at(container, ["env"]);
  const pointer = (...parts: readonly (string | number)[]): string => pointerTo([...path, ...parts]);
  const guard = { op: "test", path: pointer("name"), value: at(container, ["name"]) ?? null } as const;
  const named = ({ index, name }: { readonly index: number; readonly name: string }) =>
    ({ op: "test", path: pointer("env", index, "name"), value: name }) as const;
  const replaced = edit.set.flatMap(({ index, name, value }): readonly PatchOperation[] =>
    index === undefined
      ? []
      : [named({ index, name }), { op: "replace", path: pointer("env", index), value: { name, value } }],
  );
  const removed = edit.remove.flatMap((each): readonly PatchOperation[] => [
    named(each),
    { op: "test", path: pointer("env", each.index, "value"), value: each.value },
    { op: "remove", path: pointer("env", each.index) },
  ]);
  const added = edit.set.flatMap(({ index, name, value }) => (index === undefined ? [{ name, value }] : []));
  if (Array.isArray(env)) {
    const appended = added.map((value): PatchOperation => ({ op: "add", path: pointer("env", "-"), value }));
    return [guard, ...replaced, ...removed, ...appended];
  }
  return [guard, { op: "test", path: pointer("env"), value: null }, { op: "add", path: pointer("env"), value: added }];
}

function edited(container: Json, edit: ContainerEdit): Json {
  const removed = new Set(edit.remove.map(({ index }) => index));
  const set = new Map(edit.set.map((each) => [each.index, { name: each.name, value: each.value }]));
  const kept = asArray(at(container, ["env"])).flatMap((variable, index) =>
    removed.has(index) ? [] : [set.get(index) ?? variable],
  );
  const added = edit.set.flatMap(({ index, name, value }) => (index === undefined ? [{ name, value }] : []));
  return { ...asObject(container), env: [...kept, ...added] };
}
