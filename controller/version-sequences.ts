import { resourceName } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import { pause } from "./pause.ts";
import { type Probe, probeOneSequence } from "./version-probe.ts";

/** Which kinds of workload are numbered in one sequence with ConfigMaps and Secrets. */
export interface VersionSequences {
  /** Whether versions of a kind say what came first; `false` until that is known. */
  readonly isOne: (kind: WorkloadKind) => boolean;
  /** Looks at the kinds that every cluster has. Throws `ClusterError`. */
  probe(signal: AbortSignal): Promise<void>;
  /** Looks at each of the other kinds once it is served, until the signal aborts. */
  run(signal: AbortSignal, isServed: (kind: WorkloadKind) => boolean): Promise<void>;
}

/** How often to look for kinds that have come to be served. */
const lookMs = 1_000;
const inDoubt = "cannot be compared with those of ConfigMaps: in doubt, pods are replaced once more";

/** Nothing is known. Custom resources may be served by an API server with a storage of its own. */
export function createVersionSequences(
  deps: { readonly api: ApiClient; readonly log: Logger },
  { kinds, ...where }: Omit<Probe, "kinds"> & { readonly kinds: readonly WorkloadKind[] },
): VersionSequences {
  const { api, log } = deps;
  const known = new Map<WorkloadKind, boolean>();

  async function look(group: readonly WorkloadKind[], signal: AbortSignal): Promise<void> {
    const isOne = await probeOneSequence(api, { ...where, kinds: group }, signal);
    for (const kind of group) known.set(kind, isOne);
    if (!isOne) log.warn({ resources: group.map(resourceName) }, `Versions of these ${inDoubt}`);
  }

  return {
    isOne: (kind) => known.get(kind) ?? false,
    probe: (signal) =>
      look(
        kinds.filter(({ builtIn }) => builtIn),
        signal,
      ),
    async run(signal, isServed) {
      const others = kinds.filter(({ builtIn }) => !builtIn);
      while (!signal.aborted) {
        for (const kind of others.filter((each) => !known.has(each) && isServed(each))) {
          // Without an answer it stays unknown, and the next round asks again.
          await look([kind], signal).catch(() => undefined);
        }
        if (others.every((kind) => known.has(kind))) return;
        await pause(lookMs, signal);
      }
    },
  };
}
