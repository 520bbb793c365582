import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError, type ErrorCode, isClusterError } from "../core/errors.ts";
import type { ApiClient, Clock, ReflectorHandler } from "../core/ports.ts";
import { createBackoff } from "./backoff.ts";
import { isServed } from "./discovery.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { listPages, readOne } from "./list-pages.ts";
import { createDelivery, type DeliveryDeps } from "./reflector-delivery.ts";
import { type ReflectorOptions, reflectorOptions } from "./reflector-options.ts";
import { createStateKeeper, type ReflectorState } from "./reflector-state.ts";
import { createWatchPosition } from "./watch-position.ts";
import { followWatch } from "./watch-session.ts";
import { resourceName } from "./watched-requests.ts";

/** What a reflector works with. */
export interface ReflectorDeps<T> extends DeliveryDeps<T> {
  readonly api: ApiClient;
  readonly clock?: Clock;
  readonly metrics?: ReflectorMetrics;
}

/** Counts what a reflector does; labels are resource names such as `secrets`. */
export interface ReflectorMetrics {
  /** A listing was complete. */
  listed(resource: string): void;
  /** A listing was complete that stands in for a watch which is not allowed. */
  polled(resource: string): void;
  failed(resource: string, code: ErrorCode): void;
  event(resource: string, type: "added" | "modified" | "deleted"): void;
}

/** Follows one resource for as long as the process lives. */
export interface Reflector {
  /** Ends only, and always, when `signal` aborts; every failure is retried. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  /** Whether `listed` was called at least once. */
  hasSynced(): boolean;
  state(): ReflectorState;
}

/** An attempt that lasted so long was healthy: the next failure is a first one. */
const healthyMs = 5_000;
/** Ending sooner, even cleanly, is waited out like a failure: otherwise it is a loop at full speed. */
const shortestMs = 1_000;

/**
 * A reflector in client-go's sense: lists, then watches from there, and so keeps `handler` equal to the cluster. Retains no
 * object. Between `listing` and `listed`, WatchList may also report the deletion of an object that it has just named: as
 * `event("deleted")`, at once.
 */
