import { waitFor } from "../controlplane/kube.ts";
import type { Running } from "../controlplane/supervisor.ts";

/** A process of restamp. */
export interface RestampProcess {
  readonly name: string;
  /** Base URL of its ops server. */
  readonly ops: string;
  readonly running: Running;
  /** `GET /readyz?verbose`. */
  readyz(): Promise<{ readonly status: number; readonly text: string }>;
  metrics(): Promise<string>;
  /** Waits until it is ready: a pause of a busy machine fails a probe and passes. Resolves to what `readyz` says then. */
  ready(timeoutMs?: number): Promise<string>;
}

/** What has been started as `running`, by its ops server. */
export function restampProcess(name: string, ops: string, running: Running): RestampProcess {
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${ops}${path}`, { signal: AbortSignal.timeout(2_000) });
    return { status: answer.status, text: await answer.text() };
  };
  const readyz = () => get("/readyz?verbose");
  return {
    name,
    ops,
    running,
    readyz,
    metrics: async () => (await get("/metrics")).text,
    async ready(timeoutMs = 60_000) {
      let last = "it does not answer";
      const isReady = async (): Promise<boolean> => {
        if (running.exit() !== undefined) throw new Error(`${name} has exited: see ${running.log}`);
        const answer = await readyz().catch(() => undefined);
        last = answer?.text ?? last;
        return answer?.status === 200;
      };
      await waitFor(isReady, { timeoutMs, describe: () => `${name} to be ready: ${last}` });
      return last;
    },
  };
}
