import type { CompatibilityTable } from "./row.ts";

const alerts = "test/reloader/alerts.test.ts";
const webhook = "test/reloader/webhook-url.test.ts";
const events = "test/reloader/events.test.ts";
const units = "test/src/alerts/alerts.test.ts";

/** Section 1.9: alerts and `--webhook-url`. */
export const alertsRows: CompatibilityTable = {
  subject: "Alerts and webhook mode",
  rows: [
    {
      feature: "A message after each restart that succeeded, and only then",
      verdict: "same",
      test: {
        file: events,
        title: "ReloadFail, once, for what is refused; no alert; and the restart comes when it is allowed",
      },
    },
    {
      feature:
        "The text: `Reloader detected changes in *NAME* of type *CONFIGMAP* in namespace *NS*. Hence reloaded *W* of type *Deployment* in namespace *NS*`",
      verdict: "same",
      note: "One message for each workload and source. `--alert-per=change` makes one of all the workloads that a change restarts, as `restamp controller` does by default.",
      test: { file: alerts, title: "one message for each workload and source, in Reloader's words" },
    },
    {
      feature: "`ALERT_ADDITIONAL_INFO` in front: `INFO : …`",
      verdict: "same",
      test: { file: alerts, title: "ALERT_ADDITIONAL_INFO stands in front, and ALERT_WEBHOOK_PROXY is on the way" },
    },
    {
      feature: "`ALERT_SINK` in any case: `slack` is an attachment, green, by `Reloader`",
      verdict: "same",
      test: { file: alerts, title: 'title: "slack"' },
    },
    {
      feature: '`teams`: `{"text":…}`; success is 200',
      verdict: "same",
      test: { file: alerts, title: 'title: "teams"' },
    },
    {
      feature: '`gchat`: `{"text":…}`; success is 200',
      verdict: "same",
      test: { file: alerts, title: 'title: "gchat"' },
    },
    {
      feature: "Anything else, `raw` and none among them: plain text without `*`",
      verdict: "same",
      note: "`--alert-sink=template` with `--alert-template` posts a body of your own, for Webex and others.",
      test: { file: alerts, title: "raw text, also of a sink that is not known" },
    },
    {
      feature: "Success is a status below 400 (200 for `teams` and `gchat`); a redirect is an error",
      verdict: "same",
      test: { file: units, title: "what a sink does not take for success is a failure" },
    },
    {
      feature: "A message that fails is logged, and lost",
      verdict: "better",
      note: "What may pass (5xx, 429, broken connections) is tried up to five times, and not before `Retry-After`.",
      test: { file: alerts, title: "500 is tried again; a redirect is an error, and not followed" },
    },
    {
      feature: "No time limit, and sent by the one worker: a receiver that hangs stops all restarts",
      verdict: "better",
      note: "Messages are sent beside the work, each attempt for at most `--alert-timeout` (5 s). At most 1,000 wait; `restamp_alerts_total` counts what was sent, failed and dropped.",
      test: { file: alerts, title: "a receiver that hangs delays no restart" },
    },
    {
      feature: "A receiver that cannot be reached",
      verdict: "better",
      note: "Costs no restart. The log names its host alone: the URL may be a credential.",
      test: { file: alerts, title: "a receiver that refuses delays no restart" },
    },
    {
      feature: "`ALERT_WEBHOOK_PROXY`",
      verdict: "same",
      note: "Without it, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count.",
      test: { file: alerts, title: "ALERT_ADDITIONAL_INFO stands in front, and ALERT_WEBHOOK_PROXY is on the way" },
    },
    {
      feature: "`--webhook-url`: no workload is touched",
      verdict: "same",
      test: { file: webhook, title: "nobody has written to the workload" },
    },
    {
      feature:
        '`--webhook-url`: POST of `{"webhook":"update successful"}` for each change of data of any ConfigMap or Secret that is watched; annotations, `ignore` too, mean nothing',
      verdict: "same",
      note: "`--alert-proxy` and the limit of `--alert-timeout` hold for it as well.",
      test: {
        file: webhook,
        title: "one POST for each change of data, whoever refers to it, and no workload is touched",
      },
    },
    {
      feature:
        "`--webhook-url`: creations and deletions only with `--reload-on-create` and `--reload-on-delete`; namespaces, selectors and `--resources-to-ignore` hold",
      verdict: "same",
      test: {
        file: webhook,
        title: "what is out of reach is not posted; creations and deletions are with their flags",
      },
    },
    {
      feature: "`--webhook-url`: what is deleted and created again, with other content, is not posted",
      verdict: "better",
      note: "It is: the content can have changed.",
      test: { file: webhook, title: "one that is there again, with whatever content" },
    },
    {
      feature:
        "`--webhook-url`: the answer is not looked at; what fails below HTTP is tried five times within a second",
      verdict: "better",
      note: "5xx and 429 are tried again as well, with growing pauses. Any other answer that is no 2xx is logged.",
      test: { file: webhook, title: "an answer that is an error is no delivery: it is tried again" },
    },
    {
      feature: "`--webhook-url`: what changes while no replica leads is not posted",
      verdict: "different",
      note: "As in Reloader: nothing is recorded in this mode. Restarts lose nothing.",
      restore: "none needed.",
    },
  ],
};
