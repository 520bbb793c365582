import type { OptionRow } from "./option-row.ts";

const controller = ["controller"] as const;

/** Options about what other programs read of a controller. */
export const metricOptions = [
  {
    name: "events",
    type: "oneOf",
    default: "restamp",
    choices: ["restamp", "reloader"],
    commands: controller,
    group: "Metrics",
    help: "Whose reasons and words the Events of restarts have",
    why: "restamp's say what changed and what becomes of the pods; Reloader's are for what looks for Reloaded and ReloadFail",
    reloader: { default: "reloader" },
  },
  {
    name: "reloader-metrics",
    type: "boolean",
    default: "false",
    commands: controller,
    group: "Metrics",
    help: "Serve Reloader's metrics beside restamp's own",
    why: "For dashboards and alerting rules that exist; new ones are better made of restamp's",
    reloader: { default: "true" },
  },
  {
    name: "metrics-by-namespace",
    type: "boolean",
    default: "false",
    commands: controller,
    group: "Metrics",
    help: "With --reloader-metrics: also count by namespace",
    why: "A series for each namespace is a lot in a large cluster",
    reloader: { environment: ["METRICS_COUNT_BY_NAMESPACE"], reads: "exactlyEnabled" },
  },
  {
    name: "meta-info-namespace",
    type: "name",
    commands: controller,
    group: "Metrics",
    help: "Where the ConfigMap reloader-meta-info is written at the start, which tells version and options; without it: nowhere",
    reloader: { environment: ["RELOADER_NAMESPACE"] },
  },
  {
    name: "meta-info-deployment",
    type: "name",
    commands: controller,
    group: "Metrics",
    help: "The name of restamp's own Deployment, for that ConfigMap",
    reloader: { environment: ["RELOADER_DEPLOYMENT_NAME"] },
  },
] as const satisfies readonly OptionRow[];
