import type { Marks } from "../src/core/dialects/dialect.ts";
import { keys } from "../src/core/dialects/restamp.ts";
import { asArray, asTexts, at, type Json } from "../src/core/json.ts";
import { type LabelSelector, matchesLabels } from "../src/core/label-selector.ts";
import type { ReflectorHandler } from "../src/core/ports.ts";
import { readMarks, timeOf } from "../src/core/workload.ts";

/** What restamp keeps of a Namespace. */
export interface NamespaceFacts {
  readonly name: string;
  readonly marks: Marks;
  /** When a label that decides on restamp's reach was last written, by the API server's clock; ms since the epoch, 0 if that is not recorded. */
  readonly enabledAt: number;
  /** Whether its labels meet the selector; `true` without one. */
  readonly selected: boolean;
}

/** See the options of the same names. */
export interface NamespaceRules {
  readonly namespaceSelector?: LabelSelector | undefined;
  /** If not, all of them are alike and say nothing. @default true */
  readonly followsNamespaces?: boolean;
}

/** The Namespaces of the cluster. */
export interface NamespaceStore {
  /** `undefined` while it is not known, or does not exist. */
  get(name: string): NamespaceFacts | undefined;
  /** Whether workloads there are within reach at all; `undefined` while that is not known. */
  selects(name: string): boolean | undefined;
  /** What a reflector tells, of one Namespace or of all. */
  handler(only: string | undefined): ReflectorHandler<NamespaceFacts>;
}

/** Reads what restamp keeps of a Namespace as the API server returns it. */
export function readNamespace(object: unknown, { namespaceSelector: selector }: NamespaceRules = {}): NamespaceFacts {
  const labels = [keys.enabled, ...(selector?.requirements ?? []).map(({ key }) => key)];
  const isAbout = (manager: Json): boolean =>
    labels.some((label) => at(manager, ["fieldsV1", "f:metadata", "f:labels", `f:${label}`]) !== undefined);
  const times = asArray(at(object, ["metadata", "managedFields"]))
    .filter(isAbout)
    .map((manager) => timeOf(at(manager, ["time"])) ?? 0);
  return {
    name: String(at(object, ["metadata", "name"])),
    marks: readMarks(object),
    enabledAt: Math.max(0, ...times),
    selected: selector === undefined || matchesLabels(selector, asTexts(at(object, ["metadata", "labels"]))),
  };
}

/** A Namespace that says nothing. */
function unmarked(name: string): NamespaceFacts {
  return { name, marks: { labels: {}, annotations: {} }, enabledAt: 0, selected: true };
}

/** Refusals in a row until a Namespace counts as one that may not be read: an API server that starts may refuse once. */
const refusalsUntilUnmarked = 3;

/** @param onChange told of a Namespace whose labels or annotations for restamp are new or have changed, or that is gone. */
export function createNamespaceStore(
  onChange: (namespace: string) => void,
  rules: NamespaceRules = {},
): NamespaceStore {
  const namespaces = new Map<string, NamespaceFacts>();
  const get = (name: string): NamespaceFacts | undefined =>
    rules.followsNamespaces === false ? unmarked(name) : namespaces.get(name);

  function take(facts: NamespaceFacts): void {
    const before = namespaces.get(facts.name);
    namespaces.set(facts.name, facts);
    const said = (each: NamespaceFacts | undefined) => JSON.stringify([each?.marks, each?.selected]);
    if (said(before) !== said(facts)) onChange(facts.name);
  }

  function remove(name: string): void {
    if (namespaces.delete(name)) onChange(name);
  }

  return {
    get,
    selects: (name) => (rules.namespaceSelector === undefined ? true : get(name)?.selected),
    handler(only) {
      let listed = new Set<string>();
      let refusals = 0;
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
          refusals = 0;
        },
        refused() {
          // What may not be read cannot say anything; workloads that speak for themselves are not kept waiting for it.
          if (++refusals === refusalsUntilUnmarked && only !== undefined && get(only) === undefined)
            take(unmarked(only));
        },
        event(type, facts) {
          if (type === "deleted") remove(facts.name);
          else take(facts);
        },
      };
    },
  };
}
