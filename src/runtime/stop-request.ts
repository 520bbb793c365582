import type { EventEmitter } from "node:events";
import { constants } from "node:os";
import type { Logger } from "../core/ports.ts";

/** The part of Node's `process` that the lifecycle uses. */
export interface ProcessLike extends Pick<EventEmitter, "on" | "off"> {
  exit(code: number): never;
  /** Set if another Node started this one with a channel, as `bin/restamp` does. */
  readonly channel?: { unref(): void } | null | undefined;
}

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * Calls `stop` once, with the reason: at the first signal, or when the process that started this one is gone. The
 * second signal exits at once with 128 + its number. An exception that nobody caught is logged and exits with 1:
 * what state it left behind is unknown. Returns a function that takes all listeners away.
 */
export function onStopRequest(
  { log, process }: { readonly log: Logger; readonly process: ProcessLike },
  stop: (reason: string) => void,
): () => void {
  let asked = false;
  const request = (reason: string, exitCode: number): void => {
    if (asked) process.exit(exitCode);
    asked = true;
    stop(reason);
  };
  const onSignal = (signal: (typeof signals)[number]): void => request(signal, 128 + constants.signals[signal]);
  const onOrphaned = (): void => request("the process that started this one is gone", 1);
  const onUncaught = (error: unknown): void => {
    log.error({ err: error }, "Unexpected error: exiting");
    process.exit(1);
  };
  const listeners = [
    ...signals.map((signal) => [signal, onSignal] as const),
    ["uncaughtException", onUncaught] as const,
    ["unhandledRejection", onUncaught] as const,
    ["disconnect", onOrphaned] as const,
  ];
  for (const [event, listener] of listeners) process.on(event, listener);
  // Listening for "disconnect" would keep the process alive.
  process.channel?.unref();
  return () => {
    for (const [event, listener] of listeners) process.off(event, listener);
  };
}
