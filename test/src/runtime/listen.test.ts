import { createServer } from "node:net";
import fastify from "fastify";
import t from "tap";
import { type Listenable, listen } from "../../../src/runtime/listen.ts";

t.test("listen() takes a free port and names it", async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  const bound = await listen(app, { host: "127.0.0.1", port: 0 });
  t.ok(bound.port > 0);
  t.equal(bound.text, `127.0.0.1:${bound.port}`);
  t.equal((await fetch(`http://127.0.0.1:${bound.port}/`)).status, 404);
});

t.test("listen() rejects with what to do when the port is taken", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.teardown(() => other.close());
  const address = other.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const app = fastify();
  t.teardown(() => app.close());
  await t.rejects(listen(app, { host: "127.0.0.1", port }), {
    message: `Cannot listen on "127.0.0.1:${port}": another process has it; choose another address`,
  });
});

function fakeServer(refused: readonly string[]) {
  const hosts: string[] = [];
  const server: Listenable = {
    listen: async ({ host }) => {
      hosts.push(host);
      if (refused.includes(host)) throw Object.assign(new Error("No"), { code: "EAFNOSUPPORT" });
      return "";
    },
    addresses: () => [{ port: 4711 }],
  };
  return { server, hosts };
}

t.test("listen() without a host listens on IPv4 alone where the node has no IPv6", async (t) => {
  const { server, hosts } = fakeServer(["::"]);
  t.strictSame(await listen(server, { host: undefined, port: 0 }), { port: 4711, text: ":4711" });
  t.strictSame(hosts, ["::", "0.0.0.0"]);
});

t.test("listen() with a host tries no other", async (t) => {
  const { server, hosts } = fakeServer(["::1"]);
  await t.rejects(listen(server, { host: "::1", port: 1 }), /Cannot listen on "\[::1\]:1": EAFNOSUPPORT/);
  t.strictSame(hosts, ["::1"]);
});