export function createReflector<T>(deps: ReflectorDeps<T>, given: Partial<ReflectorOptions> = {}): Reflector {
  const clock = deps.clock ?? { now: () => Date.now() };
  const options = reflectorOptions(deps.watched, given);
  const resource = resourceName(deps.watched);
  const state = createStateKeeper({ watched: deps.watched, log: deps.log, clock });
  const isPolling = (): boolean => state.current().polling !== undefined;
  const handler = counted(createDelivery(deps), { resource, isPolling }, deps.metrics);
  const backoff = createBackoff({ maxMs: options.maxBackoffMs });
  const position = createWatchPosition();
  let watchList = options.watchList;
  /** WatchLists in a row that were accepted and did not end their list. */
  let unfinished = 0;
  let notFound = 0;
  /** Refusals to go on with a watch since one was opened. */
  let watchRefusals = 0;

  function synced(phase: "synced" | "absent"): void {
    unfinished = 0;
    if (phase === "synced") notFound = 0;
    state.synced(phase);
  }

  async function list(signal: AbortSignal, forbidden: Set<string>): Promise<void> {
    const { pageSize: limit, pageTimeoutMs: timeoutMs } = options;
    try {
      position.set(await listPages({ ...deps, handler }, { limit, timeoutMs, signal }));
    } catch (error) {
      if (!isClusterError(error, "forbidden")) throw error;
      const { name, resource: what } = deps.watched;
      // RBAC refuses before anybody looks whether there is such an API.
      if (options.mayBeAbsent && !(await isServed(deps.api, what, signal))) {
        throw new ClusterError("not-found", `Cannot list ${resource}: the API is not installed`);
      }
      if (name === undefined) throw error;
      await readOne({ ...deps, handler, watched: { ...deps.watched, name } }, { timeoutMs, signal });
      // A Role in a namespace can grant a GET of that Namespace, and no watch.
      for (const verb of ["list", "watch"]) forbidden.add(verb);
    }
    synced("synced");
  }

  function watch(signal: AbortSignal): Promise<void> {
    const { api, watched } = deps;
    const opened = () => {
      if (position.get() === undefined) unfinished += 1;
      state.recovered();
      watchRefusals = 0;
    };
    const complete = () => synced("synced");
    const lifeMs = options.watchMs * (1 + Math.random());
    return followWatch(
      { api, watched, handler, position, opened, complete },
      { lifeMs, idleMs: options.idleMs, signal },
    );
  }

  /** Lists and watches by WatchList. Returns `false`, having done nothing, if that is refused. */
  async function tryWatchList(signal: AbortSignal, forbidden: Set<string>): Promise<boolean> {
    try {
      await watch(signal);
      return true;
    } catch (error) {
      if (position.get() !== undefined) throw error;
      if (!isClusterError(error, "bad-request", "invalid", "forbidden")) throw error;
      if (error.code === "forbidden") forbidden.add("watch");
      else watchList = false;
      return false;
    }
  }

  /**
   * From whatever is known to the end of a watch, or to the end of a listing that may not be followed by one. Adds the verbs
   * that were refused to `forbidden`.
   */
  async function attempt(signal: AbortSignal, forbidden: Set<string>): Promise<void> {
    const listing = position.get() === undefined;
    if (listing) {
      // A server that accepts WatchList and never finishes it is listed the old way.
      if (watchList && unfinished < 2 && (await tryWatchList(signal, forbidden))) return;
      await refusable("list", forbidden, list(signal, forbidden));
      // WatchList was refused a moment ago: what cannot be watched at all is not asked for twice.
      if (forbidden.has("watch")) return;
    }
    try {
      await refusable("watch", forbidden, watch(signal));
    } catch (error) {
      if (!listing || !forbidden.has("watch")) throw error;
    }
  }

  /** What to do about a failure: how long to wait before the next attempt, in milliseconds. */
  function delayAfter(error: unknown, how: { resumed: boolean; forbidden: ReadonlySet<string> }): number {
    if (isClusterError(error, "not-found") && options.mayBeAbsent) return delayWhenAbsent();
    if (isClusterError(error, "gone")) {
      deps.log.info({ resource, reason: error.message }, "Listing again");
      position.clear();
      // At once, unless what was just listed is already too old to be watched from.
      if (how.resumed) return 0;
    }
    const refused = isClusterError(error, "forbidden") ? [...how.forbidden].sort() : [];
    if (refused.join() === "watch" && ++watchRefusals > 1) return relist();
    const wait = backoff.next(error);
    const { code } = state.failed(error, refused);
    if (refused.includes("list")) handler.refused?.();
    deps.metrics?.failed(resource, code);
    return wait;
  }

  /** A watch that worked is refused, and not by mistake: at once, as what has happened meanwhile is not known. */
  function relist(): number {
    position.clear();
    return 0;
  }

  /** After a listing: until watching is allowed, which each round tries first, that is how changes are seen. */
  function poll(forbidden: ReadonlySet<string>): number {
    position.clear();
    backoff.reset();
    state.polled(options.pollIntervalMs, [...forbidden].sort());
    return Math.round(options.pollIntervalMs * (0.9 + Math.random() / 5));
  }

  function delayWhenAbsent(): number {
    const { phase } = state.current();
    position.clear();
    state.recovered();
    notFound += 1;
    // Objects would look deleted: look twice before saying so.
    if (phase === "synced" && notFound < 2) return shortestMs;
    if (phase !== "absent") {
      handler.listing();
      handler.listed();
      synced("absent");
    }
    return options.absentPollMs;
  }

  /** Runs one attempt and returns how long to wait before the next, in milliseconds. */
  async function attemptAndWait(signal: AbortSignal): Promise<number> {
    const forbidden = new Set<string>();
    const resumed = position.get() !== undefined;
    const startedAt = clock.now();
    const lasted = (ms: number) => clock.now() - startedAt >= ms;
    try {
      await attempt(signal, forbidden);
      if (forbidden.size > 0) return poll(forbidden);
      if (!lasted(shortestMs)) return backoff.next();
      backoff.reset();
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      if (lasted(healthyMs)) backoff.reset();
      return delayAfter(error, { resumed: resumed || lasted(healthyMs), forbidden });
    }
  }

  return {
    hasSynced: () => state.current().phase !== "starting",
    state: () => state.current(),
    async run(signal) {
      while (!signal.aborted) {
        const delayMs = await attemptAndWait(signal);
        if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

function counted(
  handler: ReflectorHandler<KubernetesObject>,
  { resource, isPolling }: { readonly resource: string; readonly isPolling: () => boolean },
  metrics: ReflectorMetrics | undefined,
): ReflectorHandler<KubernetesObject> {
  if (metrics === undefined) return handler;
  return {
    ...handler,
    listed() {
      if (isPolling()) metrics.polled(resource);
      else metrics.listed(resource);
      handler.listed();
    },
    event(type, object) {
      metrics.event(resource, type);
      handler.event(type, object);
    },
  };
}

/** Notes `verb` among the refused ones if that is why `work` fails. */
async function refusable(verb: string, forbidden: Set<string>, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isClusterError(error, "forbidden")) forbidden.add(verb);
    throw error;
  }
}
