import { STATUS_CODES } from "node:http";
import { type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from "undici";
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
  const dispatcher = openDispatcher(options.proxy?.trim() ?? "");
  if (dispatcher === undefined)
    return { problem: "the proxy, given or of HTTPS_PROXY and HTTP_PROXY, is not a URL of http or https" };
  const headers = { ...authorization(url), "user-agent": "restamp" };
  const target = { origin: url.origin, path: url.pathname + url.search, method: "POST" } as const;
  const requestOf = ({ contentType, body }: Message) => ({
    ...target,
    ...{ headers: { ...headers, "content-type": contentType }, body },
  });

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
        const response = await exchange(dispatcher, requestOf(message), limit.signal);
        if (!message.isDelivered(response.statusCode)) throw refusal(url.host, response);
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

async function exchange(
  dispatcher: Dispatcher,
  request: Pick<Dispatcher.RequestOptions, "origin" | "path" | "method" | "headers" | "body">,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  // The signal is the only limit.
  const response = await dispatcher.request({ ...request, signal, headersTimeout: 0, bodyTimeout: 0 });
  // A body that stops halfway changes nothing: the message has arrived, or has been refused.
  await response.body.dump({ limit: 65_536, signal }).catch(() => undefined);
  return response;
}

function parseHttpUrl(text: string): URL | undefined {
  const url = URL.parse(text.trim());
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  return decoded(url.username) === undefined || decoded(url.password) === undefined ? undefined : url;
}

/** `undefined` if the proxy, given or of the environment, cannot be used. */
function openDispatcher(proxy: string): Dispatcher | undefined {
  try {
    if (proxy === "") return new EnvHttpProxyAgent({ allowH2: false });
    const url = parseHttpUrl(proxy.includes("://") ? proxy : `http://${proxy}`);
    return url === undefined ? undefined : new ProxyAgent({ uri: url.href, allowH2: false });
  } catch {
    return undefined;
  }
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

function refusal(host: string, { statusCode: status, headers }: Dispatcher.ResponseData): DeliveryError {
  const redirect = status >= 300 && status < 400 ? ": redirects are not followed, check the URL" : "";
  const retryAfter = headers["retry-after"];
  return new DeliveryError(`Cannot POST to ${host}: ${`${status} ${STATUS_CODES[status] ?? ""}`.trim()}${redirect}`, {
    passing: status === 429 || status >= 500,
    retryAfterMs: parseRetryAfter(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, Date.now()),
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
