import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "./supervisor.ts";

const tailBytes = 3_000;

/** A program ended because another one listens on the port that was meant for it. */
export class PortClash extends Error {
  override readonly name = "PortClash";
}

/** What to wait for after the start of a program. */
export interface Readiness {
  readonly program: Running;
  /** Whether it is ready; throwing means no. */
  readonly probe: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Waits until a program is ready. Fails at once, with the end of its log, if it ends meanwhile; with a
 * {@link PortClash} if it says that its address is in use.
 */
export async function untilReady({ program, probe, timeoutMs, signal }: Readiness): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    signal?.throwIfAborted();
    if (await probe().catch(() => false)) return;
    const exit = program.exit();
    if (exit !== undefined) {
      const log = logTail(program.log);
      const message = `"${program.name}" ended (${exit.signal ?? `code ${exit.code}`}), its last words: ${log}`;
      throw log.includes("address already in use") ? new PortClash(message) : new Error(message);
    }
    await sleep(20);
  }
  throw new Error(`"${program.name}" is not ready after ${timeoutMs} ms, its last words: ${logTail(program.log)}`);
}

/** The last lines of a log file; "" if there is none. */
export function logTail(path: string): string {
  if (!existsSync(path)) return "";
  const { size } = statSync(path);
  const buffer = Buffer.alloc(Math.min(size, tailBytes));
  const file = openSync(path, "r");
  readSync(file, buffer, 0, buffer.length, size - buffer.length);
  closeSync(file);
  return buffer.toString("utf8").trim();
}
