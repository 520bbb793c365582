import t, { type Test } from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { type ApiClientOptions, createApiClient, type RequestOutcome } from "../../../src/kube/client.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import {
  type Answer,
  accessTo,
  cutWatch,
  json,
  refusal,
  startScriptedServer,
  watchLines,
} from "../../helpers/scripted-server.ts";

const path = "/api/v1/namespaces/shop/secrets";

async function connect(t: Test, answers: readonly Answer[], options: Partial<ApiClientOptions> = {}) {
  const server = await startScriptedServer(...answers);
  const outcomes: RequestOutcome[] = [];
  const onRequest = (outcome: RequestOutcome) => void outcomes.push(outcome);
  const api = createApiClient(
    { access: server.access, onRequest },
    { component: "test", version: "1.2.3", ...options },
  );
  t.teardown(async () => {
    await api.close();
    server.close();
  });
  return { api, server, outcomes };
}

t.test("request() sends method, query, headers and body, and returns the parsed answer", async (t) => {
  const seen: Record<string, unknown> = {};
  const echo: Answer = (request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      Object.assign(seen, { method: request.method, url: request.url, headers: request.headers, body });
      json(200, { ok: true })(request, response);
    });
  };
  const { api, outcomes } = await connect(t, [echo]);
  const contentType = "application/merge-patch+json";
  const answer = await api.request({
    method: "PATCH",
    path: `${path}/db`,
    query: { fieldManager: "restamp", dryRun: undefined },
    body: { a: "ü" },
    contentType,
  });
  t.same(answer, { ok: true });
  t.match(seen, {
    method: "PATCH",
    url: `${path}/db?fieldManager=restamp`,
    body: '{"a":"ü"}',
    headers: { "user-agent": "restamp/1.2.3 (test)", "content-type": contentType, accept: "application/json" },
  });
  t.match(outcomes, [{ code: "200", info: { verb: "patch", resource: "secrets", namespace: "shop", name: "db" } }]);
});

t.test("request() maps refusals", async (t) => {
  const cases = [
    { status: 400, code: "bad-request" },
    { status: 401, code: "unauthorized" },
    { status: 403, code: "forbidden" },
    { status: 404, code: "not-found" },
    { status: 409, code: "conflict" },
    { status: 410, code: "gone" },
    { status: 422, code: "invalid" },
    { status: 429, code: "throttled" },
    { status: 500, code: "unavailable" },
    { status: 503, code: "unavailable" },
    { status: 302, code: "unavailable" },
  ];
  for (const { status, code } of cases) {
    const { api, outcomes } = await connect(t, [refusal(status, "Why", "because", { "retry-after": "7" })]);
    await t.rejects(api.request({ method: "GET", path }), {
      name: "ClusterError",
      code,
      status,
      reason: "Why",
      retryAfterMs: 7000,
    });
    t.equal(outcomes[0]?.code, String(status));
  }
});

t.test("request() gives up after its limit", async (t) => {
  const slow: readonly [string, Answer][] = [
    ["before the answer", () => undefined],
    ["in the middle of the answer", (_request, response) => void response.writeHead(200).write("{")],
  ];
  for (const [when, answer] of slow) {
    const { api, outcomes } = await connect(t, [answer], { timeoutMs: 80 });
    const text = `Cannot GET ${path}: no complete answer within 80 ms`;
    await t.rejects(api.request({ method: "GET", path }), new ClusterError("timeout", text), when);
    t.equal(outcomes[0]?.code, "timeout");
  }
});

t.test("request() rejects with the reason of its signal", async (t) => {
  const { api, outcomes } = await connect(t, [() => undefined]);
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 30);
  await t.rejects(api.request({ method: "GET", path, signal: controller.signal }), reason);
  t.equal(outcomes[0]?.code, "aborted");
  await t.rejects(api.request({ method: "GET", path, signal: controller.signal }), reason);
});

