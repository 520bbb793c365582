import { backoffMs } from "../src/core/backoff.ts";
import { isClusterError, messageOf } from "../src/core/errors.ts";
import { createLimiter } from "../src/core/limiter.ts";
import type { Logger, ReflectorHandler } from "../src/core/ports.ts";
import { isToldByPods, type SourceId, type SourceKind, sourceKey } from "../src/core/source.ts";
import type { SourceState } from "../src/core/source-state.ts";
import { createRecentCreations } from "./recent-creations.ts";
import { readSource, type SourceRead, type SourceReaderDeps, stateAfter } from "./source-reader.ts";
import { createWatchProgress } from "./watch-progress.ts";

/** What a watch of sources keeps of each object: which one it is, and of which version. */
export interface SourceNotice {
  readonly namespace: string;
  readonly name: string;
  readonly version: number;
}

/** What is known of the sources that workloads refer to. Of all others nothing is kept. */
export interface SourceStore {
  /** The state of a source; `undefined` while it has not been read yet, or is not tracked. */
  state(source: SourceId): SourceState | undefined;
  /** Whether a change of a source was reported that has not been read yet, and can be. */
  isPending(source: SourceId): boolean;
  /** Begins to follow a source, with a GET at once. Does nothing if it is followed already. */
  track(source: SourceId): void;
  untrack(key: string): void;
  /** How many sources are followed, by kind. */
  count(): ReadonlyMap<SourceKind, number>;
  /** Followed sources of a namespace. */
  inNamespace(kind: SourceKind, namespace: string): readonly SourceId[];
  /** What a reflector of the kind's metadata tells, of one namespace or of all. */
  handler(kind: SourceKind, namespace: string | undefined): ReflectorHandler<SourceNotice>;
  /** Takes in what pods have mounted: of one class, or of all in a namespace, or of all there are. */
  remount(namespace: string | undefined, name: string | undefined): void;
}

/** What the store works with. */
export interface SourceStoreDeps extends SourceReaderDeps {
  readonly log: Logger;
  /** Whether any workload refers to the source, by name or pattern. */
  readonly isReferenced: (source: SourceId) => boolean;
  /** Told after each read. */
  readonly onRead: (source: SourceId, read: SourceRead) => void;
  /** Told of a change that is not followed, as nobody refers to the source. */
  readonly onUnreferenced: (source: SourceId) => void;
}

/** GETs at a time: enough to keep the API server busy, few enough to leave it to others. */
const parallelReads = 16;
/** Failed reads in a row until a source counts as unreadable, so that the others of its workload go ahead. */
const triesUntilUnknown = 5;
const retryMs = 200;
const retryMaxMs = 60_000;
/** How often to look for what is missing and whose creation need not be watched, as its labels are not selected. */
const lookForMs = 60_000;

