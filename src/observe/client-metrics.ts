import type { MetricsRegistry } from "./metric.ts";
import type { ApiCall } from "./metrics.ts";

/** The HTTP method of each of RBAC's verbs. */
const methods: Readonly<Record<string, string>> = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};

/**
 * Registers the metrics that programs have which are written with Kubernetes' own client: names and labels as there.
 * `server`: the URL of the API server.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/tools/metrics
 */
export function createClientMetrics(registry: MetricsRegistry, server: string) {
  const host = hostOf(server);
  const requests = registry.counter(
    {
      name: "rest_client_requests_total",
      help: "Calls to the API server, by status, HTTP method and host. <error>: there was no answer. restamp_api_requests_total has RBAC's verbs.",
    },
    // Statuses are few, and there is one host.
    { code: "any", method: [...new Set(Object.values(methods))], host: [host] },
  );
  const duration = registry.histogram(
    {
      name: "rest_client_request_duration_seconds",
      help: "How long calls to the API server take, by HTTP method and host. A watch ends when it is answered.",
      buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
    },
    { verb: [...new Set(Object.values(methods))], host: [host] },
  );
  return {
    /** Counts one call; fits the client's `onRequest`. */
    observe({ info, code, seconds }: ApiCall): void {
      const method = methods[info.verb] ?? "GET";
      requests.inc({ code: /^\d+$/.test(code) ? code : "<error>", method, host });
      duration.observe({ verb: method, host }, seconds);
    },
  };
}

/** With the port, if the URL has one, also the usual one: as Go's `url.URL.Host`. */
function hostOf(server: string): string {
  return /^https?:\/\/([^/]+)/.exec(server)?.[1] ?? server;
}
