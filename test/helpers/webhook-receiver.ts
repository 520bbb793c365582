import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import type { Test } from "tap";

/** One request that arrived. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** How a request is answered: with a status, with what a function does, or never. */
export type ReceiverAnswer = number | ((response: ServerResponse) => void) | "hang";

/** A real HTTP server on loopback that receives messages. */
export interface Receiver {
  /** `http://127.0.0.1:<port>`, or `https://localhost:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
}

/** Answers one after the other, repeating the last. With `tls`, over HTTPS. Ends with the test. */
export async function startReceiver(
  t: Test,
  answers: readonly ReceiverAnswer[] = [200],
  tls?: { readonly cert: string; readonly key: string },
): Promise<Receiver> {
  const received: Received[] = [];
  const listener: RequestListener = async (request, response) => {
    const body = await text(request);
    const answer = answers[Math.min(received.length, answers.length - 1)];
    received.push({ method: request.method, url: request.url, headers: request.headers, body, at: Date.now() });
    if (typeof answer === "number") response.writeHead(answer).end("quoted: the-body-of-the-answer");
    else if (typeof answer === "function") answer(response);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const port = await listenUntilEnd(t, server);
  return { url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`, port, received };
}

/** What a proxy was asked for: `POST http://host/path` or `CONNECT host:port`, and by whom. */
export interface Proxied {
  readonly what: string;
  readonly authorization: string | undefined;
}

/** A forward proxy that sends everything to one receiver, whatever host is asked for. */
export async function startForwardProxy(
  t: Test,
  options: { readonly to: Receiver; readonly connectStatus?: number },
): Promise<{ readonly port: number; readonly proxied: readonly Proxied[] }> {
  const proxied: Proxied[] = [];
  const note = ({ method, url, headers }: IncomingMessage): void => {
    proxied.push({ what: `${method} ${url}`, authorization: headers["proxy-authorization"] });
  };
  const server = createServer(async (request, response) => {
    note(request);
    const { pathname, search } = new URL(request.url ?? "");
    const answer = await fetch(`${options.to.url}${pathname}${search}`, {
      method: "POST",
      body: await text(request),
      headers: { "content-type": request.headers["content-type"] ?? "" },
    });
    response.writeHead(answer.status).end(await answer.text());
  });
  server.on("connect", (request, client) => {
    note(request);
    const status = options.connectStatus ?? 200;
    client.write(`HTTP/1.1 ${status} Status\r\n\r\n`);
    if (status !== 200) return void client.end();
    const upstream = connect(options.to.port, "127.0.0.1");
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
    client.on("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  return { port: await listenUntilEnd(t, server), proxied };
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Sets what the environment says about proxies, until the end of the test; without arguments: nothing. */
export function setProxyEnvironment(t: Test, wanted: Readonly<Record<string, string>> = {}): void {
  const names = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  const former = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, wanted);
  t.teardown(() => {
    for (const name of names) delete process.env[name];
    for (const [name, value] of former) if (value !== undefined) process.env[name] = value;
  });
}

async function listenUntilEnd(t: Test, server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
