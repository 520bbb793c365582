import type { Logger } from "../core/ports.ts";
import { exitCodes } from "./exit-codes.ts";
import { onStopRequest, type ProcessLike } from "./stop-request.ts";

/** Something that runs while the process runs. */
export interface Part {
  /** For log lines, such as `admission server`. */
  readonly name: string;
  /** Resolves once the part works; should end early when `signal` aborts. */
  start?(signal: AbortSignal): Promise<unknown> | unknown;
  /** Resolves once the part has ended. `signal` aborts when the time for the whole stop is used up. */
  stop?(signal: AbortSignal): Promise<unknown> | unknown;
}

/** The life of one process: started in order, stopped in reverse. */
export interface Lifecycle {
  /** Aborts as soon as the process was asked to stop, or failed: what waits should give up. */
  readonly signal: AbortSignal;
  /** Starts a part, and remembers to stop it. Rejects as the part does, or if the process is stopping already. */
  start(part: Part): Promise<void>;
  /** Asks the process to stop because it cannot go on; it will exit with 1. Returns at once. */
  fail(error: unknown, message: string): void;
  /**
   * Runs `main`, which starts the parts and returns; then waits until the process is asked to stop, and stops them.
   * Never rejects: resolves with the exit code.
   */
  run(main: () => Promise<void>): Promise<number>;
}

/** What a {@link Lifecycle} needs. */
export interface LifecycleDeps {
  readonly log: Logger;
  readonly process: ProcessLike;
}

/** A process stops at SIGTERM, SIGINT or SIGHUP, at once at the second, and by force after `shutdownTimeoutMs`. */
export function createLifecycle(deps: LifecycleDeps, options: { readonly shutdownTimeoutMs: number }): Lifecycle {
  const { log } = deps;
  const stopping = new AbortController();
  const parts: Part[] = [];
  const outcome: { code: number } = { code: exitCodes.ok };
  const fail = (error: unknown, message: string): void => {
    outcome.code = exitCodes.failed;
    log.error({ err: error }, message);
    stopping.abort(new Error("The process is stopping: a part of it has failed"));
  };
  return {
    signal: stopping.signal,
    fail,
    start: async (part) => {
      stopping.signal.throwIfAborted();
      // Before it is started: a part that fails halfway may have something to stop.
      parts.push(part);
      await part.start?.(stopping.signal);
      log.debug({ part: part.name }, "Started");
    },
    run: async (main) => {
      const release = onStopRequest(deps, (reason) => {
        log.info({ reason }, "Stopping");
        stopping.abort(new Error(`The process is stopping: ${reason}`));
      });
      const started = main().catch((error: unknown) => {
        if (!stopping.signal.aborted) fail(error, "Cannot start");
      });
      // A start that does not look at the signal must not hold up the stop.
      await Promise.race([started, aborted(stopping.signal)]);
      await aborted(stopping.signal);
      const inTime = await stopAll(log, parts, options.shutdownTimeoutMs);
      release();
      log.info({ inTime }, "Stopped");
      return inTime ? outcome.code : exitCodes.failed;
    },
  };
}

/** Stops the parts in reverse; `false` if that took too long. A part that fails to stop does not hold up the others. */
async function stopAll(log: Logger, parts: readonly Part[], limitMs: number): Promise<boolean> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error("The time for the stop is used up")), limitMs);
  for (const part of parts.toReversed()) {
    if (limit.signal.aborted) break;
    const stopped = Promise.resolve(limit.signal)
      .then((signal) => part.stop?.(signal))
      .catch((error: unknown) => {
        if (!limit.signal.aborted) log.warn({ err: error, part: part.name }, "Part did not stop cleanly");
      });
    await Promise.race([stopped, aborted(limit.signal)]);
    if (limit.signal.aborted) log.error({ part: part.name, limitMs }, "Stop took too long: ending by force");
    else log.debug({ part: part.name }, "Stopped part");
  }
  clearTimeout(timer);
  return !limit.signal.aborted;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
