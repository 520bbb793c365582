import { asArray, asString, at } from "../json.ts";
import { type SourceKind, sourceKind, sourceKinds } from "../source.ts";

/** Annotation of a pod template: what it was last reloaded from. */
export const lastReloadedFromAnnotation = "reloader.stakater.com/last-reloaded-from";

/** What the annotation tells. */
export interface LastReloadedFrom {
  readonly kind: SourceKind;
  readonly namespace: string;
  readonly name: string;
  /** See `reloaderHash`. */
  readonly hash: string;
  /** Names of the containers that use the source. */
  readonly containers: readonly string[];
  /** Seconds since the epoch. */
  readonly observedAt: number;
}

/** The annotation's value: compact JSON with the keys in Reloader's order. */
export function formatLastReloadedFrom(last: LastReloadedFrom): string {
  return JSON.stringify({
    type: sourceKind(last.kind).reloaderType,
    name: last.name,
    namespace: last.namespace,
    hash: last.hash,
    containerRefs: last.containers,
    observedAt: last.observedAt,
  });
}

/** The inverse of {@link formatLastReloadedFrom}; `undefined` for any other text. */
export function parseLastReloadedFrom(text: string): LastReloadedFrom | undefined {
  const value = parsed(text);
  const kind = sourceKinds.find(({ reloaderType }) => reloaderType === at(value, ["type"]))?.kind;
  const [name, namespace, hash] = ["name", "namespace", "hash"].map((key) => asString(at(value, [key])));
  const observedAt = at(value, ["observedAt"]);
  if (kind === undefined || name === undefined || namespace === undefined || hash === undefined) return undefined;
  if (typeof observedAt !== "number") return undefined;
  const containers = asArray(at(value, ["containerRefs"])).filter((each) => typeof each === "string");
  return { kind, namespace, name, hash, containers, observedAt };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