t.test("request() refuses what is not JSON and what is too large, and quotes neither", async (t) => {
  const page: Answer = (_request, response) => void response.end("<html>hunter2</html>");
  const { api } = await connect(t, [page]);
  await t.rejects(api.request({ method: "GET", path }), {
    code: "unavailable",
    message: `Cannot GET ${path}: the answer is not JSON`,
  });
  const large = await connect(t, [json(200, { data: "x".repeat(2000) })], { maxResponseBytes: 1000 });
  await t.rejects(large.api.request({ method: "GET", path }), {
    code: "unavailable",
    message: `Cannot GET ${path}: the answer is larger than 1000 bytes`,
  });
});

t.test("request() says what a broken connection is", async (t) => {
  const cut: Answer = (request) => void request.socket.destroy();
  const { api, server } = await connect(t, [cut]);
  await t.rejects(api.request({ method: "PATCH", path, body: {} }), { code: "unavailable" });
  t.equal(server.seen.length, 1, "a write is not repeated");
  await t.rejects(api.request({ method: "GET", path }), { code: "unavailable" });
  t.equal(server.seen.length, 3, "a read is repeated once");
  const nobody = createApiClient({ access: accessTo("http://127.0.0.1:1") }, { component: "test", version: "0" });
  t.teardown(() => nobody.close());
  await t.rejects(nobody.request({ method: "GET", path }), { code: "unavailable", message: /ECONNREFUSED/ });
});

t.test("stream() yields lines, ends with the server, and reports the opening", async (t) => {
  let opened = 0;
  const lines: Answer = (_request, response) => {
    response.write('{"a":"');
    setTimeout(() => response.end('ü"}\n{"b":2}\n'), 20);
  };
  const { api, outcomes } = await connect(t, [lines]);
  const got: unknown[] = [];
  for await (const line of api.stream({
    method: "GET",
    path,
    query: { watch: "true" },
    idleMs: 1000,
    onOpen: () => (opened += 1),
  }))
    got.push(line);
  t.same(got, [{ a: "ü" }, { b: 2 }]);
  t.equal(opened, 1);
  t.match(outcomes, [{ code: "200", info: { verb: "watch" } }]);
});

t.test("stream() fails as a ClusterError", async (t) => {
  const cases: readonly { title: string; answer: Answer; want: object }[] = [
    { title: "for a refusal", answer: refusal(410, "Expired", "too old"), want: { code: "gone", status: 410 } },
    { title: "for a hanging server", answer: () => undefined, want: { code: "timeout" } },
    { title: "for a half-open connection", answer: watchLines({ a: 1 }), want: { code: "timeout" } },
    {
      title: "for a connection cut in a line",
      answer: cutWatch('{"a":1}\n{"hunter2":'),
      want: { code: "unavailable" },
    },
    {
      title: "for an end in the middle of a line",
      answer: (_request, response) => void response.end('{"hunter2":'),
      want: { code: "unavailable", message: `Cannot GET ${path}: a line is not JSON, or was cut off` },
    },
    {
      title: "for an endless line",
      answer: (_request, response) => void response.write("x".repeat(100_000)),
      want: { code: "unavailable", message: `Cannot GET ${path}: a line is longer than 65536 bytes` },
    },
  ];
  for (const { title, answer, want } of cases) {
    const { api, server } = await connect(t, [answer], { maxLineBytes: 65_536 });
    const read = async () => {
      for await (const _line of api.stream({ method: "GET", path, idleMs: 200 }));
    };
    await t.rejects(read(), want as Error, title);
    if (/half-open|endless/.test(title)) await waitFor(() => server.open() === 0, { describe: title });
  }
});

t.test("stream() closes the connection when left early or aborted", async (t) => {
  const { api, server } = await connect(t, [watchLines({ a: 1 })]);
  for await (const _line of api.stream({ method: "GET", path, idleMs: 5000 })) break;
  await waitFor(() => server.open() === 0);
  const controller = new AbortController();
  const reason = new Error("stopped");
  const read = async () => {
    for await (const _line of api.stream({ method: "GET", path, idleMs: 5000, signal: controller.signal }))
      controller.abort(reason);
  };
  await t.rejects(read(), reason);
  await waitFor(() => server.open() === 0);
});
