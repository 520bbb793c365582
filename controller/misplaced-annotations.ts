import { keepNewest } from "../src/core/bounded.ts";
import { namespaceMistakes } from "../src/core/dialects/restamp.ts";
import { apiVersion, namespaces, type Resource } from "../src/core/object-ref.ts";
import { type PolicyRules, sourceMistakes } from "../src/core/policy.ts";
import type { EventRecorder } from "../src/core/ports.ts";

/** An object that a watch shows. */
export interface SeenObject {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** Tells owners of sources and Namespaces of labels and annotations that have no effect there. */
export interface MisplacedAnnotations {
  /** Takes note of an object that a watch shows. */
  see(resource: Resource, object: SeenObject): void;
  /** Tells what has not been told: this replica leads now, or more is known. */
  tell(): void;
}

/** What is told, and to whom. */
export interface MisplacedAnnotationsDeps {
  readonly events: EventRecorder;
  readonly isLeader: () => boolean;
  /** Whether a namespace is looked after; `undefined` while that is not known. */
  readonly selects: (namespace: string) => boolean | undefined;
}

interface Misplaced {
  readonly regarding: { apiVersion: string; kind: string; namespace: string; name: string; uid: string };
  readonly note: string;
  told: boolean;
}

/** More mistakes than anybody reads; the oldest are forgotten, and told again when their object changes. */
const mostKept = 1_000;

/** Each mistake is told once, for as long as it lasts and the process runs. */
export function createMisplacedAnnotations(
  deps: MisplacedAnnotationsDeps,
  rules: Pick<PolicyRules, "dialects">,
): MisplacedAnnotations {
  const kept = new Map<string, Misplaced>();

  function tell(mistake: Misplaced): void {
    if (mistake.told || !deps.isLeader() || deps.selects(mistake.regarding.namespace) !== true) return;
    mistake.told = true;
    const { regarding, note } = mistake;
    deps.events.record({ regarding, type: "Warning", reason: "AnnotationWithoutEffect", note });
  }

  return {
    see(resource, { metadata = {} }) {
      const { uid = "", name = "", labels = {}, annotations = {} } = metadata;
      // Told where its users look, and may look: in itself.
      const { namespace = name } = metadata;
      const isNamespace = resource === namespaces;
      const mistakes = isNamespace ? namespaceMistakes({ labels, annotations }) : sourceMistakes(annotations, rules);
      const note = mistakes.join("; ");
      if (kept.get(uid)?.note === note) return;
      kept.delete(uid);
      if (note === "") return;
      const regarding = { apiVersion: apiVersion(resource), kind: resource.kind, namespace, name, uid };
      const mistake = { regarding, note, told: false };
      kept.set(uid, mistake);
      keepNewest(kept, mostKept);
      tell(mistake);
    },
    tell: () => kept.forEach(tell),
  };
}
