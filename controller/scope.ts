import { type Policy, type PolicyDefaults, readPolicy } from "../src/core/policy.ts";
import type { SourceId } from "../src/core/source.ts";
import { type Workload, workloadKey } from "../src/core/workload.ts";
import { findWorkloadKind } from "../src/core/workload-kinds.ts";
import { type WorkloadReferences, workloadReferences } from "../src/core/workload-references.ts";
import type { NamespaceFacts } from "./namespace-store.ts";
import type { ReferenceIndex } from "./reference-index.ts";

/** What restamp is to do for a workload within its reach. */
export interface Scope {
  readonly policy: Policy;
  readonly references: WorkloadReferences;
}

/** Which workloads are within reach, and what they refer to. */
export interface Scopes {
  get(workload: Workload): Scope | undefined;
  /** What is wrong with the annotations of a workload, within reach or not. */
  problems(workload: Workload): readonly string[];
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
  /** Workloads that take their template from another one, by the key of that one. */
  const borrowers = new Map<string, Workload>();

  function policyOf(workload: Workload): Policy {
    const namespace = deps.namespace(workload.namespace)?.marks ?? { labels: {}, annotations: {} };
    const own = readPolicy(workload.marks, namespace, deps.defaults);
    const borrower = borrowers.get(workloadKey(workload));
    // An opt-in on a Rollout reaches the Deployment whose template it runs; the Deployment's own word stays stronger.
    if (own.enabled || borrower === undefined || own.problems.length > 0 || hasSaid(workload)) return own;
    return { ...own, enabled: readPolicy(borrower.marks, namespace, deps.defaults).enabled };
  }

  function get(workload: Workload): Scope | undefined {
    const { template } = workload;
    if (template === undefined || workload.controlled) return undefined;
    const policy = policyOf(workload);
    return policy.enabled ? { policy, references: workloadReferences(template.references, policy) } : undefined;
  }

  function setBorrower(workload: Workload, borrows: boolean): readonly string[] {
    const lender = lenderKey(workload);
    if (lender === undefined) return [];
    if (borrows) borrowers.set(lender, workload);
    else borrowers.delete(lender);
    return [lender];
  }

  return {
    get,
    problems: (workload) => policyOf(workload).problems,
    note(workload) {
      const concerned = setBorrower(workload, true);
      const scope = get(workload);
      const key = workloadKey(workload);
      if (scope === undefined) deps.index.delete(key);
      else deps.onReferenced(deps.index.set(key, indexed(workload.namespace, scope.references)));
      return concerned;
    },
    forget(workload) {
      deps.index.delete(workloadKey(workload));
      return setBorrower(workload, false);
    },
  };
}

/** The sources that references name, in a namespace. */
export function indexed(namespace: string, references: WorkloadReferences) {
  const sources = [...references.sources.values()].map(({ kind, name }) => ({ kind, namespace, name }));
  return { namespace, sources, patterns: [...references.patterns.values()] };
}

function lenderKey(workload: Workload): string | undefined {
  const { templateFrom, namespace } = workload;
  if (templateFrom === undefined) return undefined;
  const kind = findWorkloadKind(templateFrom.group, templateFrom.kind);
  return kind === undefined ? undefined : workloadKey({ kind, namespace, name: templateFrom.name });
}

function hasSaid(workload: Workload): boolean {
  const { labels, annotations } = workload.marks;
  return "restamp.dev/enabled" in labels || "restamp.dev/enabled" in annotations;
}
