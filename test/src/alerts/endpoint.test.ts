import { rootCertificates, setDefaultCACertificates } from "node:tls";
import t, { type Test } from "tap";
import { type Endpoint, type EndpointOptions, openEndpoint } from "../../../src/alerts/endpoint.ts";
import { testAuthority, testPair } from "../../helpers/serving-pair.ts";
import {
  closedPort,
  type ReceiverAnswer,
  setProxyEnvironment,
  startForwardProxy,
  startReceiver,
} from "../../helpers/webhook-receiver.ts";

const secretPath = "/services/T0/B0/token-in-the-path?key=token-in-the-query";
const message = {
  contentType: "application/json",
  body: '{"text":"ü"}',
  isDelivered: (status: number) => status === 200,
};
const forever = new AbortController().signal;

t.before(() => setProxyEnvironment(t));

function open(url: string, options: Partial<EndpointOptions> = {}): Endpoint {
  const endpoint = openEndpoint({ url, timeoutMs: 5_000, ...options });
  if ("problem" in endpoint) throw new Error(endpoint.problem);
  return endpoint;
}

/** An endpoint with secrets everywhere in its URL, and a receiver at its other end. */
async function connect(t: Test, answers: readonly ReceiverAnswer[] = [200], options: Partial<EndpointOptions> = {}) {
  const receiver = await startReceiver(t, answers);
  const url = `${receiver.url.replace("//", "//me:pass%20word@")}${secretPath}`;
  return { receiver, endpoint: open(url, options) };
}

t.test("post() sends the message as it is, to the whole URL", async (t) => {
  const { receiver, endpoint } = await connect(t);
  await endpoint.post(message, forever);
  t.equal(endpoint.host, `127.0.0.1:${receiver.port}`);
  t.match(receiver.received, [
    {
      method: "POST",
      url: secretPath,
      body: message.body,
      headers: {
        "content-type": "application/json",
        "content-length": "13",
        authorization: `Basic ${Buffer.from("me:pass word").toString("base64")}`,
        "user-agent": "restamp",
      },
    },
  ]);
});

t.test("post() says what was answered, and whether it may pass", async (t) => {
  const asking = (status: number, seconds: string) => (response: import("node:http").ServerResponse) =>
    void response.writeHead(status, { "retry-after": seconds }).end();
  const away: ReceiverAnswer = (response) => void response.writeHead(302, { location: "/other" }).end();
  const cases = [
    { answer: 500, error: { message: /: 500 Internal Server Error$/, passing: true, retryAfterMs: undefined } },
    { answer: asking(503, "7"), error: { message: /: 503 /, passing: true, retryAfterMs: 7_000 } },
    { answer: asking(429, "2"), error: { message: /: 429 Too Many Requests$/, passing: true, retryAfterMs: 2_000 } },
    { answer: 404, error: { message: /: 404 Not Found$/, passing: false } },
    { answer: 401, error: { message: /: 401 Unauthorized$/, passing: false } },
    { answer: away, error: { message: /: 302 Found: redirects are not followed, check the URL$/, passing: false } },
    { answer: 204, error: { message: /: 204 No Content$/, passing: false } },
  ];
  for (const { answer, error } of cases) {
    const { receiver, endpoint } = await connect(t, [answer]);
    await t.rejects(endpoint.post(message, forever), { name: "DeliveryError", ...error });
    t.equal(receiver.received.length, 1, "nothing is followed");
  }
});

t.test("post() gives up after its limit, when nothing is answered and when nothing is accepted", async (t) => {
  const { endpoint } = await connect(t, ["hang"], { timeoutMs: 80 });
  const late = { name: "DeliveryError", message: /: no complete answer within 80 ms$/, passing: true };
  await t.rejects(endpoint.post(message, forever), late);
  const hangingProxy = await startReceiver(t, ["hang"]);
  const proxied = open("http://hooks.invalid/x", { proxy: hangingProxy.url, timeoutMs: 80 });
  await t.rejects(proxied.post(message, forever), late);
});

t.test("post() does not care how the answer goes on", async (t) => {
  const half: ReceiverAnswer = (response) => void response.writeHead(200).write("{");
  const cut: ReceiverAnswer = (response) => void response.writeHead(200).write("{", () => response.socket?.destroy());
  for (const answer of [half, cut]) {
    const { endpoint } = await connect(t, [answer]);
    await endpoint.post(message, forever);
  }
});

t.test("post() rejects with the reason of its signal", async (t) => {
  const { endpoint } = await connect(t, ["hang"]);
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 30);
  await t.rejects(endpoint.post(message, controller.signal), reason);
  await t.rejects(endpoint.post(message, controller.signal), reason);
});

