import { setTimeout as sleep } from "node:timers/promises";
import { selectDialects } from "../src/core/dialects/select.ts";
import { formatDuration } from "../src/core/duration.ts";
import { messageOf } from "../src/core/errors.ts";
import type { Clock, Logger } from "../src/core/ports.ts";
import { createApiClient } from "../src/kube/client.ts";
import { createClusterAccess } from "../src/kube/kube-config.ts";
import type { Options } from "../src/options/table.ts";
import { createClusterFacts } from "./cluster-facts.ts";
import { collectRestarts } from "./collect.ts";
import { compareRestarts } from "./comparison-report.ts";
import { reportJson, reportText } from "./report-text.ts";
import { createRestartLog, type RestartLog } from "./restart-log.ts";

/** What `restamp compare` runs in. */
export interface CompareFrame {
  readonly version: string;
  /** The comparison. */
  readonly out: (text: string) => void;
  /** Progress and failures. */
  readonly err: (text: string) => void;
  readonly clock: Clock;
  /** Ends the collecting early: what there is until then is compared. */
  readonly signal: AbortSignal;
  /** How often progress is told while collecting, in milliseconds. @default 60000 */
  readonly progressMs?: number;
}

/** About 10 MB. */
const mostRestarts = 50_000;

/** Compares, and writes what came out. Resolves with whether that was possible; never rejects. */
export async function runCompare(options: Options<"compare">, frame: CompareFrame): Promise<boolean> {
  const { kubeconfig, apiTimeoutMs } = options;
  try {
    const access = createClusterAccess(kubeconfig === undefined ? {} : { kubeconfig }, frame);
    const client = { component: "compare", version: frame.version, timeoutMs: apiTimeoutMs };
    const api = createApiClient({ access }, client);
    try {
      await compare({ options, frame, api });
    } finally {
      await api.close();
    }
    return true;
  } catch (error) {
    frame.err(`Cannot compare: ${messageOf(error)}\n`);
    return false;
  }
}

interface Run {
  readonly options: Options<"compare">;
  readonly frame: CompareFrame;
  readonly api: ReturnType<typeof createApiClient>;
}

async function compare({ options, frame, api }: Run): Promise<void> {
  const { clock, out } = frame;
  const since = clock.now() - options.sinceMs;
  const log = createRestartLog({ mostRestarts });
  const wait = options.forMs === 0 ? undefined : () => waitFor(options.forMs, { log, frame });
  await collectRestarts(
    { api, log: warnings(frame), restarts: log },
    { namespaces: options.watchNamespaces, signal: frame.signal, wait },
  );
  const [reloader] = selectDialects({ ...options, compatibility: ["reloader"] });
  if (reloader === undefined) throw new Error("there is no dialect of Reloader");
  const facts = createClusterFacts({ api, reloader });
  const period = { since, until: clock.now(), windowMs: options.windowMs };
  // The collecting may have been ended by the signal: the rest is short.
  const report = await compareRestarts({ log, facts }, period, new AbortController().signal);
  out(options.output === "json" ? reportJson(report) : reportText(report));
}

/** Waits, and tells now and then how far it is. */
async function waitFor(forMs: number, { log, frame }: { log: RestartLog; frame: CompareFrame }): Promise<void> {
  const { clock, signal, err, progressMs = 60_000 } = frame;
  const end = clock.now() + forMs;
  err(`Collecting Events for ${formatDuration(forMs)}; interrupt (Ctrl-C) to compare what there is until then\n`);
  while (!signal.aborted && clock.now() < end) {
    await sleep(Math.min(progressMs, Math.max(0, end - clock.now())), undefined, { signal }).catch(() => undefined);
    const { reloader, restamp } = log.counts();
    const left = Math.max(0, Math.round((end - clock.now()) / 1_000) * 1_000);
    if (!signal.aborted) err(`Reloader ${reloader}, restamp ${restamp} restarts; ${formatDuration(left)} left\n`);
  }
}

/** Only what somebody should know: a watch that is opened again is none of it. */
function warnings({ err }: CompareFrame): Logger {
  const write = (fields: object, message: string): void => {
    const error = "error" in fields && typeof fields.error === "string" ? `: ${fields.error}` : "";
    err(`${message}${error}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: write, error: write };
}
