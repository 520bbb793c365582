import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../core/ports.ts";

/** What one request needs to be let in. The same object is handed out until something in it changed. */
export interface Credentials {
  /** Such as `Authorization`; empty where a client certificate is enough. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
}

/** The TLS side of {@link Credentials}, as `tls.connect` takes it. The same object as long as nothing in it changed. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** `false` for `insecure-skip-tls-verify`. */
  readonly rejectUnauthorized?: boolean;
  /** `tls-server-name`. */
  readonly servername?: string;
}

/** Where the API server is, and how to be let in. */
export interface ClusterAccess {
  /** Such as `https://10.96.0.1:443`; may have a path. */
  readonly server: string;
  /** `proxy-url` of the kubeconfig. */
  readonly proxyUrl?: string;
  /** Namespace of the context, or the Pod's own in a cluster. */
  readonly namespace?: string;
  /**
   * Current credentials; files are read again after {@link ClusterAccessOptions.maxAgeMs}. With `rejected` (the ones that
   * got a 401): everything is read again now, and the same object comes back if there is nothing newer.
   */
  credentials(rejected?: Credentials): Promise<Credentials>;
}

/** How to find the cluster. */
export interface ClusterAccessOptions {
  /** Path of a kubeconfig. @default the Pod's ServiceAccount, else `$KUBECONFIG`, else `~/.kube/config` */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig. @default its `current-context` */
  readonly context?: string;
  /** How long files (tokens, certificates) are not read again, in milliseconds. @default 10000 */
  readonly maxAgeMs?: number;
  /** The folder where the Pod's file system begins, for tests. @default the root */
  readonly podRoot?: string;
}

// Where the kubelet mounts a Pod's ServiceAccount:
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Finds the cluster. Throws an `Error` that says what is wrong with which file, or where it looked. */
export function createClusterAccess(options: ClusterAccessOptions, deps: { clock: Clock }): ClusterAccess {
  const maxAgeMs = options.maxAgeMs ?? 10_000;
  const origin = findOrigin(options);
  let config = loadKubeConfig(origin, options);
  let current: Credentials | undefined;
  let pending: Promise<Credentials> | undefined;
  let readAt = 0;

  async function read(rejected: Credentials | undefined): Promise<Credentials> {
    let fresh: Credentials;
    try {
      // A new KubeConfig forgets the tokens that the library keeps: those of files for a minute, others until they expire.
      if (rejected !== undefined || origin.hasTokenFile) config = loadKubeConfig(origin, options);
      fresh = await readCredentials(config);
    } catch (error) {
      // A file that is just being replaced must not fail requests that the former credentials are still good for.
      if (current === undefined || current === rejected) throw error;
      fresh = current;
    }
    readAt = deps.clock.now();
    // Whoever holds a pool of connections for this TLS material recognizes it by identity, also after a new token.
    const tls = current !== undefined && sameJson(current.tls, fresh.tls) ? current.tls : fresh.tls;
    if (current === undefined || tls !== current.tls || !sameJson(current.headers, fresh.headers)) {
      current = { headers: fresh.headers, tls };
    }
    return current;
  }

  const cluster = config.getCurrentCluster();
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  return {
    server: cluster?.server ?? "",
    ...(cluster?.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
    ...(namespace === undefined ? {} : { namespace: namespace.trim() }),
    async credentials(rejected) {
      const stale = Math.abs(deps.clock.now() - readAt) > maxAgeMs;
      if (current !== undefined && (rejected === undefined ? !stale : current !== rejected)) return current;
      pending ??= read(rejected).finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}

/** Why a file is no kubeconfig that can be used, as part of a sentence; `undefined` if it is one. */
export function kubeconfigProblem(file: string): string | undefined {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    return firstLine(error);
  }
  return problemOf(config);
}

/** Where the cluster is described. */
interface Origin {
  /** Names it in a sentence. */
  readonly title: string;
  readonly hasTokenFile: boolean;
  read(config: KubeConfig): void;
}

/** Asked once: a token that is away for a moment must not lead to another cluster. */
function findOrigin({ kubeconfig, podRoot = "" }: ClusterAccessOptions): Origin {
  if (kubeconfig !== undefined) {
    const read = (config: KubeConfig): void => config.loadFromFile(kubeconfig);
    return { title: `kubeconfig "${kubeconfig}"`, hasTokenFile: false, read };
  }
  if (existsSync(podRoot + tokenPath)) {
    return { title: "the Pod's ServiceAccount", hasTokenFile: true, read: (config) => config.loadFromCluster(podRoot) };
  }
  return { title: "the default kubeconfig", hasTokenFile: false, read: (config) => config.loadFromDefault() };
}

function loadKubeConfig({ title, read }: Origin, { context }: ClusterAccessOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    read(config);
  } catch (error) {
    // Without its cause: where YAML fails, the library quotes the file, and so perhaps a token.
    throw new Error(`Cannot read ${title}: ${firstLine(error)}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  // What the library invents where it finds nothing at all.
  if (config.getCurrentContext() === "loaded-context" && config.getCurrentCluster()?.name === "cluster") {
    throw new Error(
      "Cannot find a cluster: no ServiceAccount of a Pod, no $KUBECONFIG, no ~/.kube/config: name one with --kubeconfig",
    );
  }
  const problem = problemOf(config);
  if (problem !== undefined) throw new Error(`Cannot use ${title}: ${problem}`);
  return allowPlainHttp(config);
}

/** What is missing between the current context and the API server. */
function problemOf(config: KubeConfig): string | undefined {
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  if (!context) {
    const known = config.getContexts().map((each) => `"${each.name}"`);
    const state = name ? `context "${name}" does not exist` : "no current context is set";
    return `${state}, known are ${known.join(", ") || "none"}`;
  }
  const cluster = config.getCluster(context.cluster);
  if (!cluster) return `cluster "${context.cluster}" of context "${name}" does not exist`;
  if (!config.getUser(context.user)) return `user "${context.user}" of context "${name}" does not exist`;
  const isUrl = URL.canParse(cluster.server) && !cluster.server.includes("undefined");
  return isUrl ? undefined : `"${cluster.server}" is not the URL of an API server`;
}

/** The library refuses `http:` (such as `kubectl proxy`) unless TLS verification is off, of which there is none. */
function allowPlainHttp(config: KubeConfig): KubeConfig {
  const clusters = config
    .getClusters()
    .map((each) => (each.server.startsWith("http:") ? { ...each, skipTLSVerify: true } : each));
  config.loadFromOptions({
    clusters,
    users: config.getUsers(),
    contexts: config.getContexts(),
    currentContext: config.getCurrentContext(),
  });
  return config;
}

async function readCredentials(config: KubeConfig): Promise<Credentials> {
  const found: TlsMaterial & { headers?: Record<string, unknown>; auth?: string } = {};
  try {
    await config.applyToHTTPSOptions(found as object);
  } catch (cause) {
    throw new Error(`Cannot read the credentials of user "${config.getCurrentUser()?.name ?? ""}": ${textOf(cause)}`, {
      cause,
    });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(found.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (found.auth !== undefined) headers["authorization"] = `Basic ${Buffer.from(found.auth).toString("base64")}`;
  const { ca, cert, key, rejectUnauthorized, servername } = found;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
  return { headers, tls };
}

function sameJson(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function firstLine(error: unknown): string {
  return textOf(error).split("\n", 1).join();
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.trim().slice(0, 500) : String(cause);
}
