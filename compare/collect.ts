import { ClusterError, isClusterError } from "../src/core/errors.ts";
import type { Resource } from "../src/core/object-ref.ts";
import type { ApiClient, Logger, ReflectorHandler, Watched } from "../src/core/ports.ts";
import { listPages } from "../src/kube/list-pages.ts";
import { createReflector } from "../src/kube/reflector.ts";
import { eventSelections, type RestartLog } from "./restart-log.ts";

/** What collecting works with. */
export interface CollectDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly restarts: RestartLog;
}

/** Events of both APIs are served here, and the built-in role "view" may read them here only. */
const events: Resource = { group: "", version: "v1", resource: "events", kind: "Event" };
const pageSize = 500;
const pageTimeoutMs = 60_000;

/** Where to look, and until when. */
export interface CollectScope {
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** Ends waiting; what is under way is given up without an error. */
  readonly signal: AbortSignal;
  /** Called once what is there has been read, and Events are followed: resolves when that is to end. */
  readonly wait: (() => Promise<void>) | undefined;
}

/** Reads the Events about restarts, and follows them for as long as `wait` says. Throws a `ClusterError` that says what to do. */
export async function collectRestarts(deps: CollectDeps, scope: CollectScope): Promise<void> {
  const selections = selectionsOf(scope.namespaces).map((watched) => ({ watched, handler: deps.restarts.handler() }));
  for (const selection of selections) await listOnce(deps, selection, scope.signal);
  if (scope.wait === undefined) return;
  const ending = new AbortController();
  const running = selections.map(({ watched, handler }) => {
    const { api, log } = deps;
    const reflector = createReflector<unknown>({ api, log, watched, handler, project: (object) => object });
    return reflector.run(ending.signal);
  });
  await scope.wait();
  ending.abort();
  await Promise.all(running);
}

function selectionsOf(namespaces: readonly string[]): readonly Watched[] {
  const everywhere = eventSelections.map((fieldSelector): Watched => ({ resource: events, fieldSelector }));
  if (namespaces.length === 0) return everywhere;
  return namespaces.flatMap((namespace) => everywhere.map((watched) => ({ ...watched, namespace })));
}

async function listOnce(
  { api }: CollectDeps,
  { watched, handler }: { readonly watched: Watched; readonly handler: ReflectorHandler<unknown> },
  signal: AbortSignal,
): Promise<void> {
  try {
    await listPages({ api, watched, handler }, { limit: pageSize, timeoutMs: pageTimeoutMs, signal });
  } catch (error) {
    if (!isClusterError(error, "forbidden")) throw error;
    const where = watched.namespace === undefined ? "" : ` in namespace "${watched.namespace}"`;
    const advice = watched.namespace === undefined ? ", or name namespaces with --watch-namespaces" : "";
    throw new ClusterError("forbidden", `${error.message}: grant "list" on "events"${where}${advice}`, {
      cause: error,
    });
  }
}
