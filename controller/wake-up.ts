/** A wait that somebody else can end. */
export interface WakeUp {
  /** Waits for `ms`, the signal, or a wake-up; one that came since the last wait ends it at once. Never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  wake(): void;
}

/** For one waiter at a time. */
export function createWakeUp(): WakeUp {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    async wait(ms, signal) {
      if (!woken && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(end, Math.max(0, ms));
          signal.addEventListener("abort", end);
          resume = end;
          function end(): void {
            clearTimeout(timer);
            signal.removeEventListener("abort", end);
            resolve();
          }
        });
      }
      resume = undefined;
      woken = false;
    },
    wake() {
      woken = true;
      resume?.();
    },
  };
}
