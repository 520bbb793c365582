import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLine } from "./processes.ts";
import { pidFile } from "./supervisor.ts";

const prefix = "restamp-plane-";
const youngMs = 60_000;

/** Makes the folder of a new plane, after the removal of what planes left whose supervising process was killed. */
export function newPlaneFolder(): string {
  removeAbandonedPlanes();
  return mkdtempSync(join(tmpdir(), prefix));
}

/** Kills what is left of planes without a supervising process and removes their folders. */
export function removeAbandonedPlanes(): void {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (name.startsWith(prefix) && isAbandoned(folder)) removePlane(folder);
  }
}

/** A pid may belong to another process by now: only a command line that names the folder counts. */
function isAbandoned(folder: string): boolean {
  try {
    const { mtimeMs, uid } = statSync(folder);
    if (process.getuid?.() !== uid || Date.now() - mtimeMs < youngMs) return false;
    const [supervising] = pidsOf(folder);
    return supervising === undefined || !commandLine(supervising).includes(folder);
  } catch {
    return false; // Another process has just removed it.
  }
}

function removePlane(folder: string): void {
  for (const pid of pidsOf(folder)) {
    if (commandLine(pid).includes(folder)) kill(pid);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

function pidsOf(folder: string): number[] {
  try {
    return readFileSync(join(folder, pidFile), "utf8").split("\n").map(Number);
  } catch {
    return [];
  }
}
