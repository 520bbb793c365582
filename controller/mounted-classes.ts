import { createMountedClass, type Mounted, type MountedClass, type PodMount } from "../src/core/mounted-class.ts";
import type { ReflectorHandler } from "../src/core/ports.ts";
import type { SourceId } from "../src/core/source.ts";

/** What pods have mounted of the classes of the Secrets Store CSI driver, as the statuses that it writes tell. */
export interface MountedClasses {
  /** Whether the statuses in a namespace have been listed. */
  isListed(namespace: string): boolean;
  /** What pods have mounted of a class; `undefined` if none ever has. */
  mounted(source: SourceId): Mounted | undefined;
  /** What a reflector of the statuses tells, of one namespace or of all. */
  handler(namespace: string | undefined): ReflectorHandler<PodMount>;
}

/** Who is told, and who knows what is needed. */
export interface MountedClassesDeps {
  /** Whether any workload refers to a class. Of others that no pod mounts any more nothing is kept. */
  readonly isReferenced: (source: SourceId) => boolean;
  /** Told of what has changed: one class; or all of a namespace, or of all namespaces, when they are first listed. */
  readonly onChange: (namespace: string | undefined, name: string | undefined) => void;
}

/** Follows the statuses of all pods; they are small. Nothing is known before the first listing. */
export function createMountedClasses(deps: MountedClassesDeps): MountedClasses {
  /** By namespace, then by class. */
  const spaces = new Map<string, Map<string, MountedClass>>();
  const listed = new Set<string | undefined>();

  function classOf({ namespace, className }: Pick<PodMount, "namespace" | "className">): MountedClass {
    const space = spaces.get(namespace) ?? new Map<string, MountedClass>();
    spaces.set(namespace, space);
    const found = space.get(className) ?? createMountedClass();
    space.set(className, found);
    return found;
  }

  function take(pod: PodMount): void {
    const before = classOf(pod).mounted;
    classOf(pod).take(pod);
    if (classOf(pod).mounted !== before) deps.onChange(pod.namespace, pod.className);
  }

  function remove({ namespace, className, name }: PodMount): void {
    const found = classOf({ namespace, className });
    found.remove(name);
    // Else what they had is kept: the next pod of a CronJob is no news.
    const isWanted = deps.isReferenced({ kind: "SecretProviderClass", namespace, name: className });
    if (found.pods === 0 && !isWanted) spaces.get(namespace)?.delete(className);
  }

  function list(pods: readonly PodMount[], only: string | undefined): void {
    const byNamespace = Map.groupBy(pods, ({ namespace }) => namespace);
    // Also those of which nothing is left.
    for (const namespace of only === undefined ? [...spaces.keys(), ...byNamespace.keys()] : [only]) {
      const byClass = Map.groupBy(byNamespace.get(namespace) ?? [], ({ className }) => className);
      for (const className of new Set([...byClass.keys(), ...(spaces.get(namespace)?.keys() ?? [])])) {
        const found = classOf({ namespace, className });
        const before = found.mounted;
        found.list(byClass.get(className) ?? []);
        if (found.mounted !== before) deps.onChange(namespace, className);
      }
    }
  }

  return {
    isListed: (namespace) => listed.has(undefined) || listed.has(namespace),
    mounted: ({ namespace, name }) => spaces.get(namespace)?.get(name)?.mounted,
    handler(only) {
      let listing: PodMount[] = [];
      return {
        listing() {
          listing = [];
        },
        item: (pod) => void listing.push(pod),
        listed() {
          const isFirst = !listed.has(only);
          listed.add(only);
          list(listing, only);
          listing = [];
          if (isFirst) deps.onChange(only, undefined);
        },
        event(type, pod) {
          if (type === "deleted") remove(pod);
          else take(pod);
        },
      };
    },
  };
}
