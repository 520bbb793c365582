import * as http from "node:http";
import * as https from "node:https";

/** Where an API server is and who is calling. */
export interface Connection {
  /** Base URL, such as "https://127.0.0.1:20443"; plain HTTP is possible. */
  readonly url: string;
  /** CA certificates, PEM. */
  readonly ca?: string | Buffer;
  readonly token?: string;
  /** Client certificate and its key, PEM. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** Parts of a request beside its path. */
export interface RawRequest {
  /** @default "GET" */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is if a string, else as JSON. */
  readonly body?: unknown;
  /** @default 30000 */
  readonly timeoutMs?: number;
}

/** Answer of the API server, whatever its status. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Sends requests to one server over connections that are kept; fails only without an answer. */
export interface Transport {
  send(path: string, init?: RawRequest): Promise<RawResponse>;
}

/** Creates the transport. Idle connections do not keep the process alive. */
export function createTransport(connection: Connection): Transport {
  const { url, ca, cert, key, token } = connection;
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const secure = url.startsWith("https:");
  const agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  const request = secure ? https.request : http.request;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const base = url.replace(/\/$/, "");

  function send(path: string, init: RawRequest = {}): Promise<RawResponse> {
    const { method = "GET", body, timeoutMs = 30_000 } = init;
    const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const type = payload === undefined ? {} : { "content-type": "application/json" };
    const headers = {
      accept: "application/json",
      "user-agent": "restamp-test",
      ...authorization,
      ...type,
      ...init.headers,
    };
    return new Promise((fulfill, reject) => {
      const fail = (cause: Error) =>
        reject(new Error(`Cannot ${method} "${path}" at "${base}": ${cause.message}`, { cause }));
      const call = request(`${base}${path}`, { method, headers, agent, signal: AbortSignal.timeout(timeoutMs) });
      call.on("error", fail);
      call.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", fail);
        response.on("end", () => fulfill({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      call.end(payload);
    });
  }

  return { send };
}
