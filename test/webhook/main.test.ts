import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { accepts, startWebhookProcess } from "../helpers/webhook-process.ts";

t.setTimeout(180_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());

t.test("runWebhook() waits for a certificate and a digest key", async (t) => {
  const hook = await startWebhookProcess(plane, { keys: false, certificate: false });
  const waiting = await hook.ops("/readyz");
  t.equal(waiting.status, 503);
  t.match(waiting.body, /\[-\]certificate failed: no certificate yet: waiting for .*tls.crt/);
  t.match(waiting.body, /\[-\]digest-keys failed: no digest key yet/);
  t.equal((await hook.ops("/livez")).status, 200, "which is no reason to restart it");
  t.notOk(await accepts(hook.port), "listens only with a certificate");

  await hook.provideCertificate();
  await waitFor(() => accepts(hook.port), { describe: "the port" });
  const keyless = await hook.ops("/readyz");
  t.match(keyless.body, "[+]certificate ok");
  t.match(keyless.body, "[-]digest-keys failed");
  t.match((await hook.ops("/metrics")).body, /restamp_certificate_expiry_timestamp_seconds [1-9]/);

  await hook.provideKeys();
  await waitFor(async () => (await hook.ops("/readyz")).status === 200, { describe: "readiness" });
  t.match((await hook.ops("/metrics")).body, /restamp_api_requests_total\{verb="get",code="2xx"\} [1-9]/);
  await hook.running.stop({ graceMs: 15_000 });
  t.same(hook.running.exit(), { code: 0, signal: null });
});

t.test("runWebhook() answers without access to the API server", async (t) => {
  const hook = await startWebhookProcess(plane);
  await hook.register();
  const { kube } = hook;
  await kube.apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { "restamp.dev/enabled": "true" } },
  });
  const target = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "cart", namespace: "shop" } };
  const body = (image: string) => ({
    ...target,
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "cart" } },
      template: {
        metadata: { labels: { app: "cart" } },
        spec: { containers: [{ name: "app", image, envFrom: [{ configMapRef: { name: "c", optional: true } }] }] },
      },
    },
  });
  const stamped = async () =>
    /restamp.dev\/stamp/.test(JSON.stringify(await kube.create(body("a"), { dryRun: "All" })));
  await waitFor(stamped, { describe: "the webhook to be called" });
  const before = await kube.create(body("a"));
  await kube.delete({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "restamp-webhook" },
  });
  const denied = async () => {
    const answer = await kube.raw("/apis/apps/v1/namespaces/shop/deployments/cart?dryRun=All", {
      method: "PUT",
      body: body("b"),
    });
    return String(answer.headers["warning"]).includes("restamp: could not read the Namespace") && answer;
  };
  const answer = await waitFor(denied, { describe: "the loss of all rights" });
  t.equal(answer.status, 200, "the change goes through");
  const stamp = /"restamp.dev\/stamp":"[^"]*"/;
  t.equal(stamp.exec(answer.body)?.[0], stamp.exec(JSON.stringify(before))?.[0], "with the stored stamp");
  const told = await hook.ops("/readyz?verbose");
  t.equal(told.status, 200, "other reviews go on");
  t.match(told.body, /^\[\+\]permissions ok: .*grant "get" on "namespaces"/m, "it says what is missing");
  await hook.running.stop({ graceMs: 15_000 });
});
