import { createLimiter } from "../src/core/limiter.ts";
import { createWorkloadKinds } from "../src/core/workload-kinds.ts";
import { workloadRules } from "../src/core/workload-rules.ts";
import type { Frame } from "../src/frame.ts";
import { createApiClient } from "../src/kube/client.ts";
import { createKeyRing } from "../src/kube/key-ring.ts";
import { createClusterAccess } from "../src/kube/kube-config.ts";
import { type Permissions, watchPermissions } from "../src/kube/permissions.ts";
import { createVolatileKeyRing } from "../src/kube/volatile-key-ring.ts";
import { createWebhookMetrics, type WebhookMetrics } from "../src/observe/webhook-metrics.ts";
import type { Options } from "../src/options/table.ts";
import type { HealthCheck } from "../src/runtime/health.ts";
import { listen } from "../src/runtime/listen.ts";
import { createAdmissionHandler } from "./admission-handler.ts";
import { createAdmissionApp } from "./app.ts";
import { tlsOptions } from "./certificate-check.ts";
import { createDigestKeyRefresh, type DigestKeyRefresh } from "./digest-key-refresh.ts";
import { createDrain } from "./drain.ts";
import { createLiveReads } from "./live-reads.ts";
import { createMutate } from "./mutate.ts";
import { createServingCertificate, type ServingCertificate } from "./serving-certificate.ts";

/**
 * Calls to the API server at a time; each has a connection, and those that wait are shared. Enough for 1,600 a second where
 * each takes 10 ms; with more, a webhook that is short of CPU shares fewer and does fewer reviews.
 */
const parallelReads = 16;

/** Starts the admission process; resolves once it answers reviews, which it does not before it has a certificate. */
export async function runWebhook(options: Options<"webhook">, frame: Frame): Promise<void> {
  const { log, health, lifecycle } = frame;
  const metrics = createWebhookMetrics(frame.metrics);
  const certificate = certificateOf(options, frame, metrics);
  const permissions = watchPermissions({ api: apiOf(options, frame, metrics), clock: frame.clock });
  const { api } = permissions;
  const stored = createKeyRing({ api, clock: frame.clock }, keyRingOptions(options));
  // A controller that observes as well makes no Secret.
  const ring = options.mode === "observe" ? createVolatileKeyRing(frame.clock.now(), stored) : stored;
  const keys = createDigestKeyRefresh({ ring, clock: frame.clock, log: log.component("digest-keys") });
  health.addCheck("readyz", { name: "certificate", check: () => certificate.problem() });
  health.addCheck("readyz", permissionsCheck(permissions, keys));
  health.addCheck("readyz", { name: "digest-keys", check: () => keys.problem() });
  const rules = workloadRules(options);
  const kinds = createWorkloadKinds(options);
  const mutate = createMutate(
    {
      kinds,
      keys,
      rules,
      reads: createLiveReads({ api, rules, limit: createLimiter(parallelReads) }),
      onUnknownKey: () => metrics.unknownKey.inc({}),
    },
    {
      controllerUser: `system:serviceaccount:${options.namespace}:${options.controllerServiceAccount}`,
      mode: options.mode,
      namespacesToIgnore: options.namespacesToIgnore,
    },
  );
  const handler = { kinds, mutate, metrics, log: log.component("admission") };
  const handle = createAdmissionHandler(handler, { timeoutMs: options.admissionTimeoutMs });
  await lifecycle.start({ name: "API client", stop: () => api.close() });
  await lifecycle.start({ name: "digest keys", start: (signal) => keys.start(signal) });
  await lifecycle.start({ name: "certificate", start: (signal) => certificate.start(signal) });
  await startServer({ options, frame, certificate, handle });
}

/**
 * Fails as the controller's does, but only until the keys have been read. From then on what is missing is only told: the review
 * that needs it has a warning and keeps its stamp, whereas a webhook that is not ready stamps nothing for anybody.
 */
function permissionsCheck(permissions: Permissions, keys: DigestKeyRefresh): HealthCheck {
  const missing = (): string | undefined => permissions.missing().join("; ") || undefined;
  return {
    name: "permissions",
    check: () => (keys.problem() === undefined ? undefined : missing()),
    note: missing,
  };
}

async function startServer(parts: {
  readonly options: Options<"webhook">;
  readonly frame: Frame;
  readonly certificate: ServingCertificate;
  readonly handle: ReturnType<typeof createAdmissionHandler>;
}): Promise<void> {
  const { options, frame, certificate, handle } = parts;
  const pair = certificate.current();
  if (pair === undefined) throw new Error("Cannot start admission server: the certificate is gone");
  const log = frame.log.component("server");
  const app = createAdmissionApp({ handle, log }, { tls: tlsOptions(pair), maxBodyBytes: options.maxBodySizeBytes });
  // Connections that are open stay; new ones get the new certificate.
  certificate.onChange((next) => app.server.setSecureContext(tlsOptions(next)));
  const drain = createDrain(app, options);
  await frame.lifecycle.start({
    name: "admission server",
    start: async () => {
      const bound = await listen(app, options.webhookAddress);
      log.info({ address: bound.text, port: bound.port }, "Admission server is listening");
    },
    stop: (signal) => drain.stop(signal),
  });
}

function certificateOf(options: Options<"webhook">, frame: Frame, metrics: WebhookMetrics): ServingCertificate {
  const { clientCaFile } = options;
  return createServingCertificate(
    {
      log: frame.log.component("certificate"),
      clock: frame.clock,
      onReload: ({ notAfter }) => metrics.certificateExpiry.set({}, Math.floor(notAfter / 1_000)),
      onReloadError: () => metrics.certificateReloadErrors.inc({}),
    },
    {
      certFile: options.tlsCertFile,
      keyFile: options.tlsKeyFile,
      pollMs: options.certificatePollIntervalMs,
      ...(clientCaFile === undefined ? {} : { clientCaFile }),
    },
  );
}

function apiOf(options: Options<"webhook">, { clock, version }: Frame, metrics: WebhookMetrics) {
  const { kubeconfig } = options;
  const access = createClusterAccess(kubeconfig === undefined ? {} : { kubeconfig }, { clock });
  return createApiClient(
    { access, onRequest: metrics.api.observe },
    { component: "webhook", version, timeoutMs: options.apiTimeoutMs },
  );
}

function keyRingOptions(options: Options<"webhook">) {
  return { namespace: options.namespace, name: options.keySecret, propagationMs: options.keyPropagationMs };
}
