import { isClusterError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type ObjectReference, type Resource, resourcePath } from "../core/object-ref.ts";
import type { ApiClient, Clock, EventRecorder, Logger } from "../core/ports.ts";
import { buildEvent, type EventObject, type EventReporter, microTime } from "./event-object.ts";
import { createApiSendQueue } from "./send-queue.ts";
import { createTokenBuckets } from "./token-buckets.ts";

/** Why an Event was not written. */
export type EventDrop = "queue-full" | "rate-limited" | "failed" | "shutdown";

/** What an event recorder works with. */
export interface EventRecorderDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly clock?: Clock;
  /** For a counter by reason. */
  readonly onDropped?: (reason: EventDrop) => void;
}

/** Who reports, and how much. */
export interface EventRecorderOptions {
  /** `controller`: reported as `restamp.dev/controller`. */
  readonly component: string;
  /** Pod name, or the host's. */
  readonly instance: string;
  /** What is going on whenever an Event is recorded. @default "Restamp" */
  readonly action?: string;
  /** Events waiting to be sent; more are dropped. @default 10000: one for each workload of a large cluster */
  readonly maxQueued?: number;
  /** How long an equal Event joins the series of the one before, in milliseconds. @default 360000 */
  readonly seriesMs?: number;
  /** Shortest time between two writes of one series, in milliseconds. @default 60000 */
  readonly seriesWriteMs?: number;
  /** First wait before a failed write is repeated, in milliseconds. @default 1000 */
  readonly retryMs?: number;
}

/** An {@link EventRecorder} with a shutdown. */
export interface KubeEventRecorder extends EventRecorder {
  /** Sends what is queued, and gives up what is not sent after `timeoutMs`. The recorder may be used on. */
  flush(timeoutMs: number): Promise<void>;
}

/** Equal Events in a row. */
interface Series {
  readonly event: EventObject;
  readonly object: string;
  count: number;
  lastAt: number;
  writtenAt: number;
  timer: NodeJS.Timeout | undefined;
  /** Its writes, one after the other: two under way could overtake each other. */
  writes: Promise<unknown>;
}

const eventsResource: Resource = { group: "events.k8s.io", version: "v1", resource: "events", kind: "Event" };
/** As client-go keeps: https://pkg.go.dev/k8s.io/client-go/tools/record (EventCorrelator). */
const maxSeries = 4096;
/** Writes at a time: while a change reaches many workloads, most of the time of the API server is for their patches. */
const concurrency = 2;

/** Records Events in the background: bounded in memory and in writes for each object, equal ones as a series. */
export function createEventRecorder(deps: EventRecorderDeps, options: EventRecorderOptions): KubeEventRecorder {
  const { api, log } = deps;
  const clock = deps.clock ?? { now: () => Date.now() };
  const {
    seriesMs = 360_000,
    seriesWriteMs = 60_000,
    action = "Restamp",
    maxQueued = 10_000,
    retryMs = 1000,
  } = options;
  const reporter: EventReporter = {
    controller: `restamp.dev/${options.component}`,
    instance: options.instance,
    action,
  };
  const known = new Map<string, Series>();
  // client-go's figures: https://pkg.go.dev/k8s.io/client-go/tools/record (EventSourceObjectSpamFilter).
  const buckets = createTokenBuckets({ clock }, { burst: 25, refillMs: 300_000, maxKeys: maxSeries });
  const queue = createApiSendQueue({ onGivenUp }, { maxQueued, concurrency, attempts: 5, retryMs });

  function onGivenUp(error: unknown): void {
    deps.onDropped?.("failed");
    log.warn({ error: error instanceof Error ? error.message : String(error) }, "Event could not be written");
  }

  function enqueue(object: string, send: (signal: AbortSignal) => Promise<void>): void {
    if (!buckets.take(object)) deps.onDropped?.("rate-limited");
    else if (!queue.add(send)) deps.onDropped?.("queue-full");
  }

  function enqueueWrite(series: Series, write: (signal: AbortSignal) => Promise<void>): void {
    enqueue(series.object, (signal) => {
      const done = series.writes.then(() => write(signal));
      series.writes = done.catch(() => undefined);
      return done;
    });
  }

  /** `exists` when an Event of this name is there already. */
  async function post(event: EventObject, signal: AbortSignal): Promise<"created" | "exists"> {
    const path = resourcePath(eventsResource, { namespace: event.metadata.namespace });
    try {
      await api.request({ method: "POST", path, body: event, signal });
      return "created";
    } catch (error) {
      if (isClusterError(error, "conflict") && error.reason === "AlreadyExists") return "exists";
      throw error;
    }
  }

  /** `missing` when there is no Event of this name. */
  async function patch(event: EventObject, body: JsonObject, signal: AbortSignal): Promise<"patched" | "missing"> {
    const { namespace, name } = event.metadata;
    const path = resourcePath(eventsResource, { namespace, name });
    try {
      await api.request({ method: "PATCH", path, body, contentType: "application/merge-patch+json", signal });
      return "patched";
    } catch (error) {
      if (isClusterError(error, "not-found")) return "missing";
      throw error;
    }
  }

  function writeSeries(series: Series): void {
    clearTimeout(series.timer);
    series.timer = undefined;
    series.writtenAt = clock.now();
    enqueueWrite(series, async (signal) => {
      const { event } = series;
      const body = { series: { count: series.count, lastObservedTime: microTime(series.lastAt) } };
      if ((await patch(event, body, signal)) === "patched") return;
      // The first one was dropped or has expired; or it failed so far and is there now.
      if ((await post({ ...event, ...body }, signal)) === "exists") await patch(event, body, signal);
    });
  }

  function repeat(series: Series, now: number): void {
    series.count += 1;
    series.lastAt = now;
    if (series.timer !== undefined) return;
    const waitMs = series.writtenAt + seriesWriteMs - now;
    if (waitMs <= 0) writeSeries(series);
    else series.timer = setTimeout(writeSeries, waitMs, series).unref();
  }

  function forgetOld(now: number): void {
    // The map is in order of the last observation: the first ones are the oldest.
    for (const [key, series] of known) {
      if (known.size <= maxSeries && now - series.lastAt <= seriesMs) return;
      if (series.timer !== undefined) writeSeries(series);
      known.delete(key);
    }
  }

  return {
    record(note) {
      const now = clock.now();
      const object = objectKey(note.regarding);
      const key = JSON.stringify([object, note.type, note.reason, note.note]);
      forgetOld(now);
      const running = known.get(key);
      known.delete(key);
      if (running !== undefined) {
        known.set(key, running);
        repeat(running, now);
        return;
      }
      const event = buildEvent(note, reporter, now);
      const writes = Promise.resolve();
      const series = { event, object, count: 1, lastAt: now, writtenAt: now, timer: undefined, writes };
      known.set(key, series);
      enqueueWrite(series, async (signal) => {
        // An Event that exists: an earlier attempt got through, only its answer did not come back.
        await post(event, signal);
      });
    },
    async flush(timeoutMs) {
      for (const series of known.values()) if (series.timer !== undefined) writeSeries(series);
      const left = await queue.drain(timeoutMs);
      if (left > 0) log.warn({ left }, "Events were abandoned");
      for (let i = 0; i < left; i++) deps.onDropped?.("shutdown");
    },
  };
}

/** What tells one object from another. */
function objectKey({ kind, namespace, name, uid }: ObjectReference): string {
  return uid ?? `${kind}/${namespace}/${name}`;
}
