import { type Agent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { Test } from "tap";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createMetricsRegistry } from "../../src/observe/metric.ts";
import { createWebhookMetrics } from "../../src/observe/webhook-metrics.ts";
import { createAdmissionHandler, type HandleAdmission } from "../../webhook/admission-handler.ts";
import { type AdmissionApp, createAdmissionApp } from "../../webhook/app.ts";
import type { Mutate } from "../../webhook/mutate.ts";
import { createRecordingLog } from "./recording-log.ts";
import { testAuthority, testPair } from "./serving-pair.ts";

/** An admission server on a free port of 127.0.0.1, and a client that trusts it. */
export interface TestedApp {
  readonly app: AdmissionApp;
  readonly port: number;
  readonly log: ReturnType<typeof createRecordingLog>;
  /** What Prometheus would see. */
  metrics(): Promise<string>;
  post(body: string, how?: PostOptions): Promise<PostAnswer>;
}

/** How a request differs from the API server's. */
export interface PostOptions {
  readonly path?: string;
  readonly contentType?: string;
  readonly agent?: Agent;
}

/** What came back. */
export interface PostAnswer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
}

/** A handler with its own metrics and log. */
export function testedHandler(mutate: Mutate, options: { timeoutMs?: number; parallel?: number } = {}) {
  const log = createRecordingLog();
  const registry = createMetricsRegistry({ processMetrics: false });
  const metrics = createWebhookMetrics(registry);
  const handle = createAdmissionHandler(
    { kinds: createWorkloadKinds(), mutate, metrics, log },
    { timeoutMs: 10_000, ...options },
  );
  return { log, handle, metrics: () => registry.render() };
}

/** Starts a server that ends with the test; `prepare` sees it before it listens. */
export async function testedApp(
  t: Test,
  handler: { handle: HandleAdmission; log: TestedApp["log"]; metrics(): Promise<string> },
  prepare: (app: AdmissionApp) => void = () => undefined,
): Promise<TestedApp> {
  const authority = await testAuthority();
  const { cert, key } = await testPair(authority);
  const app = createAdmissionApp(handler, { tls: { cert, key }, maxBodyBytes: 8 * 1024 * 1024 });
  prepare(app);
  await app.listen({ host: "127.0.0.1", port: 0 });
  t.teardown(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  const { port } = app.server.address() as AddressInfo;
  return { ...handler, app, port, post: (body, how = {}) => post({ port, ca: authority.cert }, body, how) };
}

function post({ port, ca }: { port: number; ca: string }, body: string, how: PostOptions): Promise<PostAnswer> {
  const { path = "/mutate", contentType = "application/json", agent } = how;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        ...{ host: "127.0.0.1", servername: "localhost", port, ca, path, method: "POST" },
        headers: { "content-type": contentType, "content-length": Buffer.byteLength(body) },
        ...(agent === undefined ? {} : { agent }),
      },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, connection: headers.connection, body: Buffer.concat(chunks).toString() });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}
