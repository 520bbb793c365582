import { type Alert, plainText } from "./alert.ts";
import type { AlertTemplate } from "./template.ts";

/** Where alerts can go. */
export type AlertSink = keyof typeof sinks;

/** How one kind of receiver wants alerts. */
export interface Sink {
  readonly contentType: string;
  /** @param template only for the sink that has one */
  body(alert: Alert, template: AlertTemplate): string;
  /** Whether an answer of that HTTP status means that the message has arrived. */
  isDelivered(status: number): boolean;
}

const json = "application/json";
/** Reloader takes everything below 400, and a redirect for an error: that is what remains. */
const any2xx = (status: number): boolean => status >= 200 && status < 300;
const only200 = (status: number): boolean => status === 200;
const textOnly = ({ text }: Alert): string => JSON.stringify({ text });

/** The receivers that are known. A new one is a new row. Bodies and statuses are those of Reloader but for `template`. */
export const sinks = {
  slack: { contentType: json, body: slackBody, isDelivered: any2xx },
  teams: { contentType: json, body: textOnly, isDelivered: only200 },
  gchat: { contentType: json, body: textOnly, isDelivered: only200 },
  webhook: { contentType: "text/plain", body: plainText, isDelivered: any2xx },
  template: { contentType: json, body: (alert, template) => template(alert), isDelivered: any2xx },
} as const satisfies Record<string, Sink>;

function slackBody({ author, text }: Alert): string {
  return JSON.stringify({ attachments: [{ color: "good", author_name: author, text }] });
}
