import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";
import { pick, type Random } from "../bench/seeded-random.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { writeKubeconfig } from "../controlplane/plane-files.ts";
import type { Install } from "./install.ts";
import type { RestampProcess } from "./restamp-process.ts";

/** An entrance to the API server that is as unreliable as a bad day. */
export interface FaultyProxy {
  /** Writes a kubeconfig for it with a token, and returns its path. */
  kubeconfigFor(token: string): string;
  counts(): FaultCounts;
  stop(): Promise<void>;
}

/** What a proxy has done so far. */
export interface FaultCounts {
  readonly requests: number;
  /** Requests that failed, and watches that were broken off. */
  readonly faults: number;
  readonly cuts: number;
}

/** How unreliable. */
export interface FaultyProxyOptions {
  /** What goes wrong with a request; `undefined`: nothing. */
  readonly faultOf: (request: http.IncomingMessage) => Fault | undefined;
  /** How long each watch lives, in milliseconds. @default as long as it would anyway */
  readonly watchMs?: () => number;
}

/**
 * `reset`: before the API server sees the request; `lost`: it carries it out, but the connection is gone before its answer;
 * `hang`: no answer at all.
 */
export type Fault = "500" | "503" | "429" | "reset" | "lost" | "hang";

const faults: readonly Fault[] = ["500", "503", "429", "reset", "lost"];
const reasons = { "500": "InternalError", "503": "ServiceUnavailable", "429": "TooManyRequests" } as const;
/** Longer than a client keeps an idle connection, as with an API server: what breaks, breaks by chance and is counted. */
const keepAliveMs = 120_000;

/** Any fault, for that share (0 to 1) of the requests. */
export function faultsAtRandom(random: Random, share: number): FaultyProxyOptions["faultOf"] {
  return () => (random() < share ? pick(random, faults) : undefined);
}

/** Starts a proxy that passes on the credentials of whoever comes. */
export async function startFaultyProxy(plane: ControlPlane, options: FaultyProxyOptions): Promise<FaultyProxy> {
  const counts = { requests: 0, faults: 0, cuts: 0 };
  const forward = forwarder(plane);

  function take(request: http.IncomingMessage, response: http.ServerResponse): void {
    counts.requests++;
    const isWatch = new URL(request.url ?? "/", "http://localhost").searchParams.has("watch");
    const fault = options.faultOf(request);
    if (fault !== undefined) counts.faults++;
    if (fault === undefined || fault === "lost") {
      const call = forward.send(request, response, fault);
      if (isWatch && options.watchMs !== undefined) breakOff(call, response, options.watchMs());
    } else if (fault === "reset") response.destroy();
    else if (fault !== "hang") refuse(request, response, fault);
  }

  /** As a load balancer does: in the middle of whatever is sent, or as an orderly end. */
  function breakOff(call: http.ClientRequest, response: http.ServerResponse, afterMs: number): void {
    const timer = setTimeout(() => {
      // In turns.
      if (counts.cuts++ % 2 === 0) response.end();
      else response.destroy();
      call.destroy();
    }, afterMs);
    response.once("close", () => clearTimeout(timer));
  }

  const server = http.createServer({ keepAliveTimeout: keepAliveMs }, take);
  const port = await freePort();
  await once(server.listen(port, "127.0.0.1"), "listening");
  return {
    kubeconfigFor(token) {
      const access = { url: `http://127.0.0.1:${port}`, caFile: undefined, token };
      return writeKubeconfig(join(plane.dir, `faulty-${port}.kubeconfig`), access);
    },
    counts: () => ({ ...counts }),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      forward.close();
    },
  };
}

/** Starts a controller with the rights that it has, and waits until it is ready; it knows the API server by the proxy alone. */
export async function startControllerThrough(
  proxy: FaultyProxy,
  { kube, namespace, startController }: Install,
  args: readonly string[],
): Promise<RestampProcess> {
  const accounts = await kube.list<KubeObject>(`/api/v1/namespaces/${namespace}/serviceaccounts`);
  const account = accounts.find(({ metadata }) => metadata.name.includes("controller"))?.metadata.name ?? "";
  const kubeconfig = proxy.kubeconfigFor(await kube.createToken(namespace, account));
  const controller = await startController([...args, `--kubeconfig=${kubeconfig}`]);
  await controller.ready();
  return controller;
}

function forwarder({ connection: { ca, url } }: ControlPlane) {
  const secure = url.startsWith("https:");
  const agent = secure ? new https.Agent({ keepAlive: true, ...(ca && { ca }) }) : new http.Agent({ keepAlive: true });
  const base = url.replace(/\/$/, "");
  return {
    send(request: http.IncomingMessage, response: http.ServerResponse, fault: "lost" | undefined): http.ClientRequest {
      const { method, headers } = request;
      const { host: _host, connection: _connection, ...others } = headers;
      const call = (secure ? https : http).request(`${base}${request.url}`, { method, agent, headers: others });
      const fail = (): void => {
        if (!response.writableEnded) response.destroy();
      };
      call.on("error", fail);
      call.on("response", (answer) => {
        if (fault === "lost") {
          answer.resume();
          return;
        }
        const { connection: _own, "keep-alive": _time, ...passed } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, passed);
        response.flushHeaders();
        answer.on("error", fail);
        answer.pipe(response);
      });
      // Whoever has asked is gone: nobody reads the rest.
      response.once("close", () => {
        if (!response.writableFinished && fault !== "lost") call.destroy();
      });
      request.pipe(call);
      if (fault === "lost") request.once("end", () => response.destroy());
      return call;
    },
    close: () => agent.destroy(),
  };
}

/** As the API server says it. */
function refuse(request: http.IncomingMessage, response: http.ServerResponse, fault: keyof typeof reasons): void {
  request.resume();
  const code = Number(fault);
  const reason = reasons[fault];
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", message: "a fault of the test", reason, code };
  const headers = { "content-type": "application/json", ...(fault === "429" && { "retry-after": "1" }) };
  response.writeHead(code, headers).end(JSON.stringify(body));
}