t.test("a failure tells the host, and nothing else of the URL or the answer", async (t) => {
  const destroy: ReceiverAnswer = (response) => void response.socket?.destroy();
  const garbage: ReceiverAnswer = (response) => void response.socket?.end("no HTTP");
  const port = await closedPort();
  const secrets = "//me:pass%20word@";
  const endpoints = [
    ...(await Promise.all([404, 500, destroy, garbage].map(async (answer) => (await connect(t, [answer])).endpoint))),
    open(`http:${secrets}127.0.0.1:${port}${secretPath}`),
    open(`http:${secrets}hooks.invalid${secretPath}`),
    open(`http:${secrets}hooks.example${secretPath}`, { proxy: `me:pass%20word@127.0.0.1:${port}` }),
    open(`https:${secrets}hooks.example${secretPath}`, { proxy: `me:pass%20word@127.0.0.1:${port}` }),
  ];
  for (const endpoint of endpoints) {
    const error = await endpoint.post(message, forever).catch((reason: Error) => reason);
    const text = error instanceof Error ? error.message : "";
    const start = `Cannot POST to ${endpoint.host}: `;
    t.ok(text.startsWith(start) && text.length > start.length, text);
    t.notMatch(text, /token|pass|quoted|me:/);
  }
  const quoted = open("http://hooks.invalid/hooks.invalid").post(message, forever);
  await t.rejects(quoted, { message: /^Cannot POST to hooks.invalid: [A-Z_]+$/ });
});

t.test("post() goes through the given proxy: plain HTTP by the whole URL", async (t) => {
  const receiver = await startReceiver(t);
  const proxy = await startForwardProxy(t, { to: receiver });
  const given = [
    { text: `http://127.0.0.1:${proxy.port}`, authorization: undefined },
    { text: ` 127.0.0.1:${proxy.port}/ `, authorization: undefined },
    { text: `http://me:pass%20word@127.0.0.1:${proxy.port}`, authorization: "Basic bWU6cGFzcyB3b3Jk" },
  ];
  for (const [at, { text, authorization }] of given.entries()) {
    await open("http://hooks.example/in?a=b", { proxy: text }).post(message, forever);
    t.strictSame(proxy.proxied[at], { what: "POST http://hooks.example/in?a=b", authorization });
    t.match(receiver.received[at], { url: "/in?a=b", body: message.body });
  }
});

t.test("post() goes through the given proxy: HTTPS through a tunnel", async (t) => {
  const authority = await testAuthority();
  const receiver = await startReceiver(t, [200], await testPair(authority));
  const proxy = await startForwardProxy(t, { to: receiver });
  const options = { proxy: `http://me:you@127.0.0.1:${proxy.port}` };
  const url = "https://localhost:8443/in";
  const stranger = { passing: true, message: /^Cannot POST to localhost:8443: .*certificate/ };
  await t.rejects(open(url, options).post(message, forever), stranger);
  setDefaultCACertificates([...rootCertificates, authority.cert]);
  await open(url, options).post(message, forever);
  const tunnel = { what: "CONNECT localhost:8443", authorization: "Basic bWU6eW91" };
  t.strictSame(proxy.proxied, [tunnel, tunnel]);
  t.match(receiver.received, [{ url: "/in", body: message.body }]);
  await open(`${receiver.url}/direct`).post(message, forever);
  t.equal(receiver.received.length, 2);
  const refusing = await startForwardProxy(t, { to: receiver, connectStatus: 403 });
  await t.rejects(open(url, { proxy: `127.0.0.1:${refusing.port}` }).post(message, forever), {
    message: /Failed to establish tunnel .* 403 /,
  });
});

t.test("without a proxy, the environment says which, and which hosts need none", async (t) => {
  const receiver = await startReceiver(t);
  const proxy = await startForwardProxy(t, { to: receiver });
  const environments: readonly Readonly<Record<string, string>>[] = [
    { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: "127.0.0.1,.cluster.local" },
    { http_proxy: `http://127.0.0.1:${proxy.port}`, no_proxy: "127.0.0.1" },
  ];
  for (const environment of environments) {
    await t.test(Object.keys(environment).join(), async (t) => {
      setProxyEnvironment(t, environment);
      const before = proxy.proxied.length;
      await open("http://hooks.example/in").post(message, forever);
      t.equal(proxy.proxied.length, before + 1);
      await open(`${receiver.url}/in`).post(message, forever);
      t.equal(proxy.proxied.length, before + 1);
    });
  }
  await t.test("HTTPS_PROXY", async (t) => {
    setProxyEnvironment(t, { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    await t.rejects(open("https://hooks.example/in").post(message, forever));
    t.equal(proxy.proxied.at(-1)?.what, "CONNECT hooks.example:443");
  });
});

t.test("openEndpoint() says what can never work, without what may be secret", async (t) => {
  const bad = [
    { url: " ", problem: "there is no URL" },
    { url: "hooks.example/token", problem: "the URL is not one of http or https" },
    { url: "ftp://hooks.example/token", problem: "the URL is not one of http or https" },
    { url: "http://%E0%A4%A@hooks.example/token", problem: "the URL is not one of http or https" },
    { url: "http://hooks.example", proxy: "socks5://me:token@proxy", problem: /^the proxy, [^/]* http or https$/ },
    { url: "http://hooks.example", proxy: "http://me:token@:", problem: /^the proxy/ },
  ];
  for (const { problem, ...options } of bad) t.match(openEndpoint({ timeoutMs: 1, ...options }), { problem });
  setProxyEnvironment(t, { HTTPS_PROXY: "proxy:3128" });
  t.match(openEndpoint({ timeoutMs: 1, url: "http://hooks.example" }), { problem: /HTTPS_PROXY/ });
});
