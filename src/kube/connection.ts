import { setMaxListeners } from "node:events";
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as sendHttp } from "node:http";
import { request as sendHttps, Agent as TlsAgent } from "node:https";
import { createSecureContext } from "node:tls";
import { ClusterError, isClusterError } from "../core/errors.ts";
import { errorCode } from "../core/http-failure.ts";
import type { ApiRequest } from "../core/ports.ts";
import { createDeadline } from "./deadline.ts";
import type { ClusterAccess, Credentials, TlsMaterial } from "./kube-config.ts";
import { untilAborted } from "./until-aborted.ts";

/** One HTTP request, ready to be sent but for its credentials. */
export interface WireRequest {
  readonly method: ApiRequest["method"];
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Of this request alone. What waits for the answer, or for more of it, rejects with its reason. */
  readonly signal: AbortSignal;
  /** Longest wait for credentials, for the status line, and between two pieces of the body; 0 is no limit. */
  readonly silenceMs: number;
}

/** An answer, of which the body still arrives. */
export interface WireResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** All traffic with the API server: one pool of kept-alive connections, with credentials. */
export interface Connection {
  /**
   * Sends a request. Repeats it once with fresh credentials after a 401, and once when a GET met a kept-alive connection
   * that the other side had already closed. The caller must read or destroy the body. Rejects with Node's errors.
   */
  send(request: WireRequest): Promise<WireResponse>;
  /** Breaks off what is under way and closes all connections. */
  close(): Promise<void>;
}

/** Opens nothing yet; connections appear with the first request. */
export function createConnection(access: ClusterAccess, options: { readonly connectTimeoutMs: number }): Connection {
  const server = new URL(access.server);
  const prefix = server.pathname.replace(/\/+$/, "");
  const underWay = new Set<Exchange>();
  let current: { readonly tls: TlsMaterial; readonly agent: Agent } | undefined;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);

  /** The connections with former certificates end on their own: watches soon, idle ones at their time. */
  function agentFor({ tls }: Credentials): Agent {
    closing.signal.throwIfAborted();
    if (current?.tls !== tls) current = { tls, agent: createAgent(server, access.proxyUrl, tls) };
    return current.agent;
  }

  /** A program may have to make them, and may hang. */
  async function credentialsFor(request: WireRequest, rejected?: Credentials): Promise<Credentials> {
    const deadline = createDeadline(request, request.silenceMs);
    try {
      return await untilAborted(access.credentials(rejected), deadline.signal, closing.signal);
    } catch (error) {
      const isLate = isClusterError(error, "timeout") && error === deadline.signal.reason;
      throw isLate ? new ClusterError("timeout", `${error.message}: ${noCredentials}`) : error;
    } finally {
      deadline.cancel();
    }
  }

  async function attempt(request: WireRequest, credentials: Credentials): Promise<WireResponse> {
    const headers = { ...request.headers, ...credentials.headers };
    const wire = { ...request, path: prefix + request.path, headers };
    const exchange = startExchange(wire, { server, agent: agentFor(credentials), ...options });
    underWay.add(exchange);
    exchange.onClose(() => underWay.delete(exchange));
    return exchange.response;
  }

  async function attemptTwice(request: WireRequest, credentials: Credentials): Promise<WireResponse> {
    try {
      return await attempt(request, credentials);
    } catch (error) {
      if (request.method !== "GET" || request.signal.aborted || !isClosedByPeer(error)) throw error;
      return await attempt(request, credentials);
    }
  }

  return {
    async send(request) {
      const credentials = await credentialsFor(request);
      const response = await attemptTwice(request, credentials);
      if (response.status !== 401) return response;
      const renewed = await credentialsFor(request, credentials).catch((error: unknown) => {
        response.body.destroy();
        throw error;
      });
      if (renewed === credentials) return response;
      response.body.resume();
      return attemptTwice(request, renewed);
    },
    async close() {
      closing.abort(new Error("the client is closed"));
      for (const exchange of underWay) exchange.end(closing.signal.reason);
      current?.agent.destroy();
    },
  };
}

const noCredentials = "there are no credentials yet, see the command that the kubeconfig names for them";

/** A request that is under way until its answer has been read. */
interface Exchange {
  readonly response: Promise<WireResponse>;
  /** Breaks it off: whoever waits for something of it gets the reason. */
  end(reason: Error): void;
  onClose(callback: () => void): void;
}

/**
 * By Node's own client: undici, measured in its place, takes 8 MB more (its parser is compiled from WebAssembly at run
 * time) and a fifth more CPU until the controller is ready.
 */
function startExchange(
  { method, path, headers, body, signal, silenceMs }: WireRequest,
  { server, agent, connectTimeoutMs }: { server: URL; agent: Agent; readonly connectTimeoutMs: number },
): Exchange {
  signal.throwIfAborted();
  const send = server.protocol === "https:" ? sendHttps : sendHttp;
  const { hostname, port } = server;
  // Of an IPv6 address, a URL has the brackets, a host name has not.
  const host = hostname.replace(/^\[|\]$/g, "");
  // Said here: Node leaves it out for methods that usually have no body, and a DELETE would lose its preconditions.
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const request = send({ agent, host, port, method, path, headers: { ...headers, ...length }, timeout: silenceMs });
  let answer: IncomingMessage | undefined;
  const end = (reason: Error): void => void (answer ?? request).destroy(reason);
  signal.addEventListener("abort", () => end(signal.reason), { once: true });
  if (silenceMs > 0) request.on("timeout", () => end(timedOut(`nothing received for ${silenceMs} ms`)));
  const unconnected = setTimeout(() => end(timedOut(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
  // The request has left, so there is a connection, with all that belongs to it: TLS, and the tunnel of a proxy.
  request.on("finish", () => clearTimeout(unconnected));
  request.on("close", () => clearTimeout(unconnected));
  const response = new Promise<WireResponse>((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (message) => {
      answer = message;
      resolve({ status: message.statusCode ?? 0, headers: message.headers, body: message });
    });
  });
  request.end(body);
  return { response, end, onClose: (callback) => void request.on("close", callback) };
}

function createAgent({ protocol }: URL, proxyUrl: string | undefined, tls: TlsMaterial): Agent {
  if (proxyUrl !== undefined && !/^https?:/.test(proxyUrl)) {
    throw new Error(`Cannot use proxy-url "${proxyUrl}" of the kubeconfig: only http and https proxies are supported`);
  }
  const options = {
    // One connection for each watch and each call under way: simple to reason about, and a busy watch cannot delay a call.
    keepAlive: true,
    // Well below the 60 s after which some load balancers forget a silent connection (client-go uses the same 30 s).
    keepAliveMsecs: 30_000,
    // Idle ones are closed: the API server and most load balancers keep them for 60 s or longer.
    timeout: 30_000,
    ...(proxyUrl === undefined ? {} : { proxyEnv: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl } }),
  };
  if (protocol !== "https:") return new Agent(options);
  const { rejectUnauthorized = true, servername, ...certificates } = tls;
  // Read once: else each connection parses the authorities again and keeps its own copy, 2 MB for the fifty of a start.
  const secureContext = createSecureContext(certificates);
  return new TlsAgent({
    ...{ ...options, secureContext, rejectUnauthorized },
    ...(servername === undefined ? {} : { servername }),
  });
}

function timedOut(message: string): Error {
  return Object.assign(new Error(message), { code: "ETIMEDOUT" });
}

function isClosedByPeer(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ECONNRESET" || code === "EPIPE";
}
