import type { MetricsRegistry } from "./metric.ts";
import { callBuckets, createAnnotationMetric, createApiMetrics, createUnknownKeyMetric } from "./metrics.ts";

const operations = ["CREATE", "UPDATE"] as const;
const outcomes = ["stamped", "carried", "unchanged", "skipped", "error", "timeout"] as const;

/** What became of an admission. All of them were answered as allowed. */
export type AdmissionOutcome = (typeof outcomes)[number];

/** The metrics of `restamp webhook`. */
export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>;

/** Registers {@link WebhookMetrics}. */
export function createWebhookMetrics(registry: MetricsRegistry) {
  return {
    api: createApiMetrics(registry),
    invalidAnnotations: createAnnotationMetric(registry),
    unknownKey: createUnknownKeyMetric(registry),
    admissions: registry.counter(
      {
        name: "restamp_admissions_total",
        help: "Admission reviews answered, by outcome. Rising error or timeout: stamps are carried forward or left out, and the controller rolls what it missed; see the log and restamp_api_requests_total.",
      },
      { operation: operations, outcome: outcomes },
    ),
    duration: registry.histogram(
      {
        name: "restamp_admission_duration_seconds",
        help: "What restamp adds to a deploy: from the parsed admission review to its answer. Close to --admission-timeout: the API server answers reads slowly.",
        buckets: [0.001, ...callBuckets.filter((limit) => limit <= 1)],
      },
      { operation: operations },
    ),
    certificateExpiry: registry.gauge(
      {
        name: "restamp_certificate_expiry_timestamp_seconds",
        help: "When the serving certificate expires, in seconds since the epoch; 0 without one. Less than a week ahead: it is not being renewed, see the Certificate's status or the controller's log.",
      },
      {},
    ),
    certificateReloadErrors: registry.counter(
      {
        name: "restamp_certificate_reload_errors_total",
        help: "Changed certificate files that were refused; the former pair serves on. The log says what is wrong with them.",
      },
      {},
    ),
  };
}
