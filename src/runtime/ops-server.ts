import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Logger } from "../core/ports.ts";
import { type HealthCheck, type HealthReport, reportHealth } from "./health.ts";
import { type Bound, listen } from "./listen.ts";

/** What can be asked about: `livez` restarts the container when it fails, `readyz` takes the Pod out of its Service. */
export type Probe = "livez" | "readyz";

/** Serves `/livez`, `/live`, `/readyz` and `/metrics` to the kubelet and to Prometheus. */
export interface OpsServer {
  /** Adds a check; checks are asked in this order, at each probe. */
  addCheck(probe: Probe, check: HealthCheck): void;
  /** Listens. Rejects with a sentence if it cannot. */
  start(): Promise<Bound>;
  /** Ends all connections. */
  stop(): Promise<void>;
}

/** What an {@link OpsServer} needs. */
export interface OpsServerDeps {
  readonly log: Logger;
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
}

const index = `restamp
/livez           is this process alive?
/live            the same, where Reloader has it
/readyz          should it get requests? (?verbose lists every check)
/metrics         figures for Prometheus
`;

/** Plain HTTP and without authentication: nothing here tells what a Secret holds. */
export function createOpsServer(
  deps: OpsServerDeps,
  options: { readonly address: { readonly host: string | undefined; readonly port: number } },
): OpsServer {
  const checks: Record<Probe, HealthCheck[]> = { livez: [], readyz: [] };
  const app = fastify({ bodyLimit: 1_024, forceCloseConnections: true, requestTimeout: 10_000 });
  addProbe(app, "livez", () => reportHealth(checks.livez));
  // The probe of Reloader's Deployments (v1.4.21, internal/pkg/leadership).
  app.get("/live", async (_request, reply) => {
    const { ok } = reportHealth(checks.livez);
    return text(reply, ok ? 200 : 500, ok ? "alive" : "not alive");
  });
  addProbe(
    app,
    "readyz",
    loggingChanges(deps.log, () => reportHealth(checks.readyz)),
  );
  app.get("/metrics", async (_request, reply) =>
    reply.header("content-type", deps.metrics.contentType).send(await deps.metrics.render()),
  );
  app.get("/", async (_request, reply) => text(reply, 200, index));
  return {
    addCheck: (probe, check) => {
      checks[probe].push(check);
    },
    start: async () => {
      const bound = await listen(app, options.address);
      deps.log.info({ address: bound.text, port: bound.port }, "Ops server is listening");
      return bound;
    },
    stop: () => app.close(),
  };
}

function addProbe(app: FastifyInstance, probe: Probe, report: () => HealthReport): void {
  app.get<{ Querystring: { verbose?: string } }>(`/${probe}`, async (request, reply) => {
    const { ok, lines } = report();
    // As kube-apiserver has it: the list on failure or when asked for, else two letters.
    if (ok && request.query.verbose === undefined) return text(reply, 200, "ok");
    return text(reply, ok ? 200 : 503, [...lines, `${probe} check ${ok ? "passed" : "failed"}`, ""].join("\n"));
  });
}

function text(reply: FastifyReply, status: number, body: string): FastifyReply {
  return reply
    .code(status)
    .header("content-type", "text/plain; charset=utf-8")
    .header("cache-control", "no-store")
    .send(body);
}

/** Writes a log line whenever the set of failing checks has changed since the last probe. */
function loggingChanges(log: Logger, report: () => HealthReport): () => HealthReport {
  let before: string | undefined;
  return () => {
    const health = report();
    const now = health.failing.map(({ name }) => name).join();
    if (now !== before) {
      if (health.ok) log.info({}, "Ready");
      else log.warn({ failing: health.failing }, "Not ready");
    }
    before = now;
    return health;
  };
}
