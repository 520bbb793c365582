import type { OptionRow } from "./option-row.ts";

const controller = ["controller"] as const;

/** Options about messages to people. In Reloader's environment `ALERT_ON_RELOAD=true` comes first, see `reloader-environment.ts`. */
export const alertOptions = [
  {
    name: "alert-sink",
    type: "oneOf",
    default: "none",
    choices: ["none", "slack", "teams", "gchat", "webhook", "template"],
    commands: controller,
    group: "Alerts",
    help: "Who is told of a restart, and so what the message looks like; webhook is plain text, template is --alert-template",
    why: "None: names of workloads and sources leave the cluster only if somebody says where to",
    reloader: { environment: ["ALERT_ON_RELOAD", "ALERT_SINK"] },
  },
  {
    name: "alert-url",
    type: "url",
    commands: controller,
    group: "Alerts",
    help: "Where messages are posted; it is never logged or shown",
    why: "Without a default; best given by its variable from a Secret, as whoever knows it can write there",
    reloader: { environment: ["ALERT_WEBHOOK_URL"] },
    secret: true,
  },
  {
    name: "alert-proxy",
    type: "url",
    commands: controller,
    group: "Alerts",
    help: "The HTTP proxy on the way to --alert-url",
    reloader: { environment: ["ALERT_WEBHOOK_PROXY"] },
    secret: true,
  },
  {
    name: "alert-additional-info",
    type: "text",
    commands: controller,
    group: "Alerts",
    help: "Text before each message, such as the name of the cluster",
    reloader: { environment: ["ALERT_ADDITIONAL_INFO"] },
  },
  {
    name: "alert-template",
    type: "text",
    commands: controller,
    group: "Alerts",
    help: "The body that --alert-sink=template posts",
  },
  {
    name: "alert-timeout",
    type: "duration",
    default: "5s",
    min: "100ms",
    max: "1m",
    commands: controller,
    group: "Alerts",
    help: "How long one attempt to post a message may take",
    why: "A message waits for nobody, and no restart waits for a message",
  },
  {
    name: "alert-per",
    type: "oneOf",
    default: "change",
    choices: ["change", "workload"],
    commands: controller,
    group: "Alerts",
    help: "One message for all workloads that a change restarts, or one for each",
    why: "A change of a source that many use would be as many messages",
    reloader: { default: "workload" },
  },
] as const satisfies readonly OptionRow[];
