// The process between a control plane's owner and its parts. It starts and stops them when told through its IPC
// channel. The channel closes however the owner ends (return, crash, SIGKILL): then every part is killed at once and
// the folder of the plane is removed. Started by supervisor.ts, with the folder as its argument.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, rmSync } from "node:fs";
import type { Answer, Order } from "./supervisor.ts";

const folder = process.argv[2];
if (folder === undefined || process.send === undefined) throw new Error("Cannot supervise: started without an owner");

const parts = new Map<string, ChildProcess>();

process.on("message", (order: Order) => {
  carryOut(order).then(
    (result) => answer({ id: order.id, ...result }),
    (error: Error) => answer({ id: order.id, error: error.message }),
  );
});
process.on("disconnect", () => void abandon());
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void abandon());

async function carryOut(order: Order): Promise<{ pid?: number }> {
  if (order.do === "start") return { pid: await start(order) };
  if (order.do === "stop") await stop(order.name, order);
  if (order.do === "shutdown") {
    await Promise.all([...parts.keys()].map((name) => stop(name, order)));
    removeFolder();
  }
  return {};
}

async function start(order: Order & { do: "start" }): Promise<number> {
  if (parts.has(order.name)) throw new Error(`Cannot start "${order.name}": it is running`);
  const log = openSync(order.log, "a");
  const child = spawn(order.command, order.args, { env: order.env, stdio: ["ignore", log, log] });
  closeSync(log);
  await once(child, "spawn");
  parts.set(order.name, child);
  child.once("exit", (code, signal) => {
    parts.delete(order.name);
    answer({ exited: order.name, code, signal });
  });
  return child.pid ?? 0;
}

async function stop(name: string, how: { readonly signal: NodeJS.Signals; readonly graceMs: number }): Promise<void> {
  const child = parts.get(name);
  if (child === undefined) return;
  const exited = once(child, "exit");
  child.kill(how.signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), how.graceMs);
  await exited;
  clearTimeout(timer);
}

async function abandon(): Promise<void> {
  const running = [...parts.values()];
  await Promise.all(running.map((child) => (child.kill("SIGKILL") ? once(child, "exit") : undefined)));
  removeFolder();
  // The group is this process and what parts may have started themselves.
  process.kill(-process.pid, "SIGKILL");
}

function removeFolder(): void {
  // A part's own child may write for a moment longer.
  rmSync(folder ?? "", { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

function answer(message: Answer): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
