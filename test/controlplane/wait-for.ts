import { setTimeout as sleep } from "node:timers/promises";

/** How long and how to wait; everything has a default. */
export interface WaitOptions {
  /** @default 20000 */
  readonly timeoutMs?: number;
  /** Pause between two tries. @default 50 */
  readonly intervalMs?: number;
  /** What is waited for, or a function that says at the end what is there instead. */
  readonly describe?: string | (() => string | Promise<string>);
  readonly signal?: AbortSignal;
}

/**
 * Calls `condition` until it gives something truthy, and returns that. A condition that throws counts as not yet
 * fulfilled; its last error is the cause of the failure when the time is over.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false | 0 | "">> {
  const { timeoutMs = 20_000, intervalMs = 50, describe = "the condition", signal } = options;
  const end = Date.now() + timeoutMs;
  let last: unknown;
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      last = await condition();
      cause = undefined;
      if (last) return last as Exclude<T, undefined | null | false | 0 | "">;
    } catch (error) {
      cause = error;
    }
    if (Date.now() + intervalMs > end) break;
    await sleep(intervalMs, undefined, { ...(signal && { signal }) });
  }
  const what = typeof describe === "string" ? describe : await describe();
  const state =
    cause === undefined ? `the last result was ${JSON.stringify(last)}` : String((cause as Error).message ?? cause);
  throw new Error(`Cannot go on after waiting ${timeoutMs} ms for ${what}: ${state}`, { cause });
}
