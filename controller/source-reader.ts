import { isClusterError } from "../src/core/errors.ts";
import { classSource } from "../src/core/mounted-class.ts";
import { resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { type SourceRules, seenSource } from "../src/core/seen-source.ts";
import { isToldByPods, type SourceId, sourceKind } from "../src/core/source.ts";
import { observeSource, type SeenSource, type SourceState } from "../src/core/source-state.ts";
import { answeredObject } from "../src/kube/answered-object.ts";
import type { MountedClasses } from "./mounted-classes.ts";

/** What sources are read from. */
export interface SourceReaderDeps {
  readonly api: ApiClient;
  readonly signal: AbortSignal;
  /** How annotations and labels of sources are read. With a selector, a watch shows only what meets it. */
  readonly sourceRules?: SourceRules | undefined;
  /** What pods tell of the sources whose content does not lie in an object. @default nothing, of any */
  readonly classes?: Pick<MountedClasses, "isListed" | "mounted"> | undefined;
}

/** What came of a read. */
export interface SourceRead {
  /** What was known before; `undefined` at the first read. */
  readonly before: SourceState | undefined;
  readonly state: SourceState;
  /** When the first event was reported that led to it; milliseconds since the epoch. */
  readonly reported: number;
}

/**
 * Reads a source and keeps hashes of its values only; `undefined` if it does not exist. Throws `ClusterError`, or an error
 * while what pods tell of it is not known yet.
 */
export async function readSource(deps: SourceReaderDeps, source: SourceId): Promise<SeenSource | undefined> {
  const { api, signal, sourceRules, classes } = deps;
  // Before that, what pods have would look like nothing.
  if (isToldByPods(source) && classes?.isListed(source.namespace) === false) {
    throw new Error("what pods have mounted is not listed yet");
  }
  const path = resourcePath(sourceKind(source.kind), { namespace: source.namespace, name: source.name });
  try {
    const answer = await api.request<unknown>({ method: "GET", path, signal });
    return seenSource(source.kind, answeredObject(path, answer), sourceRules);
  } catch (error) {
    if (isClusterError(error, "not-found")) return undefined;
    throw error;
  }
}

/** What is known of a source after a read. `watchedAs`: see {@link observeSource}. */
export function stateAfter(
  { classes }: Pick<SourceReaderDeps, "classes">,
  read: {
    readonly source: SourceId;
    readonly before: SourceState | undefined;
    readonly seen: SeenSource | undefined;
    readonly watchedAs?: number | undefined;
  },
): SourceState {
  const { source, before, seen, watchedAs } = read;
  if (seen === undefined) return { is: "absent" };
  return isToldByPods(source) ? classSource(seen, classes?.mounted(source)) : observeSource(before, seen, watchedAs);
}
