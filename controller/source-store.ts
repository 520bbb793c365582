import { isClusterError, messageOf } from "../src/core/errors.ts";
import { createLimiter } from "../src/core/limiter.ts";
import type { ApiClient, Logger, ReflectorHandler } from "../src/core/ports.ts";
import { type SourceId, type SourceKind, sourceKey } from "../src/core/source.ts";
import { observeSource, type SourceState } from "../src/core/source-state.ts";
import { createRecentCreations } from "./recent-creations.ts";
import { readSource } from "./source-reader.ts";
import { createWatchProgress } from "./watch-progress.ts";

/** What a watch of sources keeps of each object: which one it is, and of which version. */
export interface SourceNotice {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

/** What is known of the ConfigMaps and Secrets that workloads refer to. Of all others nothing is kept. */
export interface SourceStore {
  /** The state of a source; `undefined` while it has not been read yet, or is not tracked. */
  state(source: SourceId): SourceState | undefined;
  /** Begins to follow a source, with a GET at once. Does nothing if it is followed already. */
  track(source: SourceId): void;
  untrack(key: string): void;
  /** How many sources are followed, by kind. */
  count(): ReadonlyMap<SourceKind, number>;
  /** Followed sources of a namespace. */
  inNamespace(kind: SourceKind, namespace: string): readonly SourceId[];
  /** What a reflector of the kind's metadata tells, of one namespace or of all. */
  handler(kind: SourceKind, namespace: string | undefined): ReflectorHandler<SourceNotice>;
}

/** What the store works with. */
export interface SourceStoreDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  /** Whether any workload refers to the source, by name or pattern. */
  readonly isReferenced: (source: SourceId) => boolean;
  /** Told after each read. `before` is `undefined` at the first. */
  readonly onRead: (source: SourceId, before: SourceState | undefined, now: SourceState) => void;
  readonly signal: AbortSignal;
}

/** GETs at a time: enough to keep the API server busy, few enough to leave it to others. */
const parallelReads = 16;
/** Failed reads in a row until a source counts as unreadable, so that the others of its workload go ahead. */
const triesUntilUnknown = 3;
const retryMs = 1_000;
const retryMaxMs = 60_000;