interface Tracked {
  readonly source: SourceId;
  state: SourceState | undefined;
  /** What has to be read again, and the first change reported since the last read began: its version, and when that was. */
  dirty: { readonly watchedAs: number | undefined; readonly reported: number } | undefined;
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
    entry.dirty ??= { watchedAs, reported: Date.now() };
    clearTimeout(entry.timer);
    if (!entry.reading) soon(entry);
  }

  async function read(entry: Tracked): Promise<void> {
    const { dirty, source } = entry;
    if (entry.reading || dirty === undefined || deps.signal.aborted) return;
    entry.reading = true;
    entry.dirty = undefined;
    try {
      const seen = await readSource(deps, source);
      entry.failures = 0;
      const watchedAs = entry.state === undefined ? await createdAs(source, seen?.version) : dirty.watchedAs;
      publish(entry, stateAfter(deps, { source, before: entry.state, seen, watchedAs }), dirty.reported);
      if (seen === undefined && isSelective(source.kind)) lookLater(entry);
    } catch (error) {
      failed(entry, dirty.reported, error);
    } finally {
      entry.reading = false;
    }
    if (entry.dirty !== undefined && entry.failures === 0) soon(entry);
  }

  /** Whether the watch of a kind leaves out what the labels do not select: new labels and creations then look alike. */
  function isSelective(kind: SourceKind): boolean {
    return kind !== "SecretProviderClass" && deps.sourceRules?.resourceLabelSelector !== undefined;
  }

  /** What is missing may come to exist without being watched, and then it is no longer missing. */
  function lookLater(entry: Tracked): void {
    if (tracked.get(sourceKey(entry.source)) !== entry || entry.dirty !== undefined) return;
    entry.timer = setTimeout(() => touch(entry, undefined), lookForMs * (1 - Math.random() / 5)).unref();
  }

  /** What nobody referred to so far has not been followed, but its creation may have been seen, or be about to be. */
  async function createdAs(source: SourceId, version = 0): Promise<number | undefined> {
    if (isSelective(source.kind)) return undefined;
    await progress.reached(source, version);
    return creations.version(sourceKey(source));
  }

  function publish(entry: Tracked, state: SourceState, reported = Date.now()): void {
    if (tracked.get(sourceKey(entry.source)) !== entry) return;
    const before = entry.state;
    entry.state = state;
    deps.onRead(entry.source, { before, state, reported });
  }

  /** Not being able to look is not an answer: the last one stands, and another try follows. */
  function failed(entry: Tracked, reported: number, error: unknown): void {
    entry.failures++;
    // What came between is no longer known exactly.
    entry.dirty = { watchedAs: undefined, reported };
    if (deps.signal.aborted || tracked.get(sourceKey(entry.source)) !== entry) return;
    deps.log.warn({ source: entry.source, error: messageOf(error) }, "Cannot read source");
    const askedMs = isClusterError(error) ? error.retryAfterMs : undefined;
    const times = { baseMs: retryMs, maxMs: retryMaxMs, askedMs };
    const delay = backoffMs({ failures: entry.failures, ...times, random: Math.random() });
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
    else deps.onUnreferenced(source);
  }

  const store: SourceStore = {
    state: (source) => tracked.get(sourceKey(source))?.state,
    isPending(source) {
      const entry = tracked.get(sourceKey(source));
      return entry !== undefined && entry.state?.is !== "unknown" && (entry.reading || entry.dirty !== undefined);
    },
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
    remount(namespace, name) {
      for (const entry of tracked.values()) {
        const { source, state } = entry;
        const isMeant = source.namespace === (namespace ?? source.namespace) && source.name === (name ?? source.name);
        if (!isMeant || !isToldByPods(source) || state?.is === "absent") continue;
        if (state?.is !== "present") touch(entry, undefined);
        else publish(entry, stateAfter(deps, { source, before: state, seen: state }));
      }
    },
    handler(kind, only) {
      let listed = new Set<string>();
      let newest = 0;
      const known = (notice: SourceNotice): boolean => {
        const state = tracked.get(sourceKey({ kind, ...notice }))?.state;
        return state?.is === "present" && state.version === notice.version;
      };
      /** What exists is in a list of its kind, but for what the selector leaves out: that is in none, and stays ignored. */
      const isListable = ({ source, state }: Tracked): boolean => {
        const isHere = source.kind === kind && (only ?? source.namespace) === source.namespace;
        return isHere && state?.is === "present" && !(state.ignored && isSelective(kind));
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
          for (const [key, entry] of tracked) if (isListable(entry) && !listed.has(key)) touch(entry, undefined);
          listed = new Set();
          progress.reported(kind, only, newest);
        },
        event(type, notice) {
          const isCreation = type === "added" && !isSelective(kind);
          if (isCreation) noteCreation({ kind, namespace: notice.namespace, name: notice.name }, notice.version);
          if (type === "deleted") creations.deleted(sourceKey({ kind, ...notice }));
          progress.reported(kind, only, notice.version);
          if (type !== "deleted" && known(notice)) return;
          const watchedAs = type === "added" && !isCreation ? undefined : notice.version;
          changed({ kind, namespace: notice.namespace, name: notice.name }, watchedAs);
        },
      };
    },
  };
  return store;
}
