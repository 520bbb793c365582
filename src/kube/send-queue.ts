import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../core/backoff.ts";
import { isClusterError } from "../core/errors.ts";
import { createSendQueue, type SendQueue, type SendQueueOptions } from "../core/send-queue.ts";
import { maxBackoffMs } from "./backoff.ts";

/** A {@link SendQueue} for calls to the API server: only failures that may pass are tried again. */
export function createApiSendQueue(
  deps: { readonly onGivenUp: (error: unknown) => void },
  options: SendQueueOptions & {
    /** First wait between attempts, in milliseconds; doubles. */
    readonly retryMs: number;
  },
): SendQueue {
  const waitMs = (error: unknown, failures: number): number | undefined => {
    if (!isClusterError(error, "unavailable", "timeout", "throttled", "unauthorized")) return undefined;
    const { retryAfterMs: askedMs } = error;
    return backoffMs({ failures, baseMs: options.retryMs, maxMs: maxBackoffMs, askedMs, random: Math.random() });
  };
  return createSendQueue({ sleep, waitMs, onGivenUp: deps.onGivenUp }, options);
}
