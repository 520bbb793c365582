import { ClusterError, isClusterError } from "../core/errors.ts";
import type { ApiClient, ReflectorHandler, Watched } from "../core/ports.ts";
import type { StreamRequest } from "./client.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import type { Page } from "./list-pages.ts";
import { readWatchEvent, type WatchEvent, type WatchStep } from "./watch-event.ts";
import type { WatchPosition } from "./watch-position.ts";
import { pageRequest, resourceName, watchRequest } from "./watched-requests.ts";

/** What one watch works with. */
export interface WatchSessionDeps {
  readonly api: ApiClient;
  readonly watched: Watched;
  readonly handler: ReflectorHandler<KubernetesObject>;
  /** Read at the start, moved on with every event. */
  readonly position: WatchPosition;
  /** The API server has accepted the watch. */
  readonly opened: () => void;
  /** WatchList has delivered all that exists; `listed` was called. */
  readonly complete: () => void;
}

/**
 * Watches until the server ends it, or is silent for `idleMs`: from the position, or, if there is none, by WatchList. Throws
 * what ended it otherwise; whether WatchList got to its end shows in the position.
 */
export async function followWatch(
  deps: WatchSessionDeps,
  options: { readonly lifeMs: number; readonly idleMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const from = deps.position.get();
  let open = false;
  const request: StreamRequest = {
    ...watchRequest(deps.watched, {
      ...(from === undefined ? {} : { resourceVersion: from }),
      seconds: Math.ceil(options.lifeMs / 1000),
    }),
    idleMs: options.idleMs,
    signal: options.signal,
    onOpen() {
      open = true;
      deps.opened();
    },
  };
  if (from === undefined) deps.handler.asking?.();
  const lines = deps.api.stream<WatchEvent>(request);
  try {
    if (from === undefined) await receiveInitial(deps, request, lines);
    else await receive(deps, request, lines);
  } catch (error) {
    if (open) deps.position.ended(error);
    const silent = open && isClusterError(error, "timeout") && deps.position.get() !== undefined;
    if (!silent) throw error;
    await checkPosition(deps, options.signal);
  }
}

/**
 * After a silence. That is usual on a quiet resource, although bookmarks were asked for: the API server has none to send
 * while etcd reports no progress. But it may also mean that the watch waits for a resourceVersion that will not come.
 */
async function checkPosition({ api, watched, position }: WatchSessionDeps, signal: AbortSignal): Promise<void> {
  try {
    const page = await api.request<Page>({ ...pageRequest(watched, { limit: 1 }), signal });
    if (typeof page?.metadata?.resourceVersion === "string") position.verify(page.metadata.resourceVersion);
  } catch (error) {
    // Watching alone is allowed, too.
    if (!isClusterError(error, "forbidden")) throw error;
  }
}

async function receive(deps: WatchSessionDeps, request: StreamRequest, lines: AsyncIterable<WatchEvent>) {
  for await (const line of lines) {
    const step = readWatchEvent(request, line);
    if (step.kind !== "ignored") forward(deps, step);
  }
}

async function receiveInitial(deps: WatchSessionDeps, request: StreamRequest, lines: AsyncIterable<WatchEvent>) {
  const { handler, position } = deps;
  let phase: "unopened" | "initial" | "following" = "unopened";
  for await (const line of lines) {
    const step = readWatchEvent(request, line);
    // Not sooner: an attempt that is refused must not disturb a handler.
    if (phase === "unopened") handler.listing();
    if (phase === "unopened") phase = "initial";
    if (step.kind === "ignored") continue;
    if (phase === "following") forward(deps, step);
    else if (step.kind === "change") forwardInitial(handler, step);
    else if (step.initialEventsEnd) {
      position.advance(step.object);
      phase = "following";
      handler.listed();
      deps.complete();
    }
  }
  if (phase === "following") return;
  throw new ClusterError(
    "unavailable",
    `Cannot list ${resourceName(deps.watched)}: the watch ended before its list did`,
  );
}

function forward({ handler, position }: WatchSessionDeps, step: Exclude<WatchStep, { kind: "ignored" }>): void {
  position.advance(step.object);
  if (step.kind === "change") handler.event(step.type, step.object);
}

function forwardInitial(handler: WatchSessionDeps["handler"], step: Extract<WatchStep, { kind: "change" }>): void {
  if (step.type === "deleted") handler.event(step.type, step.object);
  else handler.item(step.object);
}
