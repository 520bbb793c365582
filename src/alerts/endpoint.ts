import { Agent, type IncomingMessage, STATUS_CODES, request as sendHttp } from "node:http";
import { request as sendHttps, Agent as TlsAgent } from "node:https";
import { messageOf } from "../core/errors.ts";
import { errorCode, parseRetryAfter } from "../core/http-failure.ts";

/** A message that did not arrive. The text names the host, and nothing else of the URL. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** Whether the same message may arrive later. */
  readonly passing: boolean;
  /** What the receiver asked for in `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: { readonly passing: boolean; readonly retryAfterMs?: number | undefined }) {
    super(message);
    this.passing = details.passing;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** One message as HTTP carries it. */
export interface Message {
  readonly contentType: string;
  readonly body: string;
  /** Whether an answer of that status means that it has arrived. */
  isDelivered(status: number): boolean;
}

/** Where messages are sent. The URL may hold a token anywhere but in its host, so that is all that is ever told. */
export interface Endpoint {
  /** Host and port, for logs. */
  readonly host: string;
  /** Sends one message; of the answer, only the status and `Retry-After` count. Rejects with a DeliveryError, or with the reason of the signal. */
  post(message: Message, signal: AbortSignal): Promise<void>;
}

/** Where, how, and how long. */
export interface EndpointOptions {
  /** http or https; a name and password in it are sent as basic authentication. */
  readonly url: string;
  /** `http://name:password@host:port`, or `host:port`. @default HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case */
  readonly proxy?: string | undefined;
  /** Limit of one attempt, answer included, in milliseconds. */
  readonly timeoutMs: number;
}

/** Opens nothing yet. Returns a problem in words, without the URL, if nothing could ever be sent. */
export function openEndpoint(options: EndpointOptions): Endpoint | { readonly problem: string } {
  if (options.url.trim() === "") return { problem: "there is no URL" };
  const url = parseHttpUrl(options.url);
  if (url === undefined) return { problem: "the URL is not one of http or https" };
  const agent = openAgent(url, options.proxy?.trim() ?? "");
  if (agent === undefined)
    return { problem: "the proxy, given or of HTTPS_PROXY and HTTP_PROXY, is not a URL of http or https" };
  const headers = { ...authorization(url), "user-agent": "restamp" };
  const exchange = ({ contentType, body }: Message, signal: AbortSignal): Promise<IncomingMessage> => {
    const send = url.protocol === "https:" ? sendHttps : sendHttp;
    const length = Buffer.byteLength(body);
    const request = send({
      ...{ agent, signal, host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port },
      ...{ method: "POST", path: url.pathname + url.search },
      headers: { ...headers, "content-type": contentType, "content-length": length },
    });
    return new Promise((resolve, reject) => {
      request.on("error", reject);
      // What it says beside its status is not read. If it stops halfway: the message has arrived, or has been refused.
      request.on("response", (response) => resolve(response.on("error", () => undefined).resume()));
      request.end(body);
    });
  };

  return {
    host: url.host,
    async post(message, signal) {
      signal.throwIfAborted();
      const limit = new AbortController();
      const follow = (): void => limit.abort(signal.reason);
      // Not AbortSignal.any: the caller's signal may live as long as the process.
      signal.addEventListener("abort", follow, { once: true });
      const timer = setTimeout(() => limit.abort(), options.timeoutMs);
      try {
        const response = await exchange(message, limit.signal);
        if (!message.isDelivered(response.statusCode ?? 0)) throw refusal(url.host, response);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof DeliveryError) throw error;
        const why = limit.signal.aborted ? `no complete answer within ${options.timeoutMs} ms` : tell(error, url);
        throw new DeliveryError(`Cannot POST to ${url.host}: ${why}`, { passing: true });
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", follow);
      }
    },
  };
}

function parseHttpUrl(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  return decoded(url.username) === undefined || decoded(url.password) === undefined ? undefined : url;
}

/** `undefined` if the proxy, given or of the environment, cannot be used. */
function openAgent({ protocol }: URL, proxy: string): Agent | undefined {
  const url = proxy.includes("://") ? proxy : `http://${proxy}`;
  const proxyEnv = proxy === "" ? process.env : { HTTP_PROXY: url, HTTPS_PROXY: url };
  const proxies = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"].map((name) => proxyEnv[name] ?? "");
  if (proxies.some((each) => each !== "" && parseHttpUrl(each) === undefined)) return undefined;
  return protocol === "https:" ? new TlsAgent({ proxyEnv }) : new Agent({ proxyEnv });
}

function authorization({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function refusal(host: string, { statusCode: status = 0, headers }: IncomingMessage): DeliveryError {
  const redirect = status >= 300 && status < 400 ? ": redirects are not followed, check the URL" : "";
  return new DeliveryError(`Cannot POST to ${host}: ${`${status} ${STATUS_CODES[status] ?? ""}`.trim()}${redirect}`, {
    passing: status === 429 || status >= 500,
    retryAfterMs: parseRetryAfter(headers["retry-after"], Date.now()),
  });
}

/** Shorter parts of a URL are words that any message may have. */
const shortestSecret = 8;

/** What went wrong below HTTP. No library is known to quote more than the host in it; should one begin to, its code has to do. */
function tell(error: unknown, url: URL): string {
  const code = errorCode(error) ?? "connection failed";
  const message = messageOf(error);
  const secrets = [url.pathname.slice(1), url.search, url.username, url.password];
  const isQuoted = secrets.some((secret) => secret.length >= shortestSecret && message.includes(secret));
  return message === "" || isQuoted ? code : message;
}
