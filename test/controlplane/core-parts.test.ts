import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import t from "tap";
import { buildParts } from "./build.ts";
import { startCoreParts } from "./core-parts.ts";
import { freePort } from "./free-port.ts";
import { writePlaneFiles } from "./plane-files.ts";
import { newPlaneFolder } from "./plane-folder.ts";
import { Supervisor } from "./supervisor.ts";

t.setTimeout(120_000);

const { binaries } = await buildParts(["kubernetes", "etcd"]);
const options = { etcdArgs: [], apiServerArgs: [], audit: false, timeoutMs: 30_000, signal: undefined };

for (const [taken, title] of [
  [0, "etcd"],
  [1, "the API server"],
] as const) {
  t.test(`startCoreParts() tries other ports when the one of ${title} is taken meanwhile`, async (t) => {
    const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const folder = newPlaneFolder();
    const files = writePlaneFiles(folder);
    const supervisor = new Supervisor(folder, files.logs);
    t.teardown(() => supervisor.shutdown({ signal: "SIGKILL" }));
    let picked = 0;
    const pickPort = async () => (picked++ === taken ? port : freePort());
    const { url } = await startCoreParts({ supervisor, files, binaries, pickPort }, options);
    t.equal(picked, 4, "both ports were picked twice");
    t.not(url, `https://127.0.0.1:${port}`);
  });
}
