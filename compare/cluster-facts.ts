import { workloadNameKey } from "../src/core/comparison.ts";
import {
  readSourceFacts,
  readWorkloadFacts,
  type SourceFacts,
  type WorkloadFacts,
} from "../src/core/comparison-facts.ts";
import type { Dialect } from "../src/core/dialects/dialect.ts";
import { isClusterError, messageOf } from "../src/core/errors.ts";
import { createLimiter } from "../src/core/limiter.ts";
import { resourceName } from "../src/core/object-ref.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { namedSource, sourceKind } from "../src/core/source.ts";
import type { WorkloadName } from "../src/core/told-event.ts";
import { createWorkloadKinds, type WorkloadKind } from "../src/core/workload-kinds.ts";
import { objectRequest } from "../src/kube/watched-requests.ts";

/** Looks at the cluster, each object once. What may not be read is no failure: a reason less is found. */
export interface ClusterFacts {
  /** Rejects only if the signal aborts. */
  load(wanted: readonly Wanted[], signal: AbortSignal): Promise<void>;
  workload(workload: WorkloadName): WorkloadFacts | undefined;
  source(namespace: string, entry: string): SourceFacts | undefined;
}

/** A workload, and stamp entries of its sources. */
export interface Wanted {
  readonly workload: WorkloadName;
  readonly sources: readonly string[];
}

const parallelReads = 8;

/** Nothing is known. `reloader`: the dialect of Reloader's annotations. */
export function createClusterFacts({
  api,
  reloader,
}: {
  readonly api: ApiClient;
  readonly reloader: Dialect;
}): ClusterFacts {
  const limit = createLimiter(parallelReads);
  const kinds = createWorkloadKinds();
  const workloads = new Map<string, WorkloadFacts>();
  const sources = new Map<string, SourceFacts>();

  async function readOne(workload: WorkloadName, signal: AbortSignal): Promise<WorkloadFacts> {
    const { kind: name, namespace } = workload;
    const kind = kindOf(workload);
    if (kind === undefined) return { is: "unreadable", reason: `${name} is not a kind that restamp knows by itself` };
    try {
      const request = objectRequest({ resource: kind, namespace, name: workload.name });
      return readWorkloadFacts(kind, await api.request<unknown>({ ...request, signal }), reloader);
    } catch (error) {
      signal.throwIfAborted();
      if (isClusterError(error, "not-found")) return { is: "gone" };
      if (!isClusterError(error, "forbidden")) return { is: "unreadable", reason: messageOf(error) };
      return { is: "unreadable", reason: `it may not be read: grant "get" on "${resourceName(kind)}"` };
    }
  }

  /** Reloader leaves the group out where it is not sure. */
  function kindOf({ group, kind }: WorkloadName): WorkloadKind | undefined {
    return kinds.find(group, kind) ?? (group === "" ? kinds.all.find((each) => each.kind === kind) : undefined);
  }

  /** Metadata alone: the time of creation is all that counts. */
  async function readSource(namespace: string, entry: string, signal: AbortSignal): Promise<SourceFacts | undefined> {
    const source = namedSource(entry);
    if (source === undefined) return undefined;
    const watched = { resource: sourceKind(source.kind), namespace, name: source.name, metadataOnly: true };
    try {
      return readSourceFacts(await api.request<unknown>({ ...objectRequest(watched), signal }));
    } catch (error) {
      signal.throwIfAborted();
      return isClusterError(error, "not-found") ? { is: "gone" } : undefined;
    }
  }

  return {
    async load(wanted, signal) {
      const tasks = new Map<string, () => Promise<void>>();
      for (const { workload, sources: entries } of wanted) {
        const key = workloadNameKey(workload);
        tasks.set(key, async () => void workloads.set(key, await readOne(workload, signal)));
        for (const entry of entries) {
          const sourceId = `${workload.namespace}/${entry}`;
          tasks.set(sourceId, async () => {
            const found = await readSource(workload.namespace, entry, signal);
            if (found !== undefined) sources.set(sourceId, found);
          });
        }
      }
      await Promise.all([...tasks.values()].map((task) => limit.run(task, signal)));
    },
    workload: (workload) => workloads.get(workloadNameKey(workload)),
    source: (namespace, entry) => sources.get(`${namespace}/${entry}`),
  };
}
