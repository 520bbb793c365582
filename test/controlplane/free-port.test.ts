import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { freePort } from "./free-port.ts";

const module = JSON.stringify(join(import.meta.dirname, "free-port.ts"));
const count = 5;
// So few that processes which know nothing of each other would choose the same ones.
const lowest = 19_000 + (process.pid % 60) * 3 * count;
const range = { lowest, highest: lowest + 3 * count };
const reservation = (port: number): string => join(tmpdir(), `restamp-port-${port}`);

/** Starts a process that asks for `count` ports and keeps them until it ends. */
async function start(t: Test): Promise<{ owner: ChildProcess; ports: readonly number[] }> {
  const program = `
    const { freePort } = await import(${module});
    const ports = [];
    while (ports.length < ${count}) ports.push(await freePort(${JSON.stringify(range)}));
    process.once("message", () => process.exit());
    process.send(ports);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  t.teardown(() => owner.kill("SIGKILL"));
  const [ports] = (await once(owner, "message")) as [readonly number[]];
  return { owner, ports };
}

t.test("freePort() gives no port to two processes, and an ended one's again", async (t) => {
  const [one, two] = await Promise.all([start(t), start(t)]);
  const ports = [...one.ports, ...two.ports];
  t.equal(new Set(ports).size, 2 * count, `no port twice: ${ports}`);
  one.owner.kill("SIGKILL");
  await once(one.owner, "exit");
  two.owner.send("end");
  await once(two.owner, "exit");
  t.notOk(ports.map(reservation).some(existsSync), "one that was killed is tidied up after by the next one that ends");
  t.ok(Number.isInteger(await freePort(range)));
});
