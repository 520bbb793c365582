import { asArray, asObject, asString, at } from "./json.ts";
import { reloaderHash } from "./reloader/content-hash.ts";
import { readVersions, type SourceContent, sameContent } from "./source-content.ts";
import type { PresentSource, SeenSource } from "./source-state.ts";
import { timeOf } from "./workload.ts";

/**
 * What the Secrets Store CSI driver has mounted into one pod, as its SecretProviderClassPodStatus tells
 * (https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclasspodstatus). A new version of an object in the
 * external store is found when the driver looks there again for that pod, one pod after the other.
 */
export interface PodMount {
  readonly namespace: string;
  /** Of the status object. */
  readonly name: string;
  readonly className: string;
  /** The uid of the pod: a pod of a StatefulSet may take over the status object of the one before it. */
  readonly pod: string;
  /** resourceVersion of the status object. */
  readonly version: number;
  /** Whether the status object was written again since its creation. */
  readonly rewritten: boolean;
  /** When it was last written, by the API server's clock (whole seconds), in milliseconds since the epoch. */
  readonly writtenAt: number;
  /** By object id a hash of the version. */
  readonly content: SourceContent;
  /** See `reloaderHash`. */
  readonly reloaderHash: string;
}

/** What the pods that mount one class are taken to have been given last. */
export interface Mounted {
  readonly content: SourceContent;
  readonly reloaderHash: string;
  /** The earliest version of a status object known to have this content. */
  readonly since: number;
  readonly writtenAt: number;
  /** Every pod is taken to have started with it: it was not seen to replace anything. */
  readonly asStarted: boolean;
}

/** Follows the pods that mount one class. */
export interface MountedClass {
  /** `undefined` as long as no pod has mounted it. */
  readonly mounted: Mounted | undefined;
  /** How many pods mount it. */
  readonly pods: number;
  /** Takes in all pods that there are, as a list shows them. */
  list(pods: readonly PodMount[]): void;
  /** Takes in one that is new or has changed. */
  take(pod: PodMount): void;
  remove(name: string): void;
}

/** Former contents that are told from new ones: more than one rotation overtakes. */
const mostFormer = 16;

/**
 * The rule by which many pods' versions become the content of one class:
 *
 * - What a pod starts with changes nothing: it runs with that, and the others with what they have.
 * - Where the versions of a running pod are replaced, the class has what it has now. Other pods that follow change nothing.
 * - A pod that comes late, from something else to what the class had before, changes nothing either.
 * - Where nothing is known yet (at the start, or after the last pod is gone): if versions were replaced in any running pod, the
 *   newest status counts, for that replacement may not have been acted on; else the oldest, which the others are about to
 *   follow from.
 */
export function createMountedClass(): MountedClass {
  const pods = new Map<string, PodMount>();
  const former: SourceContent[] = [];
  let mounted: Mounted | undefined;

  function begin(): void {
    const all = [...pods.values()].sort((left, right) => left.version - right.version);
    const isReplaced = all.some(({ rewritten }) => rewritten);
    const chosen = isReplaced ? all.at(-1) : all[0];
    former.length = 0;
    if (chosen !== undefined) mounted = mountedOf(chosen, !isReplaced);
  }

  function move(pod: PodMount): void {
    if (mounted !== undefined) former.push(mounted.content);
    if (former.length > mostFormer) former.shift();
    mounted = mountedOf(pod, false);
  }

  /** `from`: what the pod had before, where that is known. */
  function replaced(pod: PodMount, from: SourceContent | undefined): void {
    if (mounted === undefined || sameContent(mounted.content, pod.content)) return;
    const isFirst = from !== undefined && sameContent(from, mounted.content);
    if (isFirst || !former.some((content) => sameContent(content, pod.content))) move(pod);
  }

  function take(pod: PodMount, isListed: boolean): void {
    const before = pods.get(pod.name);
    pods.set(pod.name, pod);
    if (before?.pod === pod.pod) {
      if (!sameContent(before.content, pod.content)) replaced(pod, before.content);
    } else if (isListed && pod.rewritten) replaced(pod, undefined);
  }

  return {
    get mounted() {
      return mounted;
    },
    get pods() {
      return pods.size;
    },
    list(all) {
      const isNew = pods.size === 0;
      const names = new Set(all.map(({ name }) => name));
      for (const name of pods.keys()) if (!names.has(name)) pods.delete(name);
      // In the order in which they were written: the last word counts.
      for (const pod of all.toSorted((left, right) => left.version - right.version)) {
        if (isNew) pods.set(pod.name, pod);
        else take(pod, true);
      }
      if (isNew) begin();
    },
    take(pod) {
      const isNew = pods.size === 0;
      take(pod, false);
      if (isNew) begin();
    },
    remove: (name) => void pods.delete(name),
  };
}

/** Reads a SecretProviderClassPodStatus as the API server returns it; nothing of its versions is kept. */
export function readPodMount(object: unknown): PodMount {
  const metadata = asObject(at(object, ["metadata"]));
  const status = asObject(at(object, ["status"]));
  const writes = asArray(metadata["managedFields"]).filter((each) => at(each, ["fieldsV1", "f:status"]) !== undefined);
  const times = writes.map((each) => timeOf(at(each, ["time"])) ?? 0);
  const generation = metadata["generation"];
  return {
    namespace: asString(metadata["namespace"]) ?? "",
    name: asString(metadata["name"]) ?? "",
    className: asString(status["secretProviderClassName"]) ?? "",
    pod: podOf(metadata["ownerReferences"]) ?? asString(status["targetPath"]) ?? "",
    version: Number(metadata["resourceVersion"]),
    rewritten: typeof generation === "number" && generation > 1,
    writtenAt: Math.max(timeOf(metadata["creationTimestamp"]) ?? 0, ...times),
    content: readVersions(status["objects"]),
    reloaderHash: reloaderHash("SecretProviderClass", object),
  };
}

/** What is known of a class: its own object says whether it counts, the pods that mount it what is in it. */
export function classSource(seen: SeenSource, mounted: Mounted | undefined): PresentSource {
  const { content = new Map(), since = 0, writtenAt = 0, asStarted = true } = mounted ?? {};
  const history = new Map([...content.keys()].map((id) => [id, { since, first: false }]));
  const told = { content, history, appearedAt: 0, removedSince: since, writtenAt, asStarted };
  // Only where it is wanted; that of the class itself says nothing.
  const hash = "reloaderHash" in seen ? { reloaderHash: mounted?.reloaderHash } : {};
  return { is: "present", ...seen, ...told, ...hash };
}

function mountedOf({ content, reloaderHash, version, writtenAt }: PodMount, asStarted: boolean): Mounted {
  return { content, reloaderHash, since: version, writtenAt, asStarted };
}

function podOf(owners: unknown): string | undefined {
  const owner = asArray(at({ owners }, ["owners"])).find((each) => at(each, ["kind"]) === "Pod");
  return asString(at(owner, ["uid"]));
}
