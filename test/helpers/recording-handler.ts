import type { ReflectorHandler } from "../../src/core/ports.ts";
import { type KubernetesObject, objectName } from "../../src/kube/kubernetes-object.ts";

/** A handler that keeps what a cache would hold, and the calls that led there. */
export interface RecordingHandler extends ReflectorHandler<KubernetesObject> {
  /** `listing`, `item shop/a`, `listed`, `added shop/a`, … */
  readonly calls: readonly string[];
  /** Names of the objects that exist as far as was told. */
  names(): readonly string[];
  /** The objects as they were handed over last. */
  objects(): ReadonlyMap<string, KubernetesObject>;
  /** How often a listing was about to be asked for. */
  asked(): number;
  /** How often a listing was completed. */
  listings(): number;
}

/** Does what a store in the controller does: a listing replaces everything. */
export function createRecordingHandler(): RecordingHandler {
  const calls: string[] = [];
  const store = new Map<string, KubernetesObject>();
  let seen = new Set<string>();
  let asked = 0;
  return {
    calls,
    asked: () => asked,
    names: () => [...store.keys()].sort(),
    objects: () => store,
    listings: () => calls.filter((call) => call === "listed").length,
    asking() {
      asked++;
    },
    listing() {
      calls.push("listing");
      seen = new Set();
    },
    item(object) {
      calls.push(`item ${objectName(object)}`);
      seen.add(objectName(object));
      store.set(objectName(object), object);
    },
    listed() {
      calls.push("listed");
      for (const name of store.keys()) if (!seen.has(name)) store.delete(name);
    },
    event(type, object) {
      calls.push(`${type} ${objectName(object)}`);
      if (type === "deleted") store.delete(objectName(object));
      else store.set(objectName(object), object);
    },
  };
}
