import { type FSWatcher, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Tells when something in some folders may have changed: because the kernel says so, or because time has passed. */
export interface FolderWatch {
  /** Resolves at a change since the last call, or after `timeoutMs`. Rejects with the signal's reason. */
  changed(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Ends the watching. */
  close(): void;
}

/** Events come in bursts: a kubelet's swap makes five. */
const burstMs = 50;

/**
 * Watches folders, not files: a swapped link or a renamed file takes the watch of a file with it. What the kernel
 * does not tell (a folder that is not there yet or was replaced, no inotify watches left, network file systems) is
 * left to the time-out of `changed()`; each call tries again to watch what is not watched.
 */
export function watchFolders(folders: readonly string[]): FolderWatch {
  const watchers = new Map<string, FSWatcher>();
  let change = Promise.withResolvers<void>();

  function watchAll(): void {
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => change.resolve());
        watcher.on("error", () => forget(folder, watcher));
        watchers.set(folder, watcher);
        // What changed before the watch began was not told.
        change.resolve();
      } catch {
        // Not there yet, or no watches left: polled until then.
      }
    }
  }

  function forget(folder: string, watcher: FSWatcher): void {
    watcher.close();
    if (watchers.get(folder) === watcher) watchers.delete(folder);
  }

  async function changed(timeoutMs: number, signal: AbortSignal): Promise<void> {
    watchAll();
    const timer = new AbortController();
    const elapsed = sleep(timeoutMs, undefined, { signal: AbortSignal.any([signal, timer.signal]) });
    try {
      await Promise.race([elapsed, change.promise.then(() => sleep(burstMs, undefined, { signal }))]);
    } finally {
      timer.abort();
      elapsed.catch(() => undefined);
      change = Promise.withResolvers();
    }
  }

  return {
    changed,
    close() {
      for (const [folder, watcher] of watchers) forget(folder, watcher);
    },
  };
}
