import { createSender, type SenderDeps, type SenderOptions } from "./sender.ts";

/** Tells a URL that something changed, not what: what Reloader does with `--webhook-url` in the place of restarts. */
export interface ChangeWebhook {
  /** One POST; at once, without waiting and without failing the caller. */
  changed(): void;
  /** Sends what there is, and gives up what is not sent after `timeoutMs`. May be used on. */
  flush(timeoutMs: number): Promise<void>;
}

const message = {
  contentType: "application/json",
  body: '{"webhook":"update successful"}',
  isDelivered: (status: number): boolean => status >= 200 && status < 300,
};

/** Reloader does not look at the answer; here a 429 or 5xx is tried again, and any other that is no 2xx is logged. */
export function createChangeWebhook(deps: SenderDeps, options: SenderOptions): ChangeWebhook {
  const sender = createSender(deps, options);
  return { changed: () => sender.send(message), flush: sender.flush };
}
