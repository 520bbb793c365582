import { setTimeout as sleep } from "node:timers/promises";
import type { AdmissionApp } from "./app.ts";

/** Ends the admission server without a failed admission. */
export interface Drain {
  /** Resolves once the last request is answered, or at the latest when `signal` aborts. */
  stop(signal: AbortSignal): Promise<void>;
}

/**
 * Makes the end of a server graceful. It goes on as before while the Pod leaves its Service. For the second half of that
 * time each answer closes its connection: API servers keep connections to a Pod that has left, and one that is closed
 * while a request is on its way is a failed admission. Then nothing new is accepted and the rest is answered.
 */
export function createDrain(app: AdmissionApp, { drainMs }: { readonly drainMs: number }): Drain {
  let closing = false;
  app.addHook("onSend", async (_request, reply, payload) => {
    if (closing) reply.header("connection", "close");
    return payload;
  });
  return {
    async stop(signal) {
      const cut = (): void => app.server.closeAllConnections();
      await sleep(drainMs / 2, undefined, { signal }).catch(() => undefined);
      closing = true;
      await sleep(drainMs / 2, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) cut();
      else signal.addEventListener("abort", cut, { once: true });
      await app.close();
      signal.removeEventListener("abort", cut);
    },
  };
}
