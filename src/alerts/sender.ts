import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../core/backoff.ts";
import { messageOf } from "../core/errors.ts";
import type { Clock, Logger } from "../core/ports.ts";
import { createSendQueue } from "../core/send-queue.ts";
import { createCountedWarning } from "./counted-warning.ts";
import { DeliveryError, type EndpointOptions, type Message, openEndpoint } from "./endpoint.ts";

/** What became of one message: arrived, given up, or forgotten because too many waited or the process ends. */
export type SendOutcome = "sent" | "failed" | "dropped";

/** What a sender works with. */
export interface SenderDeps {
  readonly log: Logger;
  readonly clock?: Clock;
  /** Told once for each message, for a counter. */
  readonly onOutcome?: (outcome: SendOutcome) => void;
}

/** Where to, and how much is held. */
export interface SenderOptions extends EndpointOptions {
  /** Messages waiting to be sent; more are dropped. @default 1000 */
  readonly maxQueued?: number;
  /** First wait before a message is sent again, in milliseconds; doubles up to half a minute. @default 1000 */
  readonly retryMs?: number;
}

/** Sends messages in the background: never waits, never throws. */
export interface Sender {
  send(message: Message): void;
  /** Sends what waits, and gives up what is not sent after `timeoutMs`. The sender may be used on. */
  flush(timeoutMs: number): Promise<void>;
}

const attempts = 5;
/** All go to one receiver: if it is slow, more at a time do not help it. */
const concurrency = 2;
const maxWaitMs = 30_000;
const warnEveryMs = 60_000;

/**
 * Bounded in memory, connections and attempts. What may pass is tried again: 5xx, 429 and broken connections, not earlier than
 * `Retry-After` says, up to one minute. A receiver may so get a message twice.
 */
export function createSender(deps: SenderDeps, options: SenderOptions): Sender {
  const { log, clock = { now: () => Date.now() }, onOutcome } = deps;
  const { maxQueued = 1000, retryMs = 1000 } = options;
  const endpoint = openEndpoint(options);
  if ("problem" in endpoint) return createUnableSender(deps, endpoint.problem);
  const { host } = endpoint;
  const warning = (message: string) => createCountedWarning({ log, clock }, { message, everyMs: warnEveryMs });
  const failed = warning("Webhook could not be called");
  const dropped = warning("Webhook calls were dropped: too many were waiting");
  const queue = createSendQueue({ sleep, waitMs, onGivenUp }, { maxQueued, concurrency, attempts });

  function waitMs(error: unknown, failures: number): number | undefined {
    if (!(error instanceof DeliveryError) || !error.passing) return undefined;
    const { retryAfterMs: askedMs } = error;
    return backoffMs({ failures, baseMs: retryMs, maxMs: maxWaitMs, askedMs, random: Math.random() });
  }

  function onGivenUp(error: unknown): void {
    onOutcome?.("failed");
    failed.warn({ host, error: messageOf(error) });
  }

  function onDropped(): void {
    onOutcome?.("dropped");
    dropped.warn({ host });
  }

  return {
    send(message) {
      const isQueued = queue.add(async (signal) => {
        await endpoint.post(message, signal);
        onOutcome?.("sent");
        log.debug({ host }, "Webhook was called");
      });
      if (!isQueued) onDropped();
    },
    async flush(timeoutMs) {
      const left = await queue.drain(timeoutMs);
      for (let i = 0; i < left; i++) onDropped();
      failed.flush();
      dropped.flush();
    },
  };
}

/** In the place of a sender that could not send anything right: says so once, and counts. */
export function createUnableSender({ log, onOutcome }: SenderDeps, problem: string): Sender {
  log.error({ problem }, "Webhook cannot be called");
  return {
    send: () => onOutcome?.("failed"),
    async flush() {},
  };
}
