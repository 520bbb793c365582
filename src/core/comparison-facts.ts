import type { Dialect, Marks } from "./dialects/dialect.ts";
import { asArray, asString, at } from "./json.ts";
import type { SourceReference } from "./pod-references.ts";
import { isMark, readPolicy } from "./policy.ts";
import { containerUsing } from "./reloader/container-using.ts";
import type { SourceId } from "./source.ts";
import { fieldManager, readWorkload, timeOf, writesTemplate } from "./workload.ts";
import type { WorkloadKind } from "./workload-kinds.ts";
import { matchesAny, type WorkloadReferences, workloadReferences } from "./workload-references.ts";

/** What is known of a workload that restarts are compared of, as it is now. Times are milliseconds since the epoch. */
export type WorkloadFacts =
  | { readonly is: "gone" }
  | { readonly is: "unreadable"; readonly reason: string }
  | {
      readonly is: "present";
      readonly createdAt: number;
      /** When others than Reloader and restamp last wrote its pod template: the latest time of each. */
      readonly deployedAt: readonly number[];
      /** What its pod template refers to, whether that counts or not. */
      readonly template: readonly SourceReference[];
      /** What counts for it in restamp. */
      readonly references: WorkloadReferences;
      /** Whether Reloader's annotations ask for the source. */
      readonly isAskedOfReloader: (source: Named) => boolean;
      /** Whether Reloader finds a container that uses the source, where it has to. */
      readonly isSeenByReloader: (source: Named) => boolean;
    };

/** What is known of a source that restarts are compared of, as it is now. */
export type SourceFacts = { readonly is: "present"; readonly createdAt: number } | { readonly is: "gone" };

type Named = Pick<SourceId, "kind" | "name">;

/** The field manager of Reloader's writes. */
const reloaderManager = "Reloader";
const noMarks: Marks = { labels: {}, annotations: {} };

/** Reads a workload as both would. `reloader`: the dialect of Reloader's annotations, as its flags name them. */
export function readWorkloadFacts(kind: WorkloadKind, object: unknown, reloader: Dialect): WorkloadFacts {
  const rules = { dialects: [reloader], settleMs: 0, minIntervalMs: 0 };
  const { marks, createdAt, template } = readWorkload(kind, object, (key) => isMark(key, rules));
  // The word of its Namespace is not asked: what Reloader restarts asks for it by itself.
  const policy = readPolicy(marks, noMarks, rules);
  const wish = reloader.readWorkload(marks, noMarks);
  const isNamed = (source: Named): boolean => matchesAny(wish.extra, source);
  const podTemplate = at(object, kind.templatePath);
  return {
    is: "present",
    createdAt,
    deployedAt: deployTimes(kind, object),
    template: template?.references ?? [],
    references: workloadReferences(template?.references ?? [], policy),
    isAskedOfReloader: (source) =>
      !matchesAny(wish.exclude, source) && (isNamed(source) || (wish.counts[source.kind] ?? "none") !== "none"),
    isSeenByReloader: (source) => containerUsing(podTemplate, { ...source, named: isNamed(source) }) !== undefined,
  };
}

/** Reads when a source was created, from its metadata. */
export function readSourceFacts(object: unknown): SourceFacts {
  return { is: "present", createdAt: timeOf(at(object, ["metadata", "creationTimestamp"])) ?? 0 };
}

function deployTimes(kind: WorkloadKind, object: unknown): readonly number[] {
  return asArray(at(object, ["metadata", "managedFields"])).flatMap((entry) => {
    const manager = asString(at(entry, ["manager"]));
    if (manager === reloaderManager || manager === fieldManager) return [];
    return writesTemplate(entry, kind.templatePath) ? (timeOf(at(entry, ["time"])) ?? []) : [];
  });
}
