import type { Workload } from "../src/core/workload.ts";
import type { Case } from "./examination.ts";
import type { ReconcilerDeps } from "./reconciler-deps.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** Tells owners of what is wrong with a workload, once for as long as it lasts. */
export function createConcerns({ scopes, notices, metrics }: ReconcilerDeps) {
  function warn(workload: Workload, reason: string, texts: readonly string[]): boolean {
    if (texts.length > 0) return notices.warn(workload, { reason, note: texts.join("; ") });
    notices.clear(workload, reason);
    return false;
  }

  return {
    /** Annotations that cannot be read or do nothing, and a template that is not followed. */
    ofAnnotations({ workload }: TrackedWorkload): void {
      if (scopes.isLeftOut(workload)) return;
      const { problems, mistakes } = scopes.policy(workload);
      if (warn(workload, "InvalidAnnotation", problems)) metrics.invalidAnnotation();
      warn(workload, "AnnotationWithoutEffect", mistakes);
      const unfollowed = scopes.unfollowed(workload);
      warn(workload, "TemplateNotFollowed", unfollowed === undefined ? [] : [unfollowed]);
    },
    /** What cannot be read holds up nothing else, but its changes are not seen; and a workload that asks for nothing. */
    ofContent({ tracked: { workload }, scope, decision: { unreadable } }: Case): void {
      warn(
        workload,
        "SourceUnreadable",
        unreadable.length === 0 ? [] : [`Changes are not seen: ${unreadable.join("; ")}`],
      );
      const { references, policy } = scope;
      const isEmpty =
        policy.said && references.sources.size + references.patterns.size + references.excluded.size === 0;
      const note = `It takes part, and refers to no ConfigMap or Secret that counts: name what it reads through the API in ${policy.naming.join(" or ")}`;
      warn(workload, "NothingToFollow", isEmpty ? [note] : []);
    },
  };
}