interface Tracked {
  readonly source: SourceId;
  state: SourceState | undefined;
  /** What has to be read again, and the version of the first change reported since the last read began. */
  dirty: { readonly watchedAs: number | undefined } | undefined;
  reading: boolean;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** Follows sources: whatever happens to one leads to a GET, which alone says what is there now. */
export function createSourceStore(deps: SourceStoreDeps): SourceStore {
  const tracked = new Map<string, Tracked>();
  const limit = createLimiter(parallelReads);
  const creations = createRecentCreations();
  const progress = createWatchProgress();

  /** Reads a source when its turn comes. */
  function soon(entry: Tracked): void {
    // A read never fails; only the signal, at the end of the process, keeps it from its turn.
    limit.run(() => read(entry), deps.signal).catch(() => undefined);
  }

  function touch(entry: Tracked, watchedAs: number | undefined): void {
    // The first change since the last read is the one that counts: if the read shows just that, it missed none.
    entry.dirty ??= { watchedAs };
    clearTimeout(entry.timer);
    if (!entry.reading) soon(entry);
  }

  async function read(entry: Tracked): Promise<void> {
    const { dirty, source } = entry;
    if (entry.reading || dirty === undefined || deps.signal.aborted) return;
    entry.reading = true;
    entry.dirty = undefined;
    try {
      const seen = await readSource(deps.api, source, deps.signal);
      entry.failures = 0;
      const watchedAs = entry.state === undefined ? await createdAs(source, seen?.version) : dirty.watchedAs;
      publish(entry, seen === undefined ? { is: "absent" } : observeSource(entry.state, seen, watchedAs));
    } catch (error) {
      failed(entry, error);
    } finally {
      entry.reading = false;
    }
    if (entry.dirty !== undefined && entry.failures === 0) soon(entry);
  }

  /** What nobody referred to so far has not been followed, but its creation may have been seen, or be about to be. */
  async function createdAs(source: SourceId, version = 0): Promise<number | undefined> {
    await progress.reached(source, version);
    return creations.version(sourceKey(source));
  }

  function publish(entry: Tracked, now: SourceState): void {
    if (tracked.get(sourceKey(entry.source)) !== entry) return;
    const before = entry.state;
    entry.state = now;
    deps.onRead(entry.source, before, now);
  }

  /** Not being able to look is not an answer: the last one stands, and another try follows. */
  function failed(entry: Tracked, error: unknown): void {
    entry.failures++;
    // What came between is no longer known exactly.
    entry.dirty = { watchedAs: undefined };
    if (deps.signal.aborted || tracked.get(sourceKey(entry.source)) !== entry) return;
    deps.log.warn({ source: entry.source, error: messageOf(error) }, "Cannot read source");
    const delay = Math.min(retryMs * 2 ** (entry.failures - 1), retryMaxMs) * (1 - Math.random() / 5);
    entry.timer = setTimeout(() => soon(entry), delay).unref();
    if (entry.failures < triesUntilUnknown && !isClusterError(error, "forbidden")) return;
    const reason = `${entry.source.kind} "${entry.source.name}" could not be read: ${messageOf(error)}`;
    if (entry.state?.is !== "unknown") publish(entry, { is: "unknown", reason });
  }

  /** The watch may tell of a creation after a GET, on behalf of a workload, has shown its result. */
  function noteCreation(source: SourceId, version: number): void {
    const key = sourceKey(source);
    creations.created(key, version);
    const entry = tracked.get(key);
    if (entry?.state?.is === "present" && entry.state.version === version && entry.state.appearedAt === 0) {
      publish(entry, { ...entry.state, appearedAt: version });
    }
  }

  function changed(source: SourceId, watchedAs: number | undefined): void {
    const entry = tracked.get(sourceKey(source));
    if (entry !== undefined) touch(entry, watchedAs);
    else if (deps.isReferenced(source)) store.track(source);
  }

  const store: SourceStore = {
    state: (source) => tracked.get(sourceKey(source))?.state,
    track(source) {
      const key = sourceKey(source);
      if (tracked.has(key)) return;
      const entry: Tracked = {
        source,
        state: undefined,
        dirty: undefined,
        reading: false,
        failures: 0,
        timer: undefined,
      };
      tracked.set(key, entry);
      touch(entry, undefined);
    },
    untrack(key) {
      clearTimeout(tracked.get(key)?.timer);
      tracked.delete(key);
    },
    count: () =>
      new Map([...Map.groupBy(tracked.values(), ({ source }) => source.kind)].map(([kind, all]) => [kind, all.length])),
    inNamespace: (kind, namespace) =>
      [...tracked.values()]
        .map(({ source }) => source)
        .filter((each) => each.kind === kind && each.namespace === namespace),
    handler(kind, only) {
      let listed = new Set<string>();
      let newest = 0;
      const known = (notice: SourceNotice): boolean => {
        const state = tracked.get(sourceKey({ kind, ...notice }))?.state;
        return state?.is === "present" && state.version === notice.version;
      };
      return {
        listing() {
          listed = new Set();
          newest = 0;
          progress.listing(kind, only);
        },
        item(notice) {
          newest = Math.max(newest, notice.version);
          if (!deps.isReferenced({ kind, ...notice })) return;
          listed.add(sourceKey({ kind, ...notice }));
          if (!known(notice)) changed({ kind, namespace: notice.namespace, name: notice.name }, undefined);
        },
        listed() {
          for (const [key, entry] of tracked) {
            const { source, state } = entry;
            if (source.kind !== kind || (only !== undefined && source.namespace !== only)) continue;
            if (state?.is === "present" && !listed.has(key)) touch(entry, undefined);
          }
          listed = new Set();
          progress.reported(kind, only, newest);
        },
        event(type, notice) {
          if (type === "added") noteCreation({ kind, namespace: notice.namespace, name: notice.name }, notice.version);
          if (type === "deleted") creations.deleted(sourceKey({ kind, ...notice }));
          progress.reported(kind, only, notice.version);
          if (type !== "deleted" && known(notice)) return;
          changed({ kind, namespace: notice.namespace, name: notice.name }, notice.version);
        },
      };
    },
  };
  return store;
}
