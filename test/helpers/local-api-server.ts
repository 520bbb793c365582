import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createApiClient, type KubeApiClient } from "../../src/kube/client.ts";

/** How a path is answered: with an object, with a status, or never. */
export type LocalAnswer = { readonly object: unknown } | { readonly status: number } | "hang";

/** An HTTP server in the place of the API server, for answers that a real one does not give on demand. */
export interface LocalApiServer {
  readonly api: KubeApiClient;
  /** A promise is waited for: what happens meanwhile is up to the test. */
  readonly answers: Map<string, LocalAnswer | Promise<LocalAnswer>>;
  /** Paths in the order in which they were asked for. */
  readonly asked: string[];
  /** Bodies of PATCHes, in the order in which they came. */
  readonly patches: unknown[];
  /** Answers of a path that has none: 404 by default. */
  fallback: LocalAnswer;
  close(): Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startLocalApiServer(): Promise<LocalApiServer> {
  const answers: LocalApiServer["answers"] = new Map();
  const asked: string[] = [];
  const patches: unknown[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "";
    asked.push(path);
    if (request.method === "PATCH") patches.push(await json(request));
    const answer = await (answers.get(path) ?? local.fallback);
    if (answer === "hang") return;
    const status = "status" in answer ? answer.status : 200;
    const body = "status" in answer ? { kind: "Status", code: status, message: `refused "${path}"` } : answer.object;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { headers: {}, tls: {} };
  const access = { server: `http://127.0.0.1:${port}`, credentials: async () => credentials };
  const api = createApiClient({ access }, { component: "test", version: "0.0.0" });
  const local: LocalApiServer = {
    api,
    answers,
    asked,
    patches,
    fallback: { status: 404 },
    async close() {
      await api.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return local;
}
