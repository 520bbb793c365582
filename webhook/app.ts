import { STATUS_CODES } from "node:http";
import type { Server } from "node:https";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import fastify, { type FastifyInstance, type FastifyRequest, type RawServerBase } from "fastify";
import type { Logger } from "../src/core/ports.ts";
import type { HandleAdmission } from "./admission-handler.ts";

/** Where admission reviews are answered; the webhook configuration names it. */
export const admissionPath = "/mutate";

/** The admission server; it does not listen yet. */
export type AdmissionApp = FastifyInstance<Server>;

/** What the server works with. */
export interface AdmissionAppDeps {
  readonly handle: HandleAdmission;
  readonly log: Logger;
  /** @default performance.now */
  readonly now?: () => number;
}

/** Limits and identity of the server. */
export interface AdmissionAppOptions {
  readonly tls: SecureContextOptions & TlsOptions;
  /** Bytes of the largest review; beyond it: 413. */
  readonly maxBodyBytes: number;
}

/** The API server keeps idle connections for 90 s (Go's http.DefaultTransport): it must be the one to close them. */
const keepAliveTimeoutMs = 120_000;
/** The API server gives up after a second; whoever sends slower than this is not one. */
const requestTimeoutMs = 10_000;

/** Builds the server. Reviews are answered with 200; nothing that goes wrong is told in detail. */
export function createAdmissionApp(deps: AdmissionAppDeps, options: AdmissionAppOptions): AdmissionApp {
  const now = deps.now ?? (() => performance.now());
  const app = fastify({
    https: options.tls,
    bodyLimit: options.maxBodyBytes,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    // What still arrives while the server closes is answered like everything before.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    logger: false,
  });
  const arrivals = new WeakMap<FastifyRequest<object, RawServerBase>, number>();
  app.addHook("onRequest", async (request) => {
    arrivals.set(request, now());
  });
  // Parsed later, by hand: a body that cannot be read has an answer, too, and "__proto__" is a legal key of a Secret.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  app.post(admissionPath, async (request, reply) => {
    const body = typeof request.body === "string" ? request.body : "";
    const answer = await deps.handle(body, arrivals.get(request) ?? now());
    return reply.header("content-type", "application/json").send(answer);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: STATUS_CODES[404] }));
  app.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    if (status >= 500) deps.log.error({ err: error }, "Cannot answer a request");
    return reply.code(status).send({ error: STATUS_CODES[status] });
  });
  app.server.on("tlsClientError", (error) => deps.log.debug({ err: error }, "TLS handshake failed"));
  return app;
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  return status in STATUS_CODES && status >= 400 ? status : 500;
}
