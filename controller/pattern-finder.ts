import { isClusterError, messageOf } from "../src/core/errors.ts";
import { asString, at } from "../src/core/json.ts";
import { resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import { type SourceId, sourceKind } from "../src/core/source.ts";
import type { SourcePattern } from "../src/core/source-pattern.ts";
import { pause } from "./pause.ts";

/** Finds the sources that name patterns match; from then on the watch reports new ones. */
export interface PatternFinder {
  /** Whether what the pattern matches has been found. The first call for a pattern begins the search. */
  found(namespace: string, pattern: SourcePattern): boolean;
  /** Forgets the searches for patterns of a namespace that are no longer in use: what appears now is not followed for them. */
  keep(namespace: string, inUse: readonly SourcePattern[]): void;
}

/** What a finder works with. */
export interface PatternFinderDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  /** Told of a search that is complete, with what it found. */
  readonly onFound: (namespace: string, sources: readonly SourceId[]) => void;
  readonly signal: AbortSignal;
}

const retryMs = 5_000;
const pageSize = "500";
const metadataList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** A finder that has found nothing yet. Searches are repeated until they succeed. */
export function createPatternFinder(deps: PatternFinderDeps): PatternFinder {
  const searches = new Map<string, "running" | "done">();

  async function search(namespace: string, pattern: SourcePattern): Promise<readonly SourceId[]> {
    const found: SourceId[] = [];
    const path = resourcePath(sourceKind(pattern.kind), { namespace });
    const onItem = (item: unknown): void => {
      const name = asString(at(item, ["metadata", "name"])) ?? "";
      if (pattern.matches(name)) found.push({ kind: pattern.kind, namespace, name });
    };
    let next: string | undefined;
    do {
      const query = { limit: pageSize, continue: next };
      const page = await deps.api.request<unknown>({
        method: "GET",
        path,
        query,
        accept: metadataList,
        signal: deps.signal,
        onItem,
      });
      next = asString(at(page, ["metadata", "continue"]));
    } while (next !== undefined && next !== "");
    return found;
  }

  async function run(key: string, namespace: string, pattern: SourcePattern): Promise<void> {
    while (!deps.signal.aborted) {
      try {
        const sources = await search(namespace, pattern).catch(noneWithoutApi(pattern));
        if (!searches.has(key)) return;
        searches.set(key, "done");
        deps.onFound(namespace, sources);
        return;
      } catch (error) {
        deps.log.warn(
          { namespace, pattern: pattern.text, error: messageOf(error) },
          "Cannot search for sources, trying again",
        );
        await pause(retryMs, deps.signal);
      }
    }
  }

  return {
    found(namespace, pattern) {
      const key = searchKey(namespace, pattern);
      const state = searches.get(key);
      if (state === undefined) {
        searches.set(key, "running");
        void run(key, namespace, pattern);
      }
      return state === "done";
    },
    keep(namespace, inUse) {
      const kept = new Set(inUse.map((pattern) => searchKey(namespace, pattern)));
      for (const key of searches.keys()) if (key.startsWith(`${namespace}/`) && !kept.has(key)) searches.delete(key);
    },
  };
}

/** Of an API that is not installed there is nothing; when it comes, the watch reports what there is. */
function noneWithoutApi({ kind }: SourcePattern) {
  return (error: unknown): readonly SourceId[] => {
    if (!sourceKind(kind).builtIn && isClusterError(error, "not-found")) return [];
    throw error;
  };
}

function searchKey(namespace: string, pattern: SourcePattern): string {
  return `${namespace}/${pattern.kind}/${pattern.text}`;
}
