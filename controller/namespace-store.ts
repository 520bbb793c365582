import { asArray, at } from "../src/core/json.ts";
import { keys, type Marks } from "../src/core/policy.ts";
import type { ReflectorHandler } from "../src/core/ports.ts";
import { readMarks, timeOf } from "../src/core/workload.ts";

/** What restamp keeps of a Namespace. */
export interface NamespaceFacts {
  readonly name: string;
  readonly marks: Marks;
  /** When its opt-in label was last written, by the API server's clock; ms since the epoch, 0 if that is not recorded. */
  readonly enabledAt: number;
}

/** The Namespaces of the cluster. */
export interface NamespaceStore {
  get(name: string): NamespaceFacts | undefined;
  /** What a reflector tells, of one Namespace or of all. */
  handler(only: string | undefined): ReflectorHandler<NamespaceFacts>;
}

/** Reads what restamp keeps of a Namespace as the API server returns it. */
export function readNamespace(object: unknown): NamespaceFacts {
  const label = ["fieldsV1", "f:metadata", "f:labels", `f:${keys.enabled}`];
  const times = asArray(at(object, ["metadata", "managedFields"]))
    .filter((manager) => at(manager, label) !== undefined)
    .map((manager) => timeOf(at(manager, ["time"])) ?? 0);
  return {
    name: String(at(object, ["metadata", "name"])),
    marks: readMarks(object),
    enabledAt: Math.max(0, ...times),
  };
}

/** @param onChange told of a Namespace whose labels or annotations for restamp are new or have changed, or that is gone. */
export function createNamespaceStore(onChange: (namespace: string) => void): NamespaceStore {
  const namespaces = new Map<string, NamespaceFacts>();
  function take(facts: NamespaceFacts): void {
    const before = namespaces.get(facts.name);
    namespaces.set(facts.name, facts);
    if (JSON.stringify(before?.marks) !== JSON.stringify(facts.marks)) onChange(facts.name);
  }

  function remove(name: string): void {
    if (namespaces.delete(name)) onChange(name);
  }

  return {
    get: (name) => namespaces.get(name),
    handler(only) {
      let listed = new Set<string>();
      return {
        listing() {
          listed = new Set();
        },
        item(facts) {
          listed.add(facts.name);
          take(facts);
        },
        listed() {
          const known = only === undefined ? [...namespaces.keys()] : [only];
          for (const name of known) if (!listed.has(name)) remove(name);
          listed = new Set();
        },
        event(type, facts) {
          if (type === "deleted") remove(facts.name);
          else take(facts);
        },
      };
    },
  };
}
