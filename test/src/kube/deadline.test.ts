import t from "tap";
import { createDeadline } from "../../../src/kube/deadline.ts";

const request = { method: "GET", path: "/api" } as const;

t.test("createDeadline() aborts with a timeout that says what took too long", async (t) => {
  const { signal, cancel } = createDeadline(request, 10);
  t.teardown(cancel);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  t.match(signal.reason, { code: "timeout", message: "Cannot GET /api: no complete answer within 10 ms" });
});

t.test("createDeadline() aborts with the caller, for the caller's reason", async (t) => {
  const caller = new AbortController();
  const { signal, cancel } = createDeadline({ ...request, signal: caller.signal }, 3_600_000);
  t.teardown(cancel);
  caller.abort("enough");
  t.equal(signal.reason, "enough");
  const late = createDeadline({ ...request, signal: caller.signal }, 0);
  t.equal(late.signal.reason, "enough", "also when the caller has aborted before");
});

t.test("cancel() forgets the caller and the time", async (t) => {
  const caller = new AbortController();
  const { signal, cancel } = createDeadline({ ...request, signal: caller.signal }, 1);
  cancel();
  caller.abort();
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(signal.aborted, false);
});
