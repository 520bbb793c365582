import type { Restart, RestartedWorkload, RestartSource } from "./alert.ts";

/** A change, and all that was restarted for it. */
export interface Change {
  readonly sources: readonly RestartSource[];
  readonly workloads: readonly RestartedWorkload[];
}

/** Makes one of the restarts that have the same sources. */
export interface Collector {
  add(restart: Restart): void;
  /** Hands over what there is. */
  flush(): void;
}

/** How long and how much is collected. */
export interface CollectorOptions {
  /** A change is complete after so long without another restart for it, in milliseconds. */
  readonly quietMs: number;
  /** Longest that a change is collected, in milliseconds. */
  readonly longestMs: number;
  /** Workloads in one change; one that has as many is handed over at once. */
  readonly maxWorkloads: number;
  /** Changes that are collected at a time; the oldest is handed over for one more. */
  readonly maxChanges: number;
}

interface Open {
  readonly sources: readonly RestartSource[];
  /** By their text, so that one restarted twice is named once. */
  readonly workloads: Map<string, RestartedWorkload>;
  readonly lastEnd: NodeJS.Timeout;
  quiet: NodeJS.Timeout;
}

/** Keeps no process alive: `flush` before the end. */
export function createCollector(
  deps: { readonly onChange: (change: Change) => void },
  options: CollectorOptions,
): Collector {
  const open = new Map<string, Open>();

  function end(key: string): void {
    const change = open.get(key);
    if (change === undefined) return;
    open.delete(key);
    clearTimeout(change.quiet);
    clearTimeout(change.lastEnd);
    deps.onChange({ sources: change.sources, workloads: [...change.workloads.values()] });
  }

  const endAfter = (key: string, ms: number): NodeJS.Timeout => setTimeout(end, ms, key).unref();

  function begin(key: string, restart: Restart): Open {
    const [oldest] = open.keys();
    if (open.size >= options.maxChanges && oldest !== undefined) end(oldest);
    const lastEnd = endAfter(key, options.longestMs);
    const change = { sources: restart.sources, workloads: new Map(), lastEnd, quiet: endAfter(key, options.quietMs) };
    open.set(key, change);
    return change;
  }

  return {
    add(restart) {
      const key = restart.sources.map(objectKey).sort().join();
      const change = open.get(key) ?? begin(key, restart);
      change.workloads.set(objectKey(restart.workload), restart.workload);
      clearTimeout(change.quiet);
      change.quiet = endAfter(key, options.quietMs);
      if (change.workloads.size >= options.maxWorkloads) end(key);
    },
    flush() {
      for (const key of [...open.keys()]) end(key);
    },
  };
}

function objectKey({ kind, namespace, name }: RestartedWorkload): string {
  return `${kind}/${namespace}/${name}`;
}
