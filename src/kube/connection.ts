import { Agent, type Dispatcher, ProxyAgent } from "undici";
import { errorCode } from "../core/http-failure.ts";
import type { ClusterAccess, Credentials, TlsMaterial } from "./kube-config.ts";

/** One HTTP request, ready to be sent but for its credentials. */
export interface WireRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Longest wait for the status line, and between two pieces of the body; 0 is no limit. */
  readonly silenceMs: number;
}

/** All traffic with the API server: one pool of kept-alive connections, with credentials. */
export interface Connection {
  /**
   * Sends a request. Repeats it once with fresh credentials after a 401, and once when a GET met a kept-alive connection
   * that the other side had already closed. The caller must read or destroy the body. Rejects with undici's errors.
   */
  send(request: WireRequest): Promise<Dispatcher.ResponseData>;
  /** Breaks off what is under way and closes all connections. */
  close(): Promise<void>;
}

/** Opens nothing yet; connections appear with the first request. */
export function createConnection(access: ClusterAccess, options: { readonly connectTimeoutMs: number }): Connection {
  const server = new URL(access.server);
  const prefix = server.pathname.replace(/\/+$/, "");
  const pools = new Set<Dispatcher>();
  let current: { readonly tls: TlsMaterial; readonly pool: Dispatcher } | undefined;
  let closed = false;

  function poolFor({ tls }: Credentials): Dispatcher {
    if (closed) throw new Error("the client is closed");
    if (current?.tls === tls) return current.pool;
    retire(current?.pool);
    const pool = createPool(access.proxyUrl, { ...tls, timeout: options.connectTimeoutMs });
    pools.add(pool);
    current = { tls, pool };
    return pool;
  }

  /** A pool with former certificates: its running watches end on their own, nothing new is sent through it. */
  function retire(pool: Dispatcher | undefined): void {
    pool?.close().then(
      () => pools.delete(pool),
      () => pools.delete(pool),
    );
  }

  function attempt(request: WireRequest, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    return poolFor(credentials).request({
      origin: server.origin,
      path: prefix + request.path,
      method: request.method,
      headers: { ...request.headers, ...credentials.headers },
      body: request.body ?? null,
      signal: request.signal,
      headersTimeout: request.silenceMs,
      bodyTimeout: request.silenceMs,
    });
  }

  async function attemptTwice(request: WireRequest, credentials: Credentials): Promise<Dispatcher.ResponseData> {
    try {
      return await attempt(request, credentials);
    } catch (error) {
      if (request.method !== "GET" || request.signal.aborted || !isClosedByPeer(error)) throw error;
      return await attempt(request, credentials);
    }
  }

  return {
    async send(request) {
      const credentials = await access.credentials();
      const response = await attemptTwice(request, credentials);
      if (response.statusCode !== 401) return response;
      const renewed = await access.credentials(credentials);
      if (renewed === credentials) return response;
      await response.body.dump();
      return attemptTwice(request, renewed);
    },
    async close() {
      closed = true;
      await Promise.all([...pools].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

function createPool(proxyUrl: string | undefined, connect: TlsMaterial & { readonly timeout: number }): Dispatcher {
  const shared = {
    // One connection for each watch and each call under way: simple to reason about, and a busy watch cannot delay a call
    // by filling the flow-control window that HTTP/2 streams share.
    allowH2: false,
    // The API server and most load balancers keep idle connections for 60 s or longer.
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 50_000,
    autoSelectFamily: true,
  };
  // Well below the 60 s after which some load balancers forget a silent connection (client-go uses the same 30 s).
  const socket = { ...connect, allowH2: false, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (proxyUrl === undefined) return new Agent({ ...shared, connect: socket });
  if (!/^https?:/.test(proxyUrl)) {
    throw new Error(`Cannot use proxy-url "${proxyUrl}" of the kubeconfig: only http and https proxies are supported`);
  }
  return new ProxyAgent({ ...shared, uri: proxyUrl, requestTls: socket });
}

function isClosedByPeer(error: unknown): boolean {
  const code = errorCode(error);
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}
