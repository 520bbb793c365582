import type { Clock } from "./core/ports.ts";
import { createLogger, type Log, type LogOptions } from "./observe/logger.ts";
import { createMetricsRegistry, type MetricsRegistry } from "./observe/metric.ts";
import { registerBuildInfo } from "./observe/metrics.ts";
import type { ListenAddress } from "./options/value-types.ts";
import { createEventLoopMonitor, type EventLoopMonitor } from "./runtime/event-loop.ts";
import { createLifecycle, type Lifecycle } from "./runtime/lifecycle.ts";
import { createOpsServer, type OpsServer } from "./runtime/ops-server.ts";
import type { ProcessLike } from "./runtime/stop-request.ts";

/** What every process of restamp has, whatever it does. */
export interface Frame {
  readonly version: string;
  /** Lines carry the sub-command as `component`; a part takes `log.component("…")`. */
  readonly log: Log;
  readonly clock: Clock;
  /** Where the process registers its own metrics, once. */
  readonly metrics: MetricsRegistry;
  /** Where the process adds its checks. The frame has `shutdown`, `startup` and `event-loop` in readiness already. */
  readonly health: Pick<OpsServer, "addCheck">;
  /** `start` the parts in order; they are stopped in reverse. `signal` aborts when the stop begins. */
  readonly lifecycle: Pick<Lifecycle, "signal" | "start" | "fail">;
}

/** The options that the frame itself needs, of any command. */
export interface FrameOptions {
  readonly logLevel: LogOptions["level"];
  readonly logFormat: LogOptions["format"];
  readonly opsAddress: ListenAddress;
  readonly shutdownTimeoutMs: number;
  readonly podName: string;
}

/** What the frame is built from. */
export interface FrameDeps {
  /** `webhook` or `controller`. */
  readonly component: string;
  readonly version: string;
  readonly process: ProcessLike & { readonly version: string };
  /** What was odd about the options; each becomes a log line. */
  readonly warnings: readonly string[];
  /** @default standard output */
  readonly destination?: LogOptions["destination"];
}

/**
 * Runs a process from its first log line to its exit code. `main` gets the frame, starts the parts, and returns once
 * they work; the process is then ready, and lives until it is asked to stop. Never rejects.
 */
export async function runInFrame(
  deps: FrameDeps,
  options: FrameOptions,
  main: (frame: Frame) => Promise<void>,
): Promise<number> {
  const log = createLogger({
    level: options.logLevel,
    format: options.logFormat,
    version: deps.version,
    pod: options.podName,
    ...(deps.destination === undefined ? {} : { destination: deps.destination }),
  }).component(deps.component);
  const metrics = createMetricsRegistry();
  registerBuildInfo(metrics, { version: deps.version, node: deps.process.version });
  const lifecycle = createLifecycle({ log, process: deps.process }, options);
  const ops = createOpsServer({ log, metrics }, { address: options.opsAddress });
  const startup = addChecks(ops, lifecycle);
  log.info({ node: deps.process.version }, "Starting");
  for (const warning of deps.warnings) log.warn({}, warning);
  return lifecycle.run(async () => {
    // First in, last out: the probes are answered from the start to the end.
    await lifecycle.start({ name: "ops server", start: () => ops.start(), stop: () => ops.stop() });
    await main({ version: deps.version, log, clock: { now: () => Date.now() }, metrics, health: ops, lifecycle });
    startup.done();
    if (!lifecycle.signal.aborted) log.info({}, "Started");
  });
}

/** The readiness of the frame itself. */
function addChecks(ops: OpsServer, lifecycle: Lifecycle): { done(): void } {
  // Only from the end of the start: loading modules blocks the event loop, and says nothing about the requests to come.
  let eventLoop: EventLoopMonitor | undefined;
  const isStarting = (): boolean => eventLoop === undefined;
  ops.addCheck("readyz", { name: "shutdown", check: () => (lifecycle.signal.aborted ? "stopping" : undefined) });
  ops.addCheck("readyz", { name: "startup", check: () => (isStarting() ? "still starting" : undefined) });
  ops.addCheck("readyz", { name: "event-loop", check: () => eventLoop?.check() });
  return {
    done: () => {
      eventLoop = createEventLoopMonitor();
    },
  };
}
