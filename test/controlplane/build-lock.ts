import { randomBytes } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./processes.ts";

/** What the lock protects, and how to tell that one has to wait for it. */
export interface BuildLock {
  /** Path of the lock file; its folder exists. */
  readonly file: string;
  /** What is being built, for people. */
  readonly title: string;
  readonly progress: (line: string) => void;
}

const refreshMs = 5_000;
const staleMs = 60_000;
const reportMs = 10_000;

/**
 * Runs `work` while no other process holds the lock. Waits for another holder, with a line of progress every 10 s, and
 * takes over the lock of a holder that died: its process is gone, or the file was not refreshed for a minute.
 */
export async function withBuildLock<T>(lock: BuildLock, work: () => Promise<T>): Promise<T> {
  await acquire(lock);
  const refresh = setInterval(() => {
    const now = new Date();
    // The file is gone if another process thought that this one was dead: two builds, harmless.
    utimes(lock.file, now, now).catch(() => undefined);
  }, refreshMs);
  try {
    return await work();
  } finally {
    clearInterval(refresh);
    await rm(lock.file, { force: true });
  }
}

async function acquire(lock: BuildLock): Promise<void> {
  const started = Date.now();
  let reported = started;
  for (;;) {
    try {
      await writeFile(lock.file, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await holderOf(lock.file);
    if (holder === "gone") continue;
    if (holder === "stale") {
      await removeStale(lock.file);
      continue;
    }
    if (Date.now() - reported >= reportMs) {
      reported = Date.now();
      lock.progress(`Waiting for process ${holder}, which builds ${lock.title}: ${seconds(started)} s`);
    }
    await sleep(200);
  }
}

/** Pid of the living holder, or why there is none. */
async function holderOf(file: string): Promise<number | "gone" | "stale"> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    if (Date.now() - mtimeMs > staleMs) return "stale";
    // Empty for the moment between the creation of the file and the writing of the pid.
    if (text === "") return 0;
    return isAlive(Number(text)) ? Number(text) : "stale";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
}

async function removeStale(file: string): Promise<void> {
  // By renaming, so that of several waiters only one removes this very file.
  const aside = `${file}.${randomBytes(4).toString("hex")}`;
  await rename(file, aside).catch(() => undefined);
  await rm(aside, { force: true });
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}
