import type { ApiClient } from "../../src/core/ports.ts";
import { createReflector } from "../../src/kube/reflector.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

/** When Deployments were written, as a watch of their metadata shows it. */
export interface RolloutWatch {
  /** How often the spec was written since the Deployment was made; 0 if it is not known. */
  rollouts(namespace: string, name: string): number;
  /**
   * Resolves when each of these Deployments was rolled so often, with the time at which the watch showed the last of them
   * (as of `performance.now()`). Fails after a time.
   */
  rolled(namespace: string, expected: ReadonlyMap<string, number>, timeoutMs?: number): Promise<number>;
  stop(): Promise<void>;
}

interface Seen {
  readonly generation: number;
  readonly at: number;
}

interface Waiting {
  readonly left: Map<string, number>;
  last: number;
  readonly done: (time: number) => void;
}

const deployments = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };

/** Watches the Deployments of all namespaces. There must be no other writer of specs than the subject. */
export async function watchRollouts(api: ApiClient): Promise<RolloutWatch> {
  const stopping = new AbortController();
  const seen = new Map<string, Seen>();
  const waiting = new Set<Waiting>();

  function observe({ key, generation }: { readonly key: string; readonly generation: number }): void {
    if (seen.get(key)?.generation === generation) return;
    const at = performance.now();
    seen.set(key, { generation, at });
    for (const each of waiting) {
      if (generation < (each.left.get(key) ?? Number.POSITIVE_INFINITY)) continue;
      each.left.delete(key);
      each.last = at;
      if (each.left.size > 0) continue;
      waiting.delete(each);
      each.done(at);
    }
  }

  const reflector = createReflector<{ key: string; generation: number }>({
    api,
    log: createRecordingLog(),
    watched: { resource: deployments, metadataOnly: true },
    project: ({ metadata }) => ({
      key: `${metadata?.namespace}/${metadata?.name}`,
      generation: Number(metadata?.["generation"]),
    }),
    handler: {
      listing: () => undefined,
      item: observe,
      listed: () => undefined,
      event: (_type, object) => observe(object),
    },
  });
  const watching = reflector.run(stopping.signal);
  await waitFor(() => reflector.hasSynced(), { describe: "the watch of the benchmark" });

  return {
    rollouts: (namespace, name) => (seen.get(`${namespace}/${name}`)?.generation ?? 1) - 1,
    async rolled(namespace, expected, timeoutMs = 600_000) {
      const wanted = [...expected].map(([name, times]) => [`${namespace}/${name}`, times + 1] as const);
      const left = new Map(wanted.filter(([key, generation]) => (seen.get(key)?.generation ?? 0) < generation));
      if (left.size === 0) return Math.max(...wanted.map(([key]) => seen.get(key)?.at ?? 0));
      return await new Promise<number>((done, fail) => {
        const timer = setTimeout(() => {
          waiting.delete(entry);
          fail(new Error(`After ${timeoutMs / 1_000} s, ${left.size} of ${wanted.length} Deployments are not rolled`));
        }, timeoutMs);
        const entry: Waiting = {
          left,
          last: 0,
          done(time) {
            clearTimeout(timer);
            done(time);
          },
        };
        waiting.add(entry);
      });
    },
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
