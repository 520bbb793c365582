import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { waitFor } from "./kube.ts";
import { removeAbandonedPlanes } from "./plane-folder.ts";
import { commandLine } from "./processes.ts";
import { pidFile } from "./supervisor.ts";

t.setTimeout(120_000);

const controlPlane = JSON.stringify(join(import.meta.dirname, "control-plane.ts"));

/** Starts a process that owns a plane and returns it with the plane's folder and the pids of its parts. */
async function startOwner(end = ""): Promise<{ owner: ChildProcess; folder: string; pids: number[] }> {
  const program = `
    const { startControlPlane } = await import(${controlPlane});
    const plane = await startControlPlane();
    process.send(plane.dir);
    ${end || "setInterval(() => {}, 1000);"}`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "inherit", "ignore", "ipc"],
  });
  const [folder] = (await once(owner, "message")) as [string];
  const pids = readFileSync(join(folder, pidFile), "utf8").split("\n").map(Number);
  return { owner, folder, pids };
}

async function assertNothingLeft(t: Tap, { folder, pids }: { folder: string; pids: number[] }): Promise<void> {
  t.equal(pids.length, 3, "there were a supervising process, etcd and an API server");
  await waitFor(() => !pids.some(isRunning), { describe: `the end of ${pids.join(", ")}`, timeoutMs: 10_000 });
  await waitFor(() => !existsSync(folder), { describe: `the removal of "${folder}"` });
}

/** A process that ended stays a zombie, without a command line, until its parent looks. */
function isRunning(pid: number): boolean {
  return commandLine(pid) !== "";
}

type Tap = Pick<typeof t, "equal">;

for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const) {
  t.test(`startControlPlane() leaves nothing when its owner gets ${signal}`, async (t) => {
    const plane = await startOwner();
    t.ok(plane.pids.every(isRunning));
    plane.owner.kill(signal);
    await assertNothingLeft(t, plane);
  });
}

t.test("startControlPlane() leaves nothing when its owner throws", async (t) => {
  const plane = await startOwner('setTimeout(() => { throw new Error("crash"); }, 200);');
  await assertNothingLeft(t, plane);
});

t.test("startControlPlane() does not keep its owner from ending", async (t) => {
  const plane = await startOwner("process.disconnect();");
  await assertNothingLeft(t, plane);
});

t.test("startControlPlane() takes its parts along when the supervising process is killed", async (t) => {
  const plane = await startOwner();
  const [supervising = 0] = plane.pids;
  process.kill(supervising, "SIGKILL");
  await assertNothingLeft(t, plane);
  plane.owner.kill("SIGKILL");
});

t.test("removeAbandonedPlanes() ends and removes what nobody supervises any more", async (t) => {
  const plane = await startOwner();
  t.teardown(() => plane.owner.kill("SIGKILL"));
  const [supervising = 0] = plane.pids;
  plane.owner.kill("SIGSTOP");
  process.kill(supervising, "SIGKILL");
  const parts = plane.pids.slice(1);
  t.ok(parts.every(isRunning));
  removeAbandonedPlanes();
  t.ok(parts.every(isRunning), "a young folder is left alone");
  const old = Date.now() / 1_000 - 120;
  utimesSync(plane.folder, old, old);
  removeAbandonedPlanes();
  await assertNothingLeft(t, plane);
});
