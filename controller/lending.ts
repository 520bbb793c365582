import { type Workload, workloadKey } from "../src/core/workload.ts";
import type { WorkloadKinds } from "../src/core/workload-kinds.ts";

/** Which workloads take their template from another one, as a Rollout of Argo may (`workloadRef`). */
export interface Lending {
  /** Takes note of where a workload has its template from now. Returns the keys of the workloads that this concerns. */
  note(workload: Workload): readonly string[];
  forget(workload: Workload): readonly string[];
  /** The workloads whose pods are made from the template of another one, those noted first before the others. */
  borrowers(lender: Workload): readonly Workload[];
  /** Why the template of a workload is not followed, in words: it lies in an object of a kind that is not followed. */
  unfollowed(workload: Workload): string | undefined;
}

/** Nothing is lent. */
export function createLending(kinds: WorkloadKinds): Lending {
  /** By lender, then by their own keys: while one takes the place of another, there are two. */
  const borrowers = new Map<string, Map<string, Workload>>();
  const lenders = new Map<string, string>();

  function lenderOf({ templateFrom, namespace }: Workload): string | undefined {
    if (templateFrom === undefined) return undefined;
    const kind = kinds.find(templateFrom.group, templateFrom.kind);
    return kind === undefined ? undefined : workloadKey({ kind, namespace, name: templateFrom.name });
  }

  function drop(lender: string, key: string): void {
    const of = borrowers.get(lender);
    of?.delete(key);
    if (of?.size === 0) borrowers.delete(lender);
  }

  function set(workload: Workload, lender: string | undefined): readonly string[] {
    const key = workloadKey(workload);
    const before = lenders.get(key);
    if (before !== undefined && before !== lender) drop(before, key);
    lenders.delete(key);
    if (lender !== undefined) {
      lenders.set(key, lender);
      borrowers.set(lender, (borrowers.get(lender) ?? new Map<string, Workload>()).set(key, workload));
    }
    return [before, lender].flatMap((each, index, all) =>
      each === undefined || all.indexOf(each) < index ? [] : each,
    );
  }

  return {
    note: (workload) => set(workload, lenderOf(workload)),
    forget: (workload) => set(workload, undefined),
    borrowers: (lender) => [...(borrowers.get(workloadKey(lender))?.values() ?? [])],
    unfollowed(workload) {
      const { templateFrom, kind } = workload;
      if (templateFrom === undefined || lenderOf(workload) !== undefined) return undefined;
      const where = `${templateFrom.kind} "${templateFrom.name}"`;
      return `Changes are not followed: the pod template lies in ${where}; refer to a Deployment, or put the template into the ${kind.kind}`;
    },
  };
}
