import type { SourceId, SourceKind } from "../src/core/source.ts";

/**
 * How far the watches of sources have reported. A GET may show what its watch reports a moment later; what kind of change
 * it was is known only then.
 */
export interface WatchProgress {
  /** A listing begins: until it is complete, nothing is known of what happens. */
  listing(kind: SourceKind, namespace: string | undefined): void;
  /** Everything up to this version has been reported. Of one kind, versions are in one order. */
  reported(kind: SourceKind, namespace: string | undefined, version: number): void;
  /** Resolves when the watch of a source has reported the version, at once where no watch runs, in any case soon. */
  reached(source: SourceId, version: number): Promise<void>;
}

/** A watch that is more than this behind, in milliseconds, is not waited for. */
const longestLagMs = 1_000;

interface Waiter {
  readonly watch: string;
  readonly version: number;
  readonly wake: () => void;
}

/** No watch is running yet. */
export function createWatchProgress(): WatchProgress {
  const versions = new Map<string, number>();
  const waiters = new Set<Waiter>();

  function wake(watch: string, upTo: number): void {
    for (const waiter of waiters) if (waiter.watch === watch && waiter.version <= upTo) waiter.wake();
  }

  return {
    listing(kind, namespace) {
      const watch = watchName(kind, namespace);
      versions.delete(watch);
      wake(watch, Number.POSITIVE_INFINITY);
    },
    reported(kind, namespace, version) {
      const watch = watchName(kind, namespace);
      const upTo = Math.max(versions.get(watch) ?? 0, version);
      versions.set(watch, upTo);
      wake(watch, upTo);
    },
    async reached({ kind, namespace }, version) {
      const watch = [watchName(kind, undefined), watchName(kind, namespace)].find((name) => versions.has(name));
      if (watch === undefined || (versions.get(watch) ?? 0) >= version) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiter = { watch, version, wake: resolve };
      waiters.add(waiter);
      const timer = setTimeout(resolve, longestLagMs).unref();
      await promise;
      clearTimeout(timer);
      waiters.delete(waiter);
    },
  };
}

function watchName(kind: SourceKind, namespace: string | undefined): string {
  return `${kind}/${namespace ?? ""}`;
}
