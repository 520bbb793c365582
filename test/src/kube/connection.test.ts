import t, { type Test } from "tap";
import { createApiClient } from "../../../src/kube/client.ts";
import type { ClusterAccess } from "../../../src/kube/kube-config.ts";
import { type Answer, json, refusal, startScriptedServer } from "../../helpers/scripted-server.ts";

const path = "/api/v1/namespaces/shop/secrets";

async function connect(t: Test, answers: readonly Answer[], access: Partial<ClusterAccess> = {}) {
  const server = await startScriptedServer(...answers);
  const api = createApiClient({ access: { ...server.access, ...access } }, { component: "test", version: "0" });
  t.teardown(async () => {
    await api.close();
    server.close();
  });
  return { api, server };
}

t.test("send() keeps its connection", async (t) => {
  const { api, server } = await connect(t, [json(200, {})]);
  for (let i = 0; i < 20; i++) await api.request({ method: "GET", path });
  // Two, because undici asks for the next connection a tick before the last one is free again.
  t.ok(server.connections() <= 2, `${server.connections()} connections`);
});

t.test("send() repeats a read when the server has closed a kept connection", async (t) => {
  let requests = 0;
  const { api, server } = await connect(t, [
    (request, response) => {
      requests += 1;
      if (requests === 2) request.socket.destroy();
      else json(200, { requests })(request, response);
    },
  ]);
  await api.request({ method: "GET", path });
  t.same(await api.request({ method: "GET", path }), { requests: 3 });
  t.equal(server.connections(), 2);
});

t.test("send() repeats once with new credentials after a 401", async (t) => {
  const tls = {};
  const old = { headers: { authorization: "Bearer old" }, tls };
  const fresh = { headers: { authorization: "Bearer new" }, tls };
  let accepted = "Bearer new";
  const guard: Answer = (request, response) => {
    const known = request.headers.authorization === accepted;
    (known ? json(200, { ok: true }) : refusal(401, "Unauthorized", "no"))(request, response);
  };
  const { api, server } = await connect(t, [guard], { credentials: async (rejected) => (rejected ? fresh : old) });
  t.same(await api.request({ method: "POST", path, body: {} }), { ok: true });
  t.equal(server.seen.length, 2);
  accepted = "nothing";
  await t.rejects(api.request({ method: "GET", path }), { code: "unauthorized" });
  t.equal(server.seen.length, 4);
});

t.test("send() opens new connections for new TLS material, and none for a new token", async (t) => {
  let credentials = { headers: { authorization: "Bearer 1" }, tls: { ca: "a" } };
  const { api, server } = await connect(t, [json(200, {})], { credentials: async () => credentials });
  const get = () => api.request({ method: "GET", path });
  await get();
  credentials = { headers: { authorization: "Bearer 2" }, tls: credentials.tls };
  await new Promise((resolve) => setImmediate(resolve));
  await get();
  t.equal(server.connections(), 1);
  credentials = { ...credentials, tls: { ca: "b" } };
  await get();
  t.equal(server.connections(), 2);
});

t.test("send() keeps the path of the server, and goes through its proxy", async (t) => {
  const behind = await connect(t, [json(200, {})]);
  const server = `${behind.server.access.server}/k8s/clusters/c-1/`;
  const prefixed = await connect(t, [json(200, {})], { server });
  await prefixed.api.request({ method: "GET", path });
  t.same(behind.server.seen, [`/k8s/clusters/c-1${path}`]);
  const proxy = await startScriptedServer(json(200, {}));
  t.teardown(() => proxy.close());
  const proxied = await connect(t, [], { server: "http://cluster.invalid", proxyUrl: proxy.access.server });
  await proxied.api.request({ method: "GET", path });
  t.same(proxy.seen, [`http://cluster.invalid${path}`]);
  const socks = await connect(t, [], { proxyUrl: "socks5://127.0.0.1:1" });
  await t.rejects(socks.api.request({ method: "GET", path }), { message: /only http and https proxies are supported/ });
});

t.test("close() breaks off what is under way", async (t) => {
  const { api } = await connect(t, [() => undefined]);
  const pending = t.rejects(api.request({ method: "GET", path }), { code: "unavailable" });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await api.close();
  await pending;
  await t.rejects(api.request({ method: "GET", path }), { code: "unavailable", message: /the client is closed/ });
});
