import t, { type Test } from "tap";
import type { Logger } from "../../../src/core/ports.ts";
import { createOpsServer } from "../../../src/runtime/ops-server.ts";

async function started(t: Test) {
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const metrics = { render: async () => "a_total 1\n", contentType: "text/plain; version=0.0.4" };
  const ops = createOpsServer({ log, metrics }, { address: { host: "127.0.0.1", port: 0 } });
  const { port } = await ops.start();
  t.teardown(() => ops.stop());
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.text(), type: response.headers.get("content-type") };
  };
  return { ops, get, lines };
}

t.test("createOpsServer() answers probes with two letters while all is well", async (t) => {
  const { ops, get } = await started(t);
  ops.addCheck("readyz", { name: "certificate", check: () => undefined });
  t.match(await get("/readyz"), { status: 200, body: /^ok$/ });
  t.match(await get("/livez"), { status: 200, body: /^ok$/ });
  t.match(await get("/readyz?verbose"), { status: 200, body: "[+]certificate ok\nreadyz check passed\n" });
});

t.test("createOpsServer() answers 503 with reasons, and keeps liveness apart", async (t) => {
  const { ops, get } = await started(t);
  ops.addCheck("readyz", { name: "certificate", check: () => "expired" });
  ops.addCheck("readyz", { name: "event-loop", check: () => undefined });
  t.match(await get("/readyz"), {
    status: 503,
    body: "[-]certificate failed: expired\n[+]event-loop ok\nreadyz check failed\n",
  });
  t.match(await get("/livez"), { status: 200 });
  ops.addCheck("livez", { name: "loop", check: () => "stuck" });
  t.match(await get("/livez"), { status: 503, body: /stuck/ });
  t.match(await get("/live"), { status: 500, body: /not alive/ });
});

t.test("createOpsServer() answers Reloader's probes", async (t) => {
  const { get } = await started(t);
  t.match(await get("/live"), { status: 200, body: /^alive$/, type: /^text\/plain/ });
  t.match(await get("/metrics"), { status: 200 });
});

t.test("createOpsServer() logs each change of readiness once", async (t) => {
  const { ops, get, lines } = await started(t);
  const state: { reason: string | undefined } = { reason: "no" };
  ops.addCheck("readyz", { name: "x", check: () => state.reason });
  await get("/readyz");
  await get("/readyz");
  state.reason = undefined;
  await get("/readyz");
  t.strictSame(
    lines.filter((line) => /eady/.test(line)),
    ['Not ready {"failing":[{"name":"x","reason":"no"}]}', "Ready {}"],
  );
});

t.test("createOpsServer() serves metrics and an index, and nothing else", async (t) => {
  const { get } = await started(t);
  t.match(await get("/metrics"), { status: 200, body: "a_total 1\n", type: /version=0\.0\.4/ });
  t.match(await get("/"), { status: 200, body: /\/readyz/ });
  t.match(await get("/debug"), { status: 404 });
  t.match(await get("/debug/pprof/"), { status: 404 });
});

t.test("createOpsServer() logs where it listens", async (t) => {
  const { lines } = await started(t);
  t.match(lines[0], /^Ops server is listening \{"address":"127\.0\.0\.1:\d+","port":\d+\}$/);
});
