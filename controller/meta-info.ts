import { isClusterError, messageOf } from "../src/core/errors.ts";
import { configMaps, describeObject, resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import { fieldManager } from "../src/core/workload.ts";

/** See the options of the same names. */
export interface MetaInfoOptions {
  readonly autoReloadAll: boolean;
  readonly configmapAnnotation: string;
  readonly secretAnnotation: string;
  readonly autoAnnotation: string;
  readonly configmapAutoAnnotation: string;
  readonly secretAutoAnnotation: string;
  readonly ignoreAnnotation: string;
  readonly autoSearchAnnotation: string;
  readonly searchMatchAnnotation: string;
  readonly pauseDeploymentAnnotation: string;
  readonly pauseDeploymentTimeAnnotation: string;
  readonly logFormat: string;
  readonly logLevel: string;
  readonly argoRollouts: boolean;
  readonly reloadStrategy: string;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
  readonly leaderElect: boolean;
  readonly secretProviderClasses: boolean;
  readonly webhookUrl: string | undefined;
  readonly resourcesToIgnore: readonly string[];
  readonly ignoredWorkloadTypes: readonly string[];
  readonly namespaceSelector: string;
  readonly resourceLabelSelector: string;
  readonly namespacesToIgnore: readonly string[];
}

/** What the ConfigMap tells. */
export interface MetaInfo {
  readonly namespace: string;
  /** Name of the Deployment that this process belongs to, if it was told. */
  readonly deployment: string | undefined;
  readonly version: string;
  readonly options: MetaInfoOptions;
}

const name = "reloader-meta-info";
/** How Go writes a time that is not known. */
const noTime = "0001-01-01T00:00:00Z";

/** The ConfigMap in which Reloader tells what it is and how it was started, for its version 1.4. Without any secret. */
export function metaInfoConfigMap({ namespace, deployment, version, options }: MetaInfo) {
  const buildInfo = { goVersion: "", releaseVersion: version, commitHash: "", commitTime: noTime, edition: "restamp" };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, labels: { "reloader.stakater.com/meta-info": "reloader" } },
    data: {
      buildInfo: JSON.stringify(buildInfo),
      reloaderOptions: JSON.stringify(reloaderOptions(options)),
      deploymentInfo: JSON.stringify({ name: deployment ?? "", namespace }),
    },
  };
}

/** Writes it, at the start of each replica, as Reloader does. Nothing depends on it: a failure is a warning. */
export async function publishMetaInfo(
  { api, log }: { readonly api: ApiClient; readonly log: Logger },
  info: MetaInfo,
  signal: AbortSignal,
): Promise<void> {
  const body = metaInfoConfigMap(info);
  const write = (method: "POST" | "PUT" | "PATCH", contentType?: string): Promise<unknown> => {
    const path = resourcePath(configMaps, { namespace: info.namespace, ...(method === "POST" ? {} : { name }) });
    return api.request({ method, path, query: { fieldManager }, body, signal, ...(contentType && { contentType }) });
  };
  try {
    await write("POST").catch(async (error: unknown) => {
      // Which of these is allowed depends on whose role it is: Reloader's has update, restamp's has patch.
      if (!isClusterError(error, "conflict", "forbidden")) throw error;
      await write("PUT").catch((refused: unknown) => {
        if (!isClusterError(refused, "forbidden")) throw refused;
        return write("PATCH", "application/merge-patch+json");
      });
    });
  } catch (error) {
    const where = describeObject({ kind: "ConfigMap", namespace: info.namespace, name });
    if (!signal.aborted) log.warn({ error: messageOf(error) }, `Cannot write ${where}, going on without it`);
  }
}

/** By the names that Reloader's own JSON has. */
function reloaderOptions(options: MetaInfoOptions) {
  const texts = (selector: string): readonly string[] => (selector === "" ? [] : [selector]);
  return {
    autoReloadAll: options.autoReloadAll,
    configmapUpdateOnChangeAnnotation: options.configmapAnnotation,
    secretUpdateOnChangeAnnotation: options.secretAnnotation,
    reloaderAutoAnnotation: options.autoAnnotation,
    configmapReloaderAutoAnnotation: options.configmapAutoAnnotation,
    secretReloaderAutoAnnotation: options.secretAutoAnnotation,
    ignoreResourceAnnotation: options.ignoreAnnotation,
    autoSearchAnnotation: options.autoSearchAnnotation,
    searchMatchAnnotation: options.searchMatchAnnotation,
    pauseDeploymentAnnotation: options.pauseDeploymentAnnotation,
    pauseDeploymentTimeAnnotation: options.pauseDeploymentTimeAnnotation,
    logFormat: options.logFormat,
    logLevel: options.logLevel,
    isArgoRollouts: options.argoRollouts,
    reloadStrategy: options.reloadStrategy,
    reloadOnCreate: options.reloadOnCreate,
    reloadOnDelete: options.reloadOnDelete,
    // Always: what pods run with is recorded.
    syncAfterRestart: true,
    enableHA: options.leaderElect,
    enableCSIIntegration: options.secretProviderClasses,
    // A path or query may be a credential.
    webhookUrl: options.webhookUrl === undefined ? "" : new URL(options.webhookUrl).origin,
    resourcesToIgnore: options.resourcesToIgnore,
    workloadTypesToIgnore: options.ignoredWorkloadTypes,
    namespaceSelectors: texts(options.namespaceSelector),
    resourceSelectors: texts(options.resourceLabelSelector),
    namespacesToIgnore: options.namespacesToIgnore,
    enablePProf: false,
    pprofAddr: "",
  };
}
