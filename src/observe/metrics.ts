import type { CounterOf, MetricsRegistry } from "./metric.ts";

const codes = [
  "2xx",
  "400",
  "401",
  "403",
  "404",
  "409",
  "410",
  "422",
  "429",
  "4xx",
  "5xx",
  "timeout",
  "aborted",
  "none",
] as const;
const verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] as const;

/** One finished call to the API server. */
export interface ApiCall {
  /** `verb` is RBAC's, such as `get`. */
  readonly info: { readonly verb: string };
  /** HTTP status, or a word where there was no answer, such as `timeout`. */
  readonly code: string;
  readonly seconds: number;
}

/** Upper limits in seconds of buckets for calls that take milliseconds. */
export const callBuckets: readonly number[] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of the calls to the API server, for both processes. */
export interface ApiMetrics {
  /** Counts one call; fits the client's `onRequest`. */
  observe(call: ApiCall): void;
}

/** Registers {@link ApiMetrics}. */
export function createApiMetrics(registry: MetricsRegistry): ApiMetrics {
  const requests = registry.counter(
    {
      name: "restamp_api_requests_total",
      help: "Calls to the API server, by verb and status. Rising 403: the RBAC rules lack something, see /readyz; rising 429, timeout or none: the API server is overloaded or out of reach.",
    },
    { verb: verbs, code: codes },
  );
  const duration = registry.histogram(
    {
      name: "restamp_api_request_duration_seconds",
      help: "How long calls to the API server take. Above 0.1 s for get, admissions begin to miss their deadline.",
      buckets: callBuckets,
    },
    { verb: verbs },
  );
  return {
    observe: ({ info, code, seconds }) => {
      const verb = verbs.find((known) => known === info.verb) ?? "get";
      requests.inc({ verb, code: codeLabel(code) });
      duration.observe({ verb }, seconds);
    },
  };
}

function codeLabel(code: string): (typeof codes)[number] {
  const exact = codes.find((known) => known === code);
  if (exact !== undefined) return exact;
  // 1xx and 3xx are never final answers of the API server.
  const status = Number(code);
  if (Number.isNaN(status)) return "none";
  if (status >= 500) return "5xx";
  return status >= 400 ? "4xx" : "2xx";
}

/** Registers `restamp_build_info`, always 1. */
export function registerBuildInfo(
  registry: MetricsRegistry,
  build: { readonly version: string; readonly node: string },
): void {
  const info = registry.gauge(
    { name: "restamp_build_info", help: "Always 1: the version of restamp and of Node that runs." },
    { version: [build.version], node: [build.node] },
  );
  info.set(build, 1);
}

/** Bad annotations, which both processes can find. */
export function createAnnotationMetric(registry: MetricsRegistry): CounterOf<Record<never, never>> {
  return registry.counter(
    {
      name: "restamp_invalid_annotations_total",
      help: "Annotations that could not be understood and were read in the safe way. An Event on the object says what to write instead.",
    },
    {},
  );
}

/** Stamps whose key is not in the key Secret, which both processes can find. */
export function createUnknownKeyMetric(registry: MetricsRegistry): CounterOf<Record<never, never>> {
  return registry.counter(
    {
      name: "restamp_unknown_key_total",
      help: "Stamps made with a key that the key Secret does not hold, and adopted. Above 0: the key Secret was deleted or restored; changes made meanwhile were not rolled.",
    },
    {},
  );
}
