import type { Marks } from "../src/core/dialects/dialect.ts";
import { namespaceEnabled } from "../src/core/dialects/restamp.ts";
import { type Policy, readPolicy, type WorkloadRules } from "../src/core/policy.ts";
import type { SourceId } from "../src/core/source.ts";
import { type Workload, workloadKey } from "../src/core/workload.ts";
import type { WorkloadKinds } from "../src/core/workload-kinds.ts";
import { type WorkloadReferences, workloadReferences } from "../src/core/workload-references.ts";
import { createLending } from "./lending.ts";
import type { NamespaceFacts } from "./namespace-store.ts";
import type { ReferenceIndex } from "./reference-index.ts";

/** What restamp is to do for a workload within its reach. */
export interface Scope {
  readonly policy: Policy;
  readonly references: WorkloadReferences;
  /** The workload whose pods are made from the template of this one. */
  readonly borrower: Workload | undefined;
}

/** Which workloads are within reach, and what they refer to. */
export interface Scopes {
  get(workload: Workload): Scope | undefined;
  /** Whether enough is known to say that a workload is not within reach: its Namespace may be reported after it. */
  isTold(workload: Workload): boolean;
  /** Whether a workload itself says that it takes part or not. */
  hasSaid(workload: Workload): boolean;
  /** Whether a workload takes part by the word of its Namespace, and was created after that was given. */
  isBornWithin(workload: Workload): boolean;
  /** What a workload's annotations ask for, within reach or not. */
  policy(workload: Workload): Policy;
  /** Whether the flags leave its Namespace out. */
  isLeftOut(workload: Workload): boolean;
  /** Why the template of a workload that is meant to take part is not followed, in words. */
  unfollowed(workload: Workload): string | undefined;
  /** Takes note of a workload that is new or has changed. Returns keys of other workloads that this concerns. */
  note(workload: Workload): readonly string[];
  forget(workload: Workload): readonly string[];
}

/** What scopes are read from. */
export interface ScopesDeps {
  readonly kinds: WorkloadKinds;
  readonly namespace: (name: string) => NamespaceFacts | undefined;
  /** Whether workloads of a Namespace are within reach at all; `undefined` while that is not known. */
  readonly selects: (namespace: string) => boolean | undefined;
  readonly index: ReferenceIndex;
  readonly rules: WorkloadRules;
  /** Told of the sources that nobody referred to before. */
  readonly onReferenced: (sources: readonly SourceId[]) => void;
}

/** Scopes are computed when something changes and kept in the index; nothing else is remembered but who lends a template. */
export function createScopes(deps: ScopesDeps): Scopes {
  const lending = createLending(deps.kinds);

  const marksOf = (namespace: string): Marks => deps.namespace(namespace)?.marks ?? { labels: {}, annotations: {} };

  /** Of several, as when one takes the place of another, one that takes part. */
  function borrowerOf(workload: Workload): Workload | undefined {
    const all = lending.borrowers(workload);
    if (all.length < 2) return all[0];
    const namespace = marksOf(workload.namespace);
    return all.find(({ marks }) => readPolicy(marks, namespace, deps.rules).enabled) ?? all[0];
  }

  function policyOf(workload: Workload): Policy {
    const namespace = marksOf(workload.namespace);
    const own = readPolicy(workload.marks, namespace, deps.rules);
    const borrower = borrowerOf(workload);
    // The word of a Rollout reaches the Deployment whose template it runs; the Deployment's own stays stronger.
    if (borrower === undefined || own.said) return own;
    const { enabled, counts, extra, exclude } = readPolicy(borrower.marks, namespace, deps.rules);
    return { ...own, enabled, counts, extra: [...own.extra, ...extra], exclude: [...own.exclude, ...exclude] };
  }

  function get(workload: Workload): Scope | undefined {
    const { template } = workload;
    if (template === undefined || deps.kinds.owns(workload.owner) || workload.ended) return undefined;
    if (deps.selects(workload.namespace) !== true) return undefined;
    const policy = policyOf(workload);
    if (!policy.enabled) return undefined;
    const references = workloadReferences(template.references, policy, deps.rules);
    return { policy, references, borrower: borrowerOf(workload) };
  }

  return {
    get,
    isTold: ({ namespace }) => deps.namespace(namespace) !== undefined,
    hasSaid: (workload) => policyOf(workload).said,
    isBornWithin(workload) {
      const namespace = deps.namespace(workload.namespace);
      const policy = policyOf(workload);
      if (namespace === undefined || policy.said) return false;
      if (!namespaceEnabled(namespace.marks)) return policy.enabled;
      return namespace.enabledAt <= workload.createdAt;
    },
    policy: policyOf,
    isLeftOut: ({ namespace }) => deps.selects(namespace) === false,
    unfollowed(workload) {
      const takesPart = policyOf(workload).enabled && !deps.kinds.owns(workload.owner);
      return takesPart ? lending.unfollowed(workload) : undefined;
    },
    note(workload) {
      const concerned = lending.note(workload);
      const scope = get(workload);
      const key = workloadKey(workload);
      if (scope === undefined) deps.index.delete(key);
      else deps.onReferenced(deps.index.set(key, indexed(workload.namespace, scope.references)));
      return concerned;
    },
    forget(workload) {
      deps.index.delete(workloadKey(workload));
      return lending.forget(workload);
    },
  };
}

/** The sources that references name, in a namespace. */
export function indexed(namespace: string, references: WorkloadReferences) {
  const sources = [...references.sources.values()].map(({ kind, name }) => ({ kind, namespace, name }));
  return { namespace, sources, patterns: [...references.patterns.values()] };
}
