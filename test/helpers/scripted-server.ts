import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterAccess } from "../../src/kube/kube-config.ts";

/** Answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server on loopback that misbehaves on demand. */
export interface ScriptedServer {
  readonly access: ClusterAccess;
  /** Path and query of every request so far. */
  readonly seen: readonly string[];
  /** Connections accepted so far. */
  connections(): number;
  /** Connections that are open now. */
  open(): number;
  close(): void;
}

/** Starts a server that answers with `answer`, or with one answer after the other, repeating the last. */
export async function startScriptedServer(...answers: readonly Answer[]): Promise<ScriptedServer> {
  const seen: string[] = [];
  const counts = { connections: 0, open: 0 };
  const server = createServer((request, response) => {
    const answer = answers[Math.min(seen.length, answers.length - 1)];
    seen.push(request.url ?? "");
    answer?.(request, response);
  });
  server.on("connection", (socket) => {
    counts.connections += 1;
    counts.open += 1;
    socket.on("close", () => {
      counts.open -= 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    access: accessTo(`http://127.0.0.1:${port}`),
    seen,
    connections: () => counts.connections,
    open: () => counts.open,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Access without credentials. */
export function accessTo(server: string): ClusterAccess {
  const credentials = { headers: {}, tls: {} };
  return { server, credentials: async () => credentials };
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

/** An answer as the API server refuses: `metav1.Status`. */
export function refusal(code: number, reason: string, message: string, headers = {}): Answer {
  return json(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message }, headers);
}

/** The beginning of a watch, left open. */
export function watchLines(...events: readonly object[]): Answer {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    for (const event of events) response.write(`${JSON.stringify(event)}\n`);
  };
}

/** A watch that ends after its events. */
export function endedWatch(...events: readonly object[]): Answer {
  return (request, response) => {
    watchLines(...events)(request, response);
    response.end();
  };
}

/** A watch whose connection breaks after `text`. */
export function cutWatch(text: string): Answer {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write(text, () => response.socket?.destroy());
  };
}
