import { ClusterError } from "../core/errors.ts";
import type { ApiClient, ApiRequest } from "../core/ports.ts";
import { statusError, transportError } from "./api-error.ts";
import { createConnection, type WireResponse } from "./connection.ts";
import { createDeadline } from "./deadline.ts";
import { takeItems } from "./json-items.ts";
import { jsonLines } from "./json-lines.ts";
import type { ClusterAccess } from "./kube-config.ts";
import { type RequestInfo, requestInfo } from "./request-info.ts";

/** One finished request, for metrics; a watch counts as finished when it is answered. */
export interface RequestOutcome {
  readonly info: RequestInfo;
  /** HTTP status, or an error code such as `timeout` where there was none, or `aborted`. */
  readonly code: string;
  readonly seconds: number;
}

/** How to talk to the API server. */
export interface ApiClientOptions {
  /** Named in the User-Agent: `restamp/<version> (<component>)`. */
  readonly component: string;
  readonly version: string;
  /** Limit of one request, answer included, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Largest answer that is read, in bytes. @default 134217728 */
  readonly maxResponseBytes?: number;
  /** Largest line of a watch, in bytes. @default 16777216 */
  readonly maxLineBytes?: number;
  /** @default 5000 */
  readonly connectTimeoutMs?: number;
}

/** What `stream` of this client also understands. */
export type StreamRequest = ApiRequest & {
  readonly idleMs: number;
  /** Called when the API server has accepted the watch, before the first line. */
  readonly onOpen?: () => void;
};

/** An {@link ApiClient} that owns connections. */
export interface KubeApiClient extends ApiClient {
  stream<T>(request: StreamRequest): AsyncIterable<T>;
  /** Breaks off what is under way, closes all connections; later calls fail. */
  close(): Promise<void>;
}

/** Everything of the process talks to the API server through one of these: it owns the only connection pool. */
export function createApiClient(
  deps: { readonly access: ClusterAccess; readonly onRequest?: (outcome: RequestOutcome) => void },
  options: ApiClientOptions,
): KubeApiClient {
  const limits = {
    timeoutMs: options.timeoutMs ?? 10_000,
    maxResponseBytes: options.maxResponseBytes ?? 128 * 1024 * 1024,
    maxLineBytes: options.maxLineBytes ?? 16 * 1024 * 1024,
  };
  const connection = createConnection(deps.access, { connectTimeoutMs: options.connectTimeoutMs ?? 5_000 });
  const userAgent = `restamp/${options.version} (${options.component})`;

  function send(request: ApiRequest, how: { signal: AbortSignal; silenceMs: number }) {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers = {
      accept: request.accept ?? "application/json",
      "user-agent": userAgent,
      ...(body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
    };
    return connection.send({ method: request.method, path: pathWithQuery(request), headers, body, ...how });
  }

  /** Runs one exchange, tells its outcome, and makes every failure a ClusterError or the signal's reason. */
  async function observed<T>(request: ApiRequest, exchange: () => Promise<readonly [status: number, value: T]>) {
    const start = performance.now();
    let code = "aborted";
    try {
      const [status, value] = await exchange();
      code = String(status);
      return value;
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason;
      const failure = transportError(request, error);
      code = String(failure.status ?? failure.code);
      throw failure;
    } finally {
      deps.onRequest?.({ info: requestInfo(request), code, seconds: (performance.now() - start) / 1000 });
    }
  }

  return {
    async request<T>(request: ApiRequest): Promise<T> {
      request.signal?.throwIfAborted();
      const timeoutMs = request.timeoutMs ?? limits.timeoutMs;
      const deadline = createDeadline(request, timeoutMs);
      try {
        return await observed(request, async () => {
          const response = await send(request, { signal: deadline.signal, silenceMs: 0 });
          return [response.status, (await readAnswer(request, response, limits.maxResponseBytes)) as T];
        });
      } finally {
        deadline.cancel();
      }
    },
    async *stream<T>(request: StreamRequest): AsyncGenerator<T> {
      request.signal?.throwIfAborted();
      const deadline = createDeadline(request, 0);
      try {
        const how = { signal: deadline.signal, silenceMs: request.idleMs };
        const body = await observed(request, async () => {
          const response = await send(request, how);
          if (response.status !== 200) await readAnswer(request, response, limits.maxResponseBytes);
          return [response.status, response.body];
        });
        request.onOpen?.();
        // Leaving the loop early destroys the body, and with it the connection.
        yield* jsonLines<T>(body, limits.maxLineBytes);
      } catch (error) {
        if (request.signal?.aborted) throw request.signal.reason;
        throw transportError(request, error);
      } finally {
        deadline.cancel();
      }
    },
    close: () => connection.close(),
  };
}

function pathWithQuery(request: ApiRequest): string {
  const given = Object.entries(request.query ?? {}).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? request.path : `${request.path}?${new URLSearchParams(given)}`;
}

/** The parsed body. Throws for a status of 300 or more, for what is not JSON, and for what is too large. */
async function readAnswer(request: ApiRequest, response: WireResponse, maxBytes: number): Promise<unknown> {
  const text = await readText(request, response, maxBytes);
  const body = parseJson(text);
  if (response.status >= 300) {
    const retryAfter = response.headers["retry-after"];
    throw statusError(request, { status: response.status, body: body?.value, retryAfter });
  }
  if (text === "") return undefined;
  if (body !== undefined) return body.value;
  throw new ClusterError("unavailable", `Cannot ${request.method} ${request.path}: the answer is not JSON`, {
    status: response.status,
  });
}

async function readText(request: ApiRequest, response: WireResponse, maxBytes: number): Promise<string> {
  const { onItem } = request;
  try {
    if (onItem !== undefined && response.status < 300) return await takeItems(response.body, { maxBytes, onItem });
    return await wholeText(response.body, maxBytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new ClusterError("unavailable", `Cannot ${request.method} ${request.path}: ${error.message}`);
  }
}

async function wholeText(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
