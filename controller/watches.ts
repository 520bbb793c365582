import { configMaps, namespaces, type Resource, secrets } from "../src/core/object-ref.ts";
import type { ReflectorHandler, Watched } from "../src/core/ports.ts";
import { readWorkload } from "../src/core/workload.ts";
import { type WorkloadKind, workloadKinds } from "../src/core/workload-kinds.ts";
import type { Engine } from "./engine.ts";
import { readNamespace } from "./namespace-store.ts";
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
  state(): { readonly phase: string; readonly failure?: { readonly message: string; readonly code?: string } };
  /** Resolves when it has ended, after the signal. */
  readonly ended: Promise<void>;
}

interface MetadataObject {
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
}

/** The reflectors of a controller. */
export interface Watches {
  /**
   * Whether it can be told which workloads are within reach: by the Namespaces, and by those that may lend their opt-in to
   * others. What may never be listed is not waited for.
   */
  scopesKnown(): boolean;
  /** Whether a kind was listed and is served: then what is not in the store does not exist. */
  isComplete(kind: WorkloadKind): boolean;
  /** What keeps watches from working, one text for each: among others, which RBAC verb is missing on which resource. */
  problems(): readonly string[];
}

/** Releases of Helm are Secrets that no pod refers to, large and many: the API server leaves them out. */
const notHelmReleases = "type!=helm.sh/release.v1";

/** Starts one reflector for each resource, in each of the namespaces, or in all of them if none is named. */
export function startWatches(engine: Engine, start: StartReflector, only: readonly string[]): Watches {
  const scopes: readonly (string | undefined)[] = only.length === 0 ? [undefined] : only;
  const each = <T>(
    resource: Resource,
    watch: (namespace: string | undefined) => Omit<Watch<T>, "watched"> & Omit<Watched, "resource" | "namespace">,
  ): RunningReflector[] =>
    scopes.map((namespace) => {
      const { project, handler, ...selectors } = watch(namespace);
      const where = namespace === undefined ? {} : { namespace };
      return start<T>({ watched: { resource, ...where, ...selectors }, project, handler });
    });

  const spaces = scopes.map((name) => {
    const selector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
    const handler = engine.namespaces.handler(name);
    return start({ watched: { resource: namespaces, ...selector }, project: readNamespace, handler });
  });
  const sources = [
    ...each(configMaps, (namespace) => ({
      metadataOnly: true,
      project: readNotice,
      handler: engine.sources.handler("ConfigMap", namespace),
    })),
    ...each(secrets, (namespace) => ({
      metadataOnly: true,
      fieldSelector: notHelmReleases,
      project: readNotice,
      handler: engine.sources.handler("Secret", namespace),
    })),
  ];
  const kinds = new Map(
    workloadKinds.map((kind) => [
      kind,
      each(kind, (namespace) => ({
        project: (object) => readWorkload(kind, object),
        handler: engine.store.handler(kind, namespace),
      })),
    ]),
  );
  const borrowers = [...kinds].flatMap(([{ builtIn }, reflectors]) => (builtIn ? [] : reflectors));
  const all = [...spaces, ...sources, ...[...kinds.values()].flat()];
  return {
    scopesKnown: () => [...spaces, ...borrowers].every((reflector) => reflector.hasSynced() || isRefused(reflector)),
    isComplete: (kind) => kinds.get(kind)?.every((reflector) => reflector.state().phase === "synced") ?? false,
    problems: () =>
      all.flatMap((reflector) => {
        const { phase, failure } = reflector.state();
        if (failure !== undefined) return [failure.message];
        return phase === "starting" ? ["Listing is not complete yet"] : [];
      }),
  };
}

function isRefused(reflector: RunningReflector): boolean {
  return reflector.state().failure?.code === "forbidden";
}

function readNotice({ metadata }: MetadataObject): SourceNotice {
  const { name = "", namespace = "", resourceVersion } = metadata ?? {};
  return { name, namespace, version: Number(resourceVersion) };
}
