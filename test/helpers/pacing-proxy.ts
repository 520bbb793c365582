import { once } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { writeKubeconfig } from "../controlplane/plane-files.ts";

/** An entrance to the API server that lets one client's changes in slowly. */
export interface PacingProxy {
  /** Path of a kubeconfig for it, with all rights. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/**
 * Starts a proxy that forwards a PATCH no earlier than `gapMs` after the answer to the one before, so that one run of a
 * real client (kubectl, helm) writes its objects at a known distance.
 */
export async function startPacingProxy(plane: ControlPlane, gapMs: number): Promise<PacingProxy> {
  const { ca, cert, key, token, url } = plane.connection;
  const secure = url.startsWith("https:");
  const tls = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  const agent = secure ? new https.Agent({ keepAlive: true, ...tls }) : new http.Agent({ keepAlive: true });
  const authorization = token ? { authorization: `Bearer ${token}` } : {};
  let answered = 0;

  async function forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method, headers } = request;
    if (method === "PATCH") await sleep(Math.max(0, answered + gapMs - Date.now()));
    const { host: _host, ...others } = headers;
    const options = { method, agent, headers: { ...others, ...authorization } };
    const call = (secure ? https : http).request(`${url.replace(/\/$/, "")}${request.url}`, options);
    call.on("error", () => response.destroy());
    call.on("response", (answer) => {
      if (method === "PATCH") answered = Date.now();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(call);
  }

  const server = http.createServer((request, response) => void forward(request, response));
  const port = await freePort();
  await once(server.listen(port, "127.0.0.1"), "listening");
  const proxied = { url: `http://127.0.0.1:${port}`, caFile: undefined, token: "" };
  return {
    kubeconfig: writeKubeconfig(join(plane.dir, `paced-${port}.kubeconfig`), proxied),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      agent.destroy();
    },
  };
}
