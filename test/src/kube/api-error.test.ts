import t from "tap";
import { statusError, transportError } from "../../../src/kube/api-error.ts";

const request = { method: "PATCH", path: "/apis/apps/v1/namespaces/shop/deployments/cart" } as const;

t.test("statusError() says what failed on what", async (t) => {
  const body = { kind: "Status", reason: "Forbidden", message: 'deployments.apps "cart" is forbidden' };
  const error = statusError(request, { status: 403, body, retryAfter: undefined });
  t.equal(error.message, `Cannot PATCH ${request.path}: 403 Forbidden: deployments.apps "cart" is forbidden`);
  t.match(error, { code: "forbidden", status: 403, reason: "Forbidden", retryAfterMs: undefined });
});

t.test("statusError() uses nothing of a body that is not metav1.Status", async (t) => {
  for (const body of [undefined, "hunter2", { message: "hunter2" }, { kind: "Secret", message: "hunter2" }, []]) {
    t.equal(statusError(request, { status: 502, body }).message, `Cannot PATCH ${request.path}: 502 Bad Gateway`);
  }
});

t.test("statusError() cuts long messages", async (t) => {
  const body = { kind: "Status", message: "x".repeat(10_000) };
  t.ok(statusError(request, { status: 422, body }).message.length < 600);
});

t.test("statusError() reads how long to wait", async (t) => {
  const details = { retryAfterSeconds: 3 };
  const cases = [
    { title: "from the header", retryAfter: "5", body: { kind: "Status", details }, want: 5000 },
    { title: "from metav1.Status", retryAfter: undefined, body: { kind: "Status", details }, want: 3000 },
    { title: "nowhere", retryAfter: "soon", body: undefined, want: undefined },
  ];
  for (const { title, want, ...answer } of cases) {
    t.equal(statusError(request, { status: 429, ...answer }).retryAfterMs, want, title);
  }
});

t.test("transportError() tells a time-out from a broken connection", async (t) => {
  const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });
  const cases = [
    {
      cause: withCode("ETIMEDOUT", "no connection within 5000 ms"),
      code: "timeout",
      text: "no connection within 5000 ms",
    },
    {
      cause: withCode("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1"),
      code: "unavailable",
      text: "connect ECONNREFUSED 127.0.0.1:1",
    },
    { cause: new AggregateError([withCode("ECONNREFUSED")]), code: "unavailable", text: "ECONNREFUSED" },
    { cause: "odd", code: "unavailable", text: "connection failed" },
  ];
  for (const { cause, code, text } of cases) {
    t.match(transportError(request, cause), { code, message: `Cannot PATCH ${request.path}: ${text}`, cause });
  }
  const known = statusError(request, { status: 409, body: undefined });
  t.equal(transportError(request, known), known, "a ClusterError stays itself");
});
