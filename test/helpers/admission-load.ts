import { setTimeout as sleep } from "node:timers/promises";
import type { Kube } from "../controlplane/kube.ts";
import { waitFor } from "../controlplane/wait-for.ts";

/** Requests that pass through a webhook, one after the other on several lanes, until it is stopped. */
export interface AdmissionLoad {
  readonly failures: readonly string[];
  /** Waits until that many more requests were answered. */
  more(count: number): Promise<void>;
  stop(): Promise<number>;
}

/** Creates ConfigMaps in `namespace`, as dry-run. */
export function startAdmissionLoad(kube: Kube, namespace: string, lanes = 2): AdmissionLoad {
  const failures: string[] = [];
  let running = true;
  let done = 0;

  async function lane(): Promise<void> {
    while (running) {
      const metadata = { name: `load-${done}`, namespace };
      try {
        await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata }, { dryRun: "All" });
      } catch (error) {
        failures.push(String(error));
      }
      done++;
      // The machine has other work to do.
      await sleep(2);
    }
  }

  const ended = Array.from({ length: lanes }, lane);
  return {
    failures,
    async more(count) {
      const goal = done + count;
      await waitFor(() => done >= goal, { describe: "admission requests" });
    },
    async stop() {
      running = false;
      await Promise.all(ended);
      return done;
    },
  };
}
