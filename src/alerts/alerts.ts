import { type Alert, type AlertFrame, alertOfChange, alertsLikeReloader, type Restart } from "./alert.ts";
import { createCollector } from "./collector.ts";
import { createSender, createUnableSender, type SenderDeps, type SenderOptions } from "./sender.ts";
import { type AlertSink, type Sink, sinks } from "./sinks.ts";
import type { AlertTemplate } from "./template.ts";

/** Tells people about restarts: at once, without waiting and without failing the caller. */
export interface Alerts {
  restarted(restart: Restart): void;
  /** Sends what there is, and gives up what is not sent after `timeoutMs`. May be used on. */
  flush(timeoutMs: number): Promise<void>;
}

/** Where alerts go, and what they say. */
export interface AlertOptions extends Omit<SenderOptions, "url"> {
  readonly sink: AlertSink | "none";
  /** Needed for every sink but `none`. */
  readonly url?: string | undefined;
  /** Put in front of every message, such as the name of the cluster. */
  readonly additionalInfo?: string | undefined;
  /** Of `readAlertTemplate`; needed for the sink `template`. */
  readonly template?: AlertTemplate | undefined;
  /** One message for each change, or one for each source and workload, in the words of Reloader. */
  readonly per: "change" | "workload";
  /** A change is told after so long without another restart for it, in milliseconds. @default 5000 */
  readonly quietMs?: number;
}

const longestMs = 30_000;
const maxWorkloads = 500;
const maxChanges = 200;

/** Alerts that cannot be sent as the options are, say so once in the log, and are counted as failed. */
export function createAlerts(deps: SenderDeps, options: AlertOptions): Alerts {
  if (options.sink === "none") return { restarted() {}, async flush() {} };
  const { clock = { now: () => Date.now() } } = deps;
  const additionalInfo = options.additionalInfo?.trim() ?? "";
  const sink: Sink = sinks[options.sink];
  const { template = () => "" } = options;
  const hasAll = options.sink !== "template" || options.template !== undefined;
  const sender = hasAll
    ? createSender(deps, { ...options, url: options.url ?? "" })
    : createUnableSender(deps, "there is no template");

  const frame = (): AlertFrame => ({ additionalInfo, at: clock.now() });
  const send = (alert: Alert): void =>
    sender.send({ contentType: sink.contentType, body: sink.body(alert, template), isDelivered: sink.isDelivered });
  const collector = createCollector(
    { onChange: (change) => send(alertOfChange(change, frame())) },
    { quietMs: options.quietMs ?? 5_000, longestMs, maxWorkloads, maxChanges },
  );
  return {
    restarted(restart) {
      if (options.per === "change") collector.add(restart);
      else for (const alert of alertsLikeReloader(restart, frame())) send(alert);
    },
    flush(timeoutMs) {
      collector.flush();
      return sender.flush(timeoutMs);
    },
  };
}
