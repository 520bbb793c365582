import { setTimeout as sleep } from "node:timers/promises";
import { createApiClient } from "../../src/kube/client.ts";
import { createReflector } from "../../src/kube/reflector.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import type { Pairs } from "./pairs.ts";
import { planeAccess } from "./plane-access.ts";
import { createRecordingLog } from "./recording-log.ts";

/** A change of a source, and the patch of its workload that followed. */
interface Change {
  readonly name: string;
  /** When the API server had accepted it; ms since the epoch. */
  readonly madeAt: number;
  /** When the watch of the test showed the patch; `undefined` as long as it has not. */
  patchedAt: number | undefined;
}

/** Changes of sources at a steady rate, each of another workload, and how long each took to become a patch. */
export interface ChangeLoad {
  /** Makes changes as long as `work` takes, and `tailMs` longer. Returns how long each patch took in ms, the longest last. */
  during(work: () => Promise<unknown>, tailMs?: number): Promise<readonly number[]>;
  /** Patches beyond one for each change. */
  surplus(): number;
  stop(): Promise<void>;
}

const deployments = { group: "apps", version: "v1", resource: "deployments", kind: "Deployment" };

/** `perSecond` changes; there must be so many pairs that a workload's turn comes again only after its patch. */
export async function createChangeLoad(plane: ControlPlane, pairs: Pairs, perSecond: number): Promise<ChangeLoad> {
  const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
  const stopping = new AbortController();
  const seen = new Map<string, number>();
  const waiting = new Map<string, Change>();
  let surplus = 0;
  let turn = 0;

  function observe(name: string, generation: number): void {
    const before = seen.get(name);
    seen.set(name, generation);
    if (before === undefined || generation <= before || !pairs.names.includes(name)) return;
    const change = waiting.get(name);
    waiting.delete(name);
    if (change !== undefined) change.patchedAt = Date.now();
    surplus += generation - before - (change === undefined ? 0 : 1);
  }

  const reflector = createReflector<{ name: string; generation: number }>({
    api,
    log: createRecordingLog(),
    watched: { resource: deployments },
    project: ({ metadata }) => ({ name: metadata?.name ?? "", generation: Number(metadata?.["generation"]) }),
    handler: {
      listing: () => undefined,
      item: ({ name, generation }) => observe(name, generation),
      listed: () => undefined,
      event: (_type, { name, generation }) => observe(name, generation),
    },
  });
  const watching = reflector.run(stopping.signal);
  await waitFor(() => reflector.hasSynced(), { describe: "the watch of the test" });

  async function change(): Promise<Change> {
    const name = pairs.names[turn++ % pairs.names.length] ?? "";
    if (waiting.has(name)) throw new Error(`Cannot change ${name}: its last change has not led to a patch yet`);
    const made: Change = { name, madeAt: Date.now(), patchedAt: undefined };
    waiting.set(name, made);
    await pairs.change(name, `${turn}`);
    return made;
  }

  return {
    async during(work, tailMs = 0) {
      const made: Promise<Change>[] = [];
      const end = work();
      let until = Number.POSITIVE_INFINITY;
      // However it ends.
      void Promise.allSettled([end]).then(() => {
        until = Date.now() + tailMs;
      });
      for (let next = Date.now(); next < until; next += 1_000 / perSecond) {
        await sleep(Math.max(0, next - Date.now()));
        made.push(change());
      }
      const changes = await Promise.all(made);
      await end;
      await waitFor(() => changes.every(({ patchedAt }) => patchedAt !== undefined), {
        timeoutMs: 60_000,
        describe: () => `a patch for each change; of ${changes.length}, ${waiting.size} have none`,
      });
      return changes.map(({ madeAt, patchedAt = madeAt }) => patchedAt - madeAt).sort((one, other) => one - other);
    },
    surplus: () => surplus,
    async stop() {
      stopping.abort();
      await watching;
      await api.close();
    },
  };
}
