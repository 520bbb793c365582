import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./processes.ts";

// Below the ports that Linux and macOS hand out by themselves, so that no outgoing connection takes one meanwhile.
const allPorts: PortRange = { lowest: 20_000, highest: 32_000 };
const prefix = "restamp-port-";

/** Ports to choose from; `highest` is not one of them. */
export interface PortRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Returns a TCP port of 127.0.0.1 that nothing listens on, and that no other call gives to anybody until this process ends. A
 * process that does not ask here can take it before it is used.
 */
export async function freePort({ lowest, highest }: PortRange = allPorts): Promise<number> {
  if (!process.listeners("exit").includes(removeReservations)) process.on("exit", removeReservations);
  for (;;) {
    const port = randomInt(lowest, highest);
    if (reserve(port) && (await isFree(port))) return port;
  }
}

/** A file for each port, with the pid of the process that has it. */
function reserve(port: number): boolean {
  const file = join(tmpdir(), `${prefix}${port}`);
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    removeIf((pid) => !isAlive(pid), file);
    return false;
  }
}

/** Those of this process, and of processes that were killed. */
function removeReservations(): void {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(prefix)) removeIf((pid) => pid === process.pid || !isAlive(pid), join(tmpdir(), name));
  }
}

function removeIf(isOver: (pid: number) => boolean, file: string): void {
  try {
    const text = readFileSync(file, "utf8");
    // Empty for the moment between the creation of the file and the writing of the pid.
    if (text !== "" && isOver(Number(text))) rmSync(file, { force: true });
  } catch {
    // Another process has just removed it, or it is another user's.
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
