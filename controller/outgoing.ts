import type { Restart } from "../src/alerts/alert.ts";
import { createAlerts } from "../src/alerts/alerts.ts";
import { createChangeWebhook } from "../src/alerts/change-webhook.ts";
import { readAlertTemplate } from "../src/alerts/template.ts";
import type { Clock, Logger } from "../src/core/ports.ts";
import type { ControllerMetrics } from "../src/observe/controller-metrics.ts";
import type { Options } from "../src/options/table.ts";
import type { Restarted, RestartListener } from "./reports.ts";

/** What hears of restarts outside the cluster. */
export interface Outgoing {
  readonly listener: RestartListener;
  /** Every change of content is posted there, in place of restarts. */
  readonly onSourceChanged: (() => void) | undefined;
  /** Sends what there is, and gives up what is not sent after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
}

/** Alerts and the webhook of `--webhook-url`. Throws a sentence if the options cannot work. */
export function createOutgoing(
  deps: { readonly log: Logger; readonly clock: Clock; readonly alerts: ControllerMetrics["alerts"] },
  options: Options<"controller">,
): Outgoing {
  const { log, clock } = deps;
  const onOutcome = (outcome: "sent" | "failed" | "dropped"): void => deps.alerts.inc({ outcome });
  const sender = { proxy: options.alertProxy, timeoutMs: options.alertTimeoutMs };
  const alerts = createAlerts(
    { log, clock, onOutcome },
    {
      ...sender,
      sink: options.alertSink,
      url: options.alertUrl,
      additionalInfo: options.alertAdditionalInfo,
      template: templateOf(options.alertTemplate),
      per: options.alertPer,
    },
  );
  const { webhookUrl } = options;
  // Beside what is observed, every post would be the second one.
  const webhook =
    webhookUrl === undefined || options.mode === "observe"
      ? undefined
      : createChangeWebhook({ log, clock, onOutcome }, { ...sender, url: webhookUrl });
  return {
    listener: { restarted: (restart) => alerts.restarted(asAlert(restart)), failed: () => {} },
    onSourceChanged: webhook?.changed,
    async flush(timeoutMs) {
      await Promise.all([alerts.flush(timeoutMs), webhook?.flush(timeoutMs)]);
    },
  };
}

function templateOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const read = readAlertTemplate(text);
  if ("problem" in read) throw new Error(`Cannot read --alert-template: ${read.problem}`);
  return read.template;
}

function asAlert({ workload, sources }: Restarted): Restart {
  const { kind, namespace, name } = workload;
  return { workload: { kind: kind.kind, namespace, name }, sources };
}
