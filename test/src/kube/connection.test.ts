import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import t, { type Test } from "tap";
import { createApiClient } from "../../../src/kube/client.ts";
import type { ClusterAccess } from "../../../src/kube/kube-config.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import {
  type Answer,
  accessTo,
  json,
  refusal,
  startScriptedServer,
  watchLines,
} from "../../helpers/scripted-server.ts";
import { testAuthority, testPair } from "../../helpers/serving-pair.ts";
import { startForwardProxy, startReceiver } from "../../helpers/webhook-receiver.ts";

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
  t.equal(server.connections(), 1);
});

t.test("send() sends a body with any method, and the next request after it", async (t) => {
  const echo: Answer = async (request, response) => json(200, JSON.parse(await text(request)))(request, response);
  const { api, server } = await connect(t, [echo]);
  const body = { preconditions: { uid: "ü" } };
  for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
    t.same(await api.request({ method, path, body }), body, method);
  }
  t.equal(server.connections(), 1);
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

t.test("send() waits for credentials no longer than for the answer", async (t) => {
  const never = () => new Promise<never>(() => undefined);
  const { api, server } = await connect(t, [json(200, {})], { credentials: never });
  const late = { code: "timeout", message: /within 50 ms: there are no credentials yet/ };
  await t.rejects(api.request({ method: "GET", path, timeoutMs: 50 }), late);
  await t.rejects(api.stream({ method: "GET", path, idleMs: 50 })[Symbol.asyncIterator]().next(), late);
  const reason = new Error("enough");
  const controller = new AbortController();
  const given = [
    t.rejects(api.request({ method: "GET", path, signal: controller.signal }), reason),
    t.rejects(
      api.stream({ method: "GET", path, idleMs: 0, signal: controller.signal })[Symbol.asyncIterator]().next(),
      reason,
    ),
  ];
  controller.abort(reason);
  await Promise.all(given);
  const closed = t.rejects(api.request({ method: "GET", path }), { message: /the client is closed/ });
  await api.close();
  await closed;
  t.equal(server.seen.length, 0);
});

t.test("send() waits no longer for new credentials after a 401, and leaves no connection behind", async (t) => {
  const credentials: ClusterAccess["credentials"] = async (rejected) =>
    rejected === undefined ? { headers: {}, tls: {} } : new Promise<never>(() => undefined);
  const { api, server } = await connect(t, [refusal(401, "Unauthorized", "no")], { credentials });
  await t.rejects(api.request({ method: "GET", path, timeoutMs: 50 }), { code: "timeout" });
  await t.rejects(api.stream({ method: "GET", path, idleMs: 50 })[Symbol.asyncIterator]().next(), { code: "timeout" });
  await waitFor(() => server.open() === 0, { describe: "both connections to be closed" });
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

t.test("send() checks the server against its authorities, also at the end of a proxy's tunnel", async (t) => {
  const authority = await testAuthority();
  const answer = (response: import("node:http").ServerResponse) => void response.end("{}");
  const receiver = await startReceiver(t, [answer], await testPair(authority));
  const proxy = await startForwardProxy(t, { to: receiver });
  const open = (tls: object, proxyUrl?: string) => {
    const access = {
      ...accessTo(`https://127.0.0.1:${receiver.port}`),
      credentials: async () => ({ headers: {}, tls }),
    };
    const api = createApiClient(
      { access: proxyUrl === undefined ? access : { ...access, proxyUrl } },
      { component: "test", version: "0" },
    );
    t.teardown(() => api.close());
    return api;
  };
  const known = { ca: authority.cert, servername: "localhost" };
  t.same(await open(known).request({ method: "GET", path }), {});
  t.same(await open(known, `http://me:you@127.0.0.1:${proxy.port}`).request({ method: "GET", path }), {});
  t.strictSame(proxy.proxied, [{ what: `CONNECT 127.0.0.1:${receiver.port}`, authorization: "Basic bWU6eW91" }]);
  t.same(await open({ rejectUnauthorized: false }).request({ method: "GET", path }), {});
  const stranger = { code: "unavailable", message: /certificate|altnames/i };
  await t.rejects(open({ servername: "localhost" }).request({ method: "GET", path }), stranger);
  await t.rejects(open({ ...known, servername: "elsewhere" }).request({ method: "GET", path }), stranger);
  t.equal(receiver.received.length, 3);
});

t.test("send() gives up a server that accepts connections and says nothing", async (t) => {
  const silent = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.teardown(() => silent.close());
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const api = createApiClient(
    { access: accessTo(`https://127.0.0.1:${port}`) },
    { component: "test", version: "0", connectTimeoutMs: 50 },
  );
  t.teardown(() => api.close());
  await t.rejects(api.request({ method: "GET", path }), { code: "timeout", message: /no connection within 50 ms/ });
});

t.test("send() leaves no connection behind that is broken off", async (t) => {
  const { api, server } = await connect(t, [watchLines({ a: 1 }), () => undefined, json(200, {})]);
  const controller = new AbortController();
  const reason = new Error("enough");
  const lines = api.stream({ method: "GET", path, idleMs: 5_000, signal: controller.signal })[Symbol.asyncIterator]();
  t.same(await lines.next(), { value: { a: 1 }, done: false });
  const unanswered = api.request({ method: "GET", path, signal: controller.signal });
  const rejected = [t.rejects(lines.next(), reason), t.rejects(unanswered, reason)];
  await waitFor(() => server.seen.length === 2, { describe: "the second request" });
  controller.abort(reason);
  await Promise.all(rejected);
  await waitFor(() => server.open() === 0, { describe: "both connections to be closed" });
  t.same(await api.request({ method: "GET", path }), {});
});

t.test("close() breaks off what is under way", async (t) => {
  const { api } = await connect(t, [() => undefined]);
  const pending = t.rejects(api.request({ method: "GET", path }), { code: "unavailable" });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await api.close();
  await pending;
  await t.rejects(api.request({ method: "GET", path }), { code: "unavailable", message: /the client is closed/ });
});
