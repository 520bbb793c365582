import { isClusterError, messageOf } from "../src/core/errors.ts";
import { resourceName } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import { pause } from "./pause.ts";
import { type Probe, probeOneSequence } from "./version-probe.ts";

/** Which kinds of workload are numbered in one sequence with ConfigMaps and Secrets. */
export interface VersionSequences {
  /** Whether versions of a kind say what came first; `false` until that is known. */
  readonly isOne: (kind: WorkloadKind) => boolean;
  /** Looks at the kinds that every cluster has. Throws `ClusterError`; what may not be listed stays unknown. */
  probe(signal: AbortSignal): Promise<void>;
  /** Looks at each kind that is still unknown once it is served, until the signal aborts. */
  run(signal: AbortSignal, isServed: (kind: WorkloadKind) => boolean): Promise<void>;
}

/** How often to look for kinds that have come to be served. */
const lookMs = 1_000;
/** How long until a kind is looked at again that could not be. */
const againMs = 10_000;
const inDoubt = "cannot be compared with those of ConfigMaps: in doubt, pods are replaced once more";

/** What is looked at, and where. */
export interface VersionSequencesOptions extends Pick<Probe, "sources"> {
  readonly kinds: readonly WorkloadKind[];
  /** One of them is enough. @default all */
  readonly namespaces?: readonly (string | undefined)[] | undefined;
}

/** Nothing is known. Custom resources may be served by an API server with a storage of its own. */
export function createVersionSequences(
  deps: { readonly api: ApiClient; readonly log: Logger },
  { kinds, sources, namespaces }: VersionSequencesOptions,
): VersionSequences {
  const { api, log } = deps;
  const known = new Map<WorkloadKind, boolean>();

  async function look(group: readonly WorkloadKind[], signal: AbortSignal): Promise<void> {
    const isOne = await wherePermitted(namespaces, (namespace) =>
      probeOneSequence(api, { kinds: group, sources, namespace }, signal),
    );
    for (const kind of group) known.set(kind, isOne);
    if (!isOne) log.warn({ resources: group.map(resourceName) }, `Versions of these ${inDoubt}`);
  }

  async function lookAlone(kind: WorkloadKind, signal: AbortSignal): Promise<void> {
    try {
      await look([kind], signal);
    } catch (error) {
      if (!isOutOfReach(error)) throw error;
      const fields = { resource: resourceName(kind), error: messageOf(error) };
      log.warn(fields, `Versions of these ${inDoubt} until they may be listed`);
    }
  }

  return {
    isOne: (kind) => known.get(kind) ?? false,
    async probe(signal) {
      const builtIn = kinds.filter((kind) => kind.builtIn);
      try {
        await look(builtIn, signal);
      } catch (error) {
        if (!isOutOfReach(error)) throw error;
        // A right that is missing, or an API that is switched off, is no reason to doubt, or to wait for, all other kinds.
        for (const kind of builtIn) await lookAlone(kind, signal);
      }
    },
    async run(signal, isServed) {
      while (!kinds.every((kind) => known.has(kind)) && !signal.aborted) {
        let failures = 0;
        for (const kind of kinds.filter((each) => !known.has(each) && isServed(each))) {
          await look([kind], signal).catch(() => failures++);
        }
        await pause(failures > 0 ? againMs : lookMs, signal);
      }
    },
  };
}

/** Not permitted, or not served: an API that every cluster has can be switched off (`--runtime-config`). */
function isOutOfReach(error: unknown): boolean {
  return isClusterError(error, "forbidden", "not-found");
}

/** The answer of the first namespace in which the question may be asked: one of several may be gone, or its Role. */
async function wherePermitted<T>(
  namespaces: VersionSequencesOptions["namespaces"] = [undefined],
  ask: (namespace: string | undefined) => Promise<T>,
): Promise<T> {
  const [first, ...others] = namespaces;
  try {
    return await ask(first);
  } catch (error) {
    if (others.length === 0 || !isOutOfReach(error)) throw error;
    return await wherePermitted(others, ask);
  }
}
