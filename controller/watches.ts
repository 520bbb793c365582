import { readPodMount } from "../src/core/mounted-class.ts";
import { namespaces, type Resource, resourceName, secretProviderClassPodStatuses } from "../src/core/object-ref.ts";
import type { ReflectorHandler, Watched } from "../src/core/ports.ts";
import { isOwn, type Shard } from "../src/core/shard.ts";
import { type SourceKind, sourceKind } from "../src/core/source.ts";
import type { Workload } from "../src/core/workload.ts";
import type { WorkloadKind, WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { Engine } from "./engine.ts";
import type { SeenObject } from "./misplaced-annotations.ts";
import { readNamespace } from "./namespace-store.ts";
import type { Reach } from "./reach.ts";
import type { SourceNotice } from "./source-store.ts";

/** Makes a reflector of one resource; implemented by `src/kube`. */
export type StartReflector = <T>(watch: Watch<T>) => RunningReflector;

/** What a reflector follows, what it keeps of each object, and whom it tells. */
export interface Watch<T> {
  readonly watched: Watched;
  readonly project: (object: MetadataObject) => T | undefined;
  readonly handler: ReflectorHandler<T>;
}

/** A reflector that runs. */
export interface RunningReflector {
  hasSynced(): boolean;
  state(): {
    readonly phase: string;
    readonly failure?: { readonly message: string; readonly code?: string };
    readonly polling?: { readonly message: string };
  };
  /** Resolves when it has ended, after the signal. */
  readonly ended: Promise<void>;
}

interface MetadataObject extends SeenObject {
  readonly metadata?: NonNullable<SeenObject["metadata"]> & { readonly resourceVersion?: string };
}

/** The reflectors of a controller. */
export interface Watches {
  /**
   * Whether it can be told which workloads are within reach: by the Namespaces, and by those that may lend their opt-in to
   * others. What may never be listed is not waited for; nor, unless `patient`, are those others while their listing fails.
   */
  scopesKnown(patient: boolean): boolean;
  /** Whether a kind was listed and is served: then what is not in the store does not exist. */
  isComplete(kind: WorkloadKind): boolean;
  /** What keeps watches from working, one text for each: among others, which RBAC verb is missing on which resource. */
  problems(): readonly string[];
  /** What works, but not as well as it could, one text for each. */
  notes(): readonly string[];
}

/** What is watched. */
export interface WatchesOptions {
  readonly kinds: WorkloadKinds;
  readonly readWorkload: (kind: WorkloadKind, object: unknown) => Workload;
  readonly reach: Reach;
  /** Kinds of source that are not followed. @default none */
  readonly ignoredKinds?: ReadonlySet<SourceKind> | undefined;
}

/** Releases of Helm are Secrets that no pod refers to, large and many: the API server leaves them out. */
const notHelmReleases = "type!=helm.sh/release.v1";

/** Starts one reflector for each resource, in each of the namespaces, or in all of them if none is named. */
export function startWatches(engine: Engine, startAny: StartReflector, options: WatchesOptions): Watches {
  const { reach } = options;
  const start = ofShard(startAny, reach.shard);
  const scopes: readonly (string | undefined)[] = reach.namespaces ?? [undefined];
  const spaces = reach.followsNamespaces ? scopes.map((name) => startNamespaces(engine, start, { reach, name })) : [];
  const each = <T>(
    resource: Resource,
    watch: (namespace: string | undefined) => Omit<Watch<T>, "watched"> & Omit<Watched, "resource" | "namespace">,
  ): RunningReflector[] =>
    scopes.map((namespace) => {
      const { project, handler, fieldSelector, ...rest } = watch(namespace);
      const where = namespace === undefined ? {} : { namespace };
      const fields = selectorOf([...unlike("metadata.namespace", reach), ...(fieldSelector ? [fieldSelector] : [])]);
      return start<T>({ watched: { resource, ...where, ...fields, ...rest }, project, handler });
    });

  const labels = reach.resourceLabelSelector === undefined ? {} : { labelSelector: reach.resourceLabelSelector.text };
  const follows = (kind: SourceKind): boolean => options.ignoredKinds?.has(kind) !== true;
  const ofSource = (
    kind: SourceKind,
    selectors: Pick<Watched, "fieldSelector" | "labelSelector">,
  ): RunningReflector[] =>
    !follows(kind)
      ? []
      : each(sourceKind(kind), (namespace) => ({
          metadataOnly: true,
          ...selectors,
          project(object) {
            engine.misplaced.see(sourceKind(kind), object);
            return readNotice(object);
          },
          handler: engine.sources.handler(kind, namespace),
        }));
  const ofMounts = (namespace: string | undefined) => ({
    project: readPodMount,
    handler: engine.classes.handler(namespace),
  });
  const sources = [
    ...ofSource("ConfigMap", labels),
    ...ofSource("Secret", { ...labels, fieldSelector: notHelmReleases }),
    // No labels: those of a status are its driver's, and a class is nothing without its statuses.
    ...ofSource("SecretProviderClass", {}),
    ...(follows("SecretProviderClass") ? each(secretProviderClassPodStatuses, ofMounts) : []),
  ];
  const misplaced = new Set<WorkloadKind>();
  const kinds = new Map(
    options.kinds.all.map((kind) => [
      kind,
      each(kind, (namespace) => ({
        project: workloadReader(options, kind, misplaced),
        handler: engine.store.handler(kind, namespace),
      })),
    ]),
  );
  const borrowers = [...kinds].flatMap(([kind, reflectors]) => (kind.templateRefPath === undefined ? [] : reflectors));
  const required = [...sources, ...[...kinds.values()].flat()];
  return {
    scopesKnown(patient) {
      const isKnown = (reflector: RunningReflector): boolean => reflector.hasSynced() || isRefused(reflector);
      return spaces.every(isKnown) && borrowers.every((each) => isKnown(each) || (!patient && hasFailed(each)));
    },
    isComplete: (kind) => kinds.get(kind)?.every((reflector) => reflector.state().phase === "synced") ?? false,
    problems: () =>
      [...(reach.namespaces === undefined ? spaces : spaces.filter((each) => !isRefused(each))), ...required].flatMap(
        problemsOf,
      ),
    notes: () => [
      ...[...spaces, ...required].flatMap((reflector) => reflector.state().polling?.message ?? []),
      ...(reach.namespaces === undefined ? [] : spaces.filter(isRefused).map(unreadNamespace)),
      ...[...misplaced].map(noteOfPlace),
    ],
  };
}

/**
 * No selector knows a hash: the watches show the whole cluster. What belongs to other shards is left out here, before
 * anything is made of it.
 */
function ofShard(start: StartReflector, shard: Shard | undefined): StartReflector {
  if (shard === undefined) return start;
  return (watch) => {
    const isNamespace = watch.watched.resource === namespaces;
    return start({
      ...watch,
      project(object) {
        const { namespace, name } = object.metadata ?? {};
        const home = isNamespace ? name : namespace;
        return home === undefined || isOwn(shard, home) ? watch.project(object) : undefined;
      },
    });
  };
}

/** Watches one Namespace, or all. */
function startNamespaces(
  engine: Engine,
  start: StartReflector,
  { reach, name }: { reach: Reach; name: string | undefined },
) {
  const where = name === undefined ? selectorOf(unlike("metadata.name", reach)) : { name };
  return start({
    watched: { resource: namespaces, ...where },
    project(object) {
      engine.misplaced.see(namespaces, object);
      return readNamespace(object, reach);
    },
    handler: engine.namespaces.handler(name),
  });
}

/** By field selectors: every API server knows these fields of every resource. */
function unlike(field: string, { ignoredNamespaces }: Reach): readonly string[] {
  return ignoredNamespaces.map((name) => `${field}!=${name}`);
}

function selectorOf(fields: readonly string[]): { readonly fieldSelector?: string } {
  return fields.length === 0 ? {} : { fieldSelector: fields.join(",") };
}

function problemsOf(reflector: RunningReflector): readonly string[] {
  const { phase, failure } = reflector.state();
  if (failure !== undefined) return [failure.message];
  return phase === "starting" ? ["Listing is not complete yet"] : [];
}

/** An install with Roles alone may not be allowed to read its Namespaces, and works without. */
function unreadNamespace(reflector: RunningReflector): string {
  const message = reflector.state().failure?.message ?? "";
  return `${message}, or "get" in the namespace itself: until then its labels and annotations say nothing, and workloads take part by their own`;
}

/** Pods take ConfigMaps from their own namespace: a kind that an operator has configured may be in none. */
function workloadReader(
  { readWorkload }: Pick<WatchesOptions, "readWorkload">,
  kind: WorkloadKind,
  misplaced: Set<WorkloadKind>,
) {
  return (object: MetadataObject): Workload | undefined => {
    if (object.metadata?.namespace !== undefined) return readWorkload(kind, object);
    misplaced.add(kind);
    return undefined;
  };
}

function noteOfPlace(kind: WorkloadKind): string {
  return `${resourceName(kind)} are in no namespace, where pods have their ConfigMaps: they are left alone; leave them out of --custom-workloads`;
}

function hasFailed(reflector: RunningReflector): boolean {
  return reflector.state().failure !== undefined;
}

function isRefused(reflector: RunningReflector): boolean {
  return reflector.state().failure?.code === "forbidden";
}

function readNotice({ metadata }: MetadataObject): SourceNotice {
  const { name = "", namespace = "", resourceVersion } = metadata ?? {};
  return { name, namespace, version: Number(resourceVersion) };
}
