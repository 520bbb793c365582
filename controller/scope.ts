import { namespaceEnabled, type Policy, type PolicyDefaults, readPolicy } from "../src/core/policy.ts";
import type { SourceId } from "../src/core/source.ts";
import { type Workload, workloadKey } from "../src/core/workload.ts";
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
  /** What is wrong with the annotations of a workload, within reach or not. */
  problems(workload: Workload): readonly string[];
  /** Whether a workload is meant to take part, wherever its template lies. */
  isEnabled(workload: Workload): boolean;
  /** Takes note of a workload that is new or has changed. Returns keys of other workloads that this concerns. */
  note(workload: Workload): readonly string[];
  forget(workload: Workload): readonly string[];
}

/** What scopes are read from. */
export interface ScopesDeps {
  readonly namespace: (name: string) => NamespaceFacts | undefined;
  readonly index: ReferenceIndex;
  readonly defaults: PolicyDefaults;
  /** Told of the sources that nobody referred to before. */
  readonly onReferenced: (sources: readonly SourceId[]) => void;
}

/** Scopes are computed when something changes and kept in the index; nothing else is remembered but who lends a template. */
export function createScopes(deps: ScopesDeps): Scopes {
  const lending = createLending();

  function policyOf(workload: Workload): Policy {
    const namespace = deps.namespace(workload.namespace)?.marks ?? { labels: {}, annotations: {} };
    const own = readPolicy(workload.marks, namespace, deps.defaults);
    const borrower = lending.borrower(workload);
    // The word of a Rollout reaches the Deployment whose template it runs; the Deployment's own stays stronger.
    if (borrower === undefined || hasSaid(workload)) return own;
    return { ...own, enabled: readPolicy(borrower.marks, namespace, deps.defaults).enabled };
  }

  function get(workload: Workload): Scope | undefined {
    const { template } = workload;
    if (template === undefined || workload.controlled || workload.ended) return undefined;
    const policy = policyOf(workload);
    if (!policy.enabled) return undefined;
    const references = workloadReferences(template.references, policy);
    return { policy, references, borrower: lending.borrower(workload) };
  }

  return {
    get,
    isTold: ({ namespace }) => deps.namespace(namespace) !== undefined,
    hasSaid,
    isBornWithin(workload) {
      const namespace = deps.namespace(workload.namespace);
      if (namespace === undefined || hasSaid(workload)) return false;
      return namespaceEnabled(namespace.marks) && namespace.enabledAt <= workload.createdAt;
    },
    problems: (workload) => policyOf(workload).problems,
    isEnabled: (workload) => policyOf(workload).enabled && !workload.controlled,
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

function hasSaid(workload: Workload): boolean {
  const { labels, annotations } = workload.marks;
  return "restamp.dev/enabled" in labels || "restamp.dev/enabled" in annotations;
}
