import { setTimeout as sleep } from "node:timers/promises";

/** Waits, at most until the signal aborts; then returns as well. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // The only reason for a rejection is the signal, and the caller looks at that.
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
