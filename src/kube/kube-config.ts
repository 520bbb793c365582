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
}

// Where the kubelet mounts a Pod's ServiceAccount:
// https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
const tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Finds the cluster. Throws an `Error` that says what is wrong with which file, or where it looked. */
export function createClusterAccess(options: ClusterAccessOptions, deps: { clock: Clock }): ClusterAccess {
  const maxAgeMs = options.maxAgeMs ?? 10_000;
  let config = loadKubeConfig(options);
  let current: Credentials | undefined;
  let pending: Promise<Credentials> | undefined;
  let readAt = 0;

  async function read(rejected: Credentials | undefined): Promise<Credentials> {
    let fresh: Credentials;
    try {
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
      // A new KubeConfig forgets the tokens that the library keeps for a minute or until they expire.
      if (rejected !== undefined && pending === undefined) config = loadKubeConfig(options);
      pending ??= read(rejected).finally(() => {
        pending = undefined;
      });
      return pending;
    },
  };
}

function loadKubeConfig(options: ClusterAccessOptions): KubeConfig {
  const config = new KubeConfig();
  const origin = options.kubeconfig === undefined ? "the default kubeconfig" : `kubeconfig "${options.kubeconfig}"`;
  try {
    if (options.kubeconfig !== undefined) config.loadFromFile(options.kubeconfig);
    else if (existsSync(tokenPath)) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (cause) {
    throw new Error(`Cannot read ${origin}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkKubeConfig(config, origin);
  return allowPlainHttp(config);
}

function checkKubeConfig(config: KubeConfig, origin: string): void {
  const name = config.getCurrentContext();
  const context = config.getContextObject(name);
  // What the library invents where it finds nothing at all.
  if (name === "loaded-context" && context?.cluster === "cluster") {
    throw new Error(
      "Cannot find a cluster: no ServiceAccount of a Pod, no $KUBECONFIG, no ~/.kube/config: name one with --kubeconfig",
    );
  }
  if (!context) {
    const known = config.getContexts().map((each) => `"${each.name}"`);
    throw new Error(
      `Cannot use ${origin}: context "${name ?? ""}" does not exist, known are ${known.join(", ") || "none"}`,
    );
  }
  const cluster = config.getCluster(context.cluster);
  if (!cluster)
    throw new Error(`Cannot use ${origin}: cluster "${context.cluster}" of context "${name}" does not exist`);
  if (!config.getUser(context.user)) {
    throw new Error(`Cannot use ${origin}: user "${context.user}" of context "${name}" does not exist`);
  }
  if (!URL.canParse(cluster.server) || cluster.server.includes("undefined")) {
    throw new Error(`Cannot use ${origin}: "${cluster.server}" is not the URL of an API server`);
  }
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

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.trim().slice(0, 500) : String(cause);
}
