import type { CompatibilityTable } from "./row.ts";

const metrics = "test/e2e/reloader-metrics.test.ts";
const registry = "test/src/observe/metric.test.ts";

/** Section 1.11: the metrics, by their names. */
export const metricsRows: CompatibilityTable = {
  subject: "Metrics",
  rows: [
    {
      feature: "`reloader_reload_executed_total{success}`",
      verdict: "better",
      note: "One for a workload, however many of its sources have changed.",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_reload_executed_total_by_namespace{success,namespace}`, if asked for",
      verdict: "same",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_reconcile_total{result}`",
      verdict: "better",
      note: "Counted once; Reloader counts most of them twice. What is looked at is a workload, not a source.",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_action_total{workload_kind,result}`",
      verdict: "same",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_skipped_total{reason}`: `no_data_change`, `ignored_or_not_selected`, `strategy_not_updated`",
      verdict: "same",
      test: { file: metrics, title: "what needs no restart is counted by the reason" },
    },
    {
      feature: "`reloader_workqueue_adds_total`",
      verdict: "better",
      note: "Workloads instead of events: what is in the queue is not added again.",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`reloader_errors_total{type}`: `handler_error`, `invalid_handler_type`",
      verdict: "same",
      note: "There is one type of handler, so that `invalid_handler_type` stays 0.",
      test: {
        file: metrics,
        title: "a restart that is refused is an error, is retried, and its workload is stale until it succeeds",
      },
    },
    {
      feature: "`reloader_retries_total`",
      verdict: "better",
      note: "There is no last attempt.",
      test: {
        file: metrics,
        title: "a restart that is refused is an error, is retried, and its workload is stale until it succeeds",
      },
    },
    {
      feature: "`reloader_events_received_total{event_type,resource_type}`",
      verdict: "different",
      note: "What is there at the start is not counted as `add`: it is no event.",
      restore: "none.",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: '`reloader_events_processed_total{event_type="unknown",resource_type,result}`',
      verdict: "better",
      note: "`dropped` stays 0: nothing is given up.",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_workloads_scanned_total{kind}`",
      verdict: "better",
      note: "Only workloads that refer to the source: they are found in an index, not by listing all of the namespace.",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_workloads_matched_total{kind}`",
      verdict: "same",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`rest_client_requests_total{code,method,host}`",
      verdict: "same",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`reloader_reconcile_duration_seconds{result}`",
      verdict: "same",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`reloader_action_latency_seconds{workload_kind}`",
      verdict: "better",
      note: "From the first event of the change, waiting included, as the help text of Reloader says; so that the buckets go up to half an hour.",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "`reloader_workqueue_latency_seconds`",
      verdict: "same",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`rest_client_request_duration_seconds{verb,host}`",
      verdict: "same",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`reloader_workqueue_depth`",
      verdict: "better",
      note: "One queue; in Reloader several write the same gauge.",
      test: { file: metrics, title: "the watches, the queue and the calls have their figures" },
    },
    {
      feature: "`process_…` and `go_…` of the client library",
      verdict: "different",
      note: "`process_…` are there; `nodejs_…` take the place of `go_…`.",
      restore: "none: there is no Go runtime to measure.",
      test: { file: registry, title: "createMetricsRegistry() tells about the process and shares nothing" },
    },
    {
      feature: "`reloader_reload_errors_total`, which other distributions document",
      verdict: "same",
      test: {
        file: metrics,
        title: "a restart that is refused is an error, is retried, and its workload is stale until it succeeds",
      },
    },
    {
      feature: "`reloader_watched_resources_total{kind}`, which other distributions document",
      verdict: "same",
      test: { file: metrics, title: "a restart is counted once, with all the time that it took" },
    },
    {
      feature: "Nothing tells of workloads that run with old content",
      verdict: "better",
      note: "`restamp_stale_workloads{reason}` and `restamp_change_to_patch_seconds`, with all others of `restamp controller`. `--no-reloader-metrics` leaves Reloader's out.",
      test: {
        file: metrics,
        title: "a restart that is refused is an error, is retried, and its workload is stale until it succeeds",
      },
    },
  ],
};
