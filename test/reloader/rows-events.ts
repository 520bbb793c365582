import type { CompatibilityTable } from "./row.ts";

const events = "test/reloader/events.test.ts";
const log = "test/reloader/log.test.ts";
const overlay = "test/contract/manifests-reloader.test.ts";

/** Section 1.10: Events, the log, and what answers on port 9090. */
export const eventsRows: CompatibilityTable = {
  subject: "Events, log and probes",
  rows: [
    {
      feature:
        "Normal `Reloaded` on the workload: `Changes detected in 'X' of type 'T' in namespace 'N', Updated 'W' of type 'K' in namespace 'N'`",
      verdict: "same",
      note: "`--events=restamp` tells which keys changed and what becomes of the pods.",
      test: { file: events, title: "Reloaded, on the workload, in Reloader's words" },
    },
    {
      feature: "Two sources that change together: two restarts, two Events",
      verdict: "better",
      note: "One restart, and an Event for each source.",
      test: { file: events, title: "two sources that change together: one restart, and an Event for each" },
    },
    {
      feature: "Warning `ReloadFail`: `Update for 'W' of type 'K' in namespace 'N' failed with error …`",
      verdict: "better",
      note: "Once for as long as it lasts, not for every attempt; it is tried until it succeeds.",
      test: {
        file: events,
        title: "ReloadFail, once, for what is refused; no alert; and the restart comes when it is allowed",
      },
    },
    {
      feature:
        "The source component is `reloader-configmaps`, `reloader-secrets` or `reloader-secretproviderclasspodstatuses`",
      verdict: "different",
      note: "It is `restamp.dev/controller`: it tells who did it, also where both run for a trial.",
      restore: "none; look for the reason, `Reloaded`.",
      test: { file: events, title: "by restamp, which is who did it" },
    },
    {
      feature: "A log line for each success: `Changes detected in … updated …`",
      verdict: "different",
      note: "`Restart decision` with fields: `audit` (restart, hold, reject, record), the workload, and of each source what happened, which keys, and the field manager that wrote it.",
      restore: "none; the Event has Reloader's sentence.",
      test: { file: log, title: "a restart: who wrote what, which keys, and what was done" },
    },
    {
      feature: "Nothing tells of a restart that was not made",
      verdict: "better",
      note: "A restart that is held or refused has its line, with the reason.",
      test: { file: log, title: "a restart that is held as its pods could not start" },
    },
    {
      feature: "Port 9090 for everything",
      verdict: "same",
      note: "`--ops-address` changes it.",
      test: {
        file: overlay,
        title: "overlays/reloader is one Deployment that runs `restamp reloader`, without a webhook",
      },
    },
    {
      feature: "`/metrics`",
      verdict: "same",
      test: {
        file: events,
        title: "probes: /live and /metrics where Reloader has them; readiness tells when the API server is gone",
      },
    },
    {
      feature: "`/live`: `alive`, and 500 after leadership is lost, so that the kubelet restarts the Pod",
      verdict: "better",
      note: "Always `alive` while the process is: a replica that loses its leadership stands again by itself. `/livez` is the same.",
      test: {
        file: events,
        title: "probes: /live and /metrics where Reloader has them; readiness tells when the API server is gone",
      },
    },
    {
      feature: "Readiness is `/metrics`: green also without the API server or without rights",
      verdict: "better",
      note: "`/readyz` is 503 while the API server is away or a right is missing; `/readyz?verbose` says which. The chart's probe on `/metrics` works, too.",
      test: {
        file: events,
        title: "probes: /live and /metrics where Reloader has them; readiness tells when the API server is gone",
      },
    },
    {
      feature: "`/debug/pprof`, always there",
      verdict: "missing",
      note: "Anybody who reaches the port could make Reloader work. There are no Go profiles.",
      restore: "none.",
    },
  ],
};
