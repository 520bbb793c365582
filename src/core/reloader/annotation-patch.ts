import { asObject, at, isObject } from "../json.ts";
import { type PatchOperation, pointerTo } from "../stamp-patch.ts";

/** Text by key; `undefined` takes an annotation away. */
export type Annotations = Readonly<Record<string, string | undefined>>;

/**
 * The operations that give the pod template of a stored object some annotations, all in one set: which of them has to
 * make `metadata` or `annotations` first is decided once. Each is guarded by a `test` of what the object has now, so that
 * the patch fails (422) if that has changed; a `test` for `null` holds where nothing is. What is as it should be gives nothing.
 */
export function annotationOperations(
  object: unknown,
  templatePath: readonly string[],
  wanted: Annotations,
): readonly PatchOperation[] {
  const template = at(object, templatePath);
  if (!isObject(template)) return [];
  const metadata = template["metadata"];
  const map = asObject(at(metadata, ["annotations"]));
  const changes = Object.entries(wanted).filter(
    ([key, value]) => (Object.hasOwn(map, key) ? map[key] : undefined) !== value,
  );
  if (changes.length === 0) return [];
  const path = [...templatePath, "metadata", "annotations"];
  if (isObject(metadata) && isObject(metadata["annotations"])) {
    return changes.flatMap(([key, value]) => memberOperations(pointerTo([...path, key]), map[key], value));
  }
  const annotations = Object.fromEntries(changes);
  if (isObject(metadata)) return creation(pointerTo(path), annotations);
  return creation(pointerTo([...templatePath, "metadata"]), { annotations });
}

/** The template with the annotations, as the operations make it. */
export function withAnnotations(template: unknown, wanted: Annotations): unknown {
  const metadata = asObject(at(template, ["metadata"]));
  const before = Object.entries(asObject(metadata["annotations"])).filter(([key]) => !Object.hasOwn(wanted, key));
  const set = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const annotations = Object.fromEntries([...before, ...set]);
  if (Object.keys(annotations).length === 0 && metadata["annotations"] === undefined) return template;
  return { ...asObject(template), metadata: { ...metadata, annotations } };
}

function memberOperations(path: string, before: unknown, value: string | undefined): readonly PatchOperation[] {
  const guard: PatchOperation = { op: "test", path, value: before ?? null };
  return [guard, value === undefined ? { op: "remove", path } : { op: "add", path, value }];
}

function creation(path: string, value: object): readonly PatchOperation[] {
  return [
    { op: "test", path, value: null },
    { op: "add", path, value },
  ];
}
