import { Agent } from "node:https";
import t from "tap";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { webhookPath } from "../../src/manifests/webhook-configuration.ts";
import { admissionPath } from "../../webhook/app.ts";
import { deployment, readAnswer, review } from "../helpers/admission.ts";
import { testedApp, testedHandler } from "../helpers/admission-app.ts";
import { admissionBench, oldStamp } from "../helpers/admission-bench.ts";
import { quickest } from "../helpers/quickest.ts";

const mebibyte = 1024 * 1024;

t.test("createAdmissionApp() answers over TLS", async (t) => {
  const bench = await admissionBench(t);
  const app = await testedApp(t, testedHandler(bench.mutate));
  t.equal(admissionPath, webhookPath, "where the webhook configuration says");
  const made = await app.post(review({ object: deployment() }));
  t.equal(made.status, 200);
  t.match(readAnswer(made.body), { allowed: true, patch: [{ op: "add" }] });
  const other = await app.post(review({ object: deployment() }), { contentType: "text/plain" });
  t.match(readAnswer(other.body), { allowed: true, patch: [{ op: "add" }] }, "whatever the content type");
  const broken = await app.post("{");
  t.match(broken, { status: 200 }, "also a body that is not JSON");
  t.match(readAnswer(broken.body), { uid: "", allowed: true, warnings: [/not JSON/] });
  t.same(await app.post("", { path: "/elsewhere" }).then(({ status, body }) => ({ status, body })), {
    status: 404,
    body: '{"error":"Not Found"}',
  });
  t.equal(app.app.server.keepAliveTimeout, 120_000, "keeps idle connections longer than the API server");
});

t.test("createAdmissionApp() takes reviews of 8 MiB", async (t) => {
  const bench = await admissionBench(t);
  bench.cluster.answers.clear();
  bench.cluster.fallback = "hang";
  const app = await testedApp(t, testedHandler(bench.mutate, { timeoutMs: 300 }));
  const args = Array.from({ length: 3.4 * 1024 }, () => "x".repeat(1024));
  const spec = (image: string) => ({
    containers: [{ name: "app", image, args, envFrom: [{ secretRef: { name: "db" } }] }],
  });
  const stored = deployment({ spec: spec("cart:1"), stamp: oldStamp });
  const same = review({ object: deployment({ spec: spec("cart:1") }), oldObject: stored });
  t.ok(same.length > 6.5 * mebibyte);
  const carried = await app.post(same);
  t.match(
    readAnswer(carried.body),
    { allowed: true, patch: [{ value: { [stampAnnotation]: oldStamp } }] },
    "carries the stamp forward",
  );
  const update = review({ object: deployment({ spec: spec("cart:2") }), oldObject: stored });
  const { result: changed, ms } = await quickest(1_000, () => app.post(update));
  t.match(
    readAnswer(changed.body),
    { allowed: true, patch: [{ value: { [stampAnnotation]: oldStamp } }], warnings: [/./] },
    "keeps it where nothing can be read",
  );
  t.ok(ms < 1_000, `within the API server's patience: ${Math.round(ms)} ms`);
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const large = await app.post("x".repeat(8 * mebibyte + 1), { agent }).catch((error: unknown) => error);
  t.match(large, { status: 413, body: '{"error":"Payload Too Large"}' }, "beyond: 413");
  t.equal((await app.post(review({ object: deployment() }))).status, 200, "and goes on");
});

t.test("createAdmissionApp() tells nothing of an error", async (t) => {
  const bench = await admissionBench(t);
  const { log, metrics } = testedHandler(bench.mutate);
  const handle = async () => {
    throw new Error("the password is hunter2");
  };
  const app = await testedApp(t, { handle, log, metrics });
  const answer = await app.post(review());
  t.match(answer, { status: 500, body: '{"error":"Internal Server Error"}' });
  t.match(log.lines, [{ level: "error", message: "Cannot answer a request" }]);
});
