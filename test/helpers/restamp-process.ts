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
  /** What the metrics were when it was told to stop; "" before, and if it did not answer. */
  lastMetrics(): string;
  /** Whether it is the replica that acts, by its metrics. */
  leads(): Promise<boolean>;
  /** Waits until it is ready: a pause of a busy machine fails a probe and passes. Resolves to what `readyz` says then. */
  ready(timeoutMs?: number): Promise<string>;
}

/** Waits until a replica acts: one that is ready may still wait for the one before it to be gone. */
export async function leading(process: RestampProcess, timeoutMs = 30_000): Promise<void> {
  await waitFor(() => process.leads(), { describe: `${process.name} to lead`, timeoutMs, intervalMs: 50 });
}

/** What has been started as `running`, by its ops server. */
export function restampProcess(name: string, ops: string, running: Running): RestampProcess {
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${ops}${path}`, { signal: AbortSignal.timeout(2_000) });
    return { status: answer.status, text: await answer.text() };
  };
  const readyz = () => get("/readyz?verbose");
  const metrics = async (): Promise<string> => (await get("/metrics")).text;
  let last = "";
  return {
    name,
    ops,
    running: {
      ...running,
      async stop(options) {
        if (running.exit() === undefined) last = await metrics().catch(() => last);
        await running.stop(options);
      },
    },
    readyz,
    metrics,
    lastMetrics: () => last,
    leads: async () => /^restamp_leader 1$/m.test(await metrics()),
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
