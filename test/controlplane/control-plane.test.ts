import { existsSync } from "node:fs";
import t from "tap";
import { readAuditLog } from "./audit-log.ts";
import { startControlPlane } from "./control-plane.ts";
import { kubeClient } from "./kube.ts";

t.setTimeout(180_000);

const configMap = (name: string, data: object) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data,
});

t.test("startControlPlane() gives two planes at once that know nothing of each other", async (t) => {
  const [one, two] = await Promise.all([startControlPlane(), startControlPlane()]);
  t.teardown(() => Promise.all([one.stop(), two.stop()]));
  t.not(one.url, two.url);
  await kubeClient(one).create(configMap("only-in-one", {}));
  t.equal(await kubeClient(two).find(configMap("only-in-one", {})), undefined);
  const stranger = kubeClient({ ...two, connection: { ...two.connection, token: one.adminToken } });
  t.equal((await stranger.raw("/api/v1/nodes")).status, 401, "the token of one is worth nothing at the other");
});

t.test("stop() leaves no folder and may be called twice", async (t) => {
  const plane = await startControlPlane();
  t.ok(existsSync(plane.dir));
  await Promise.all([plane.stop(), plane.stop()]);
  await plane.stop();
  t.notOk(existsSync(plane.dir));
});

t.test("kubeClient() calls the API by object, by path and as another user", async (t) => {
  const plane = await startControlPlane({ audit: true });
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);

  const made = await kube.create(configMap("a", { x: "1" }));
  t.match(await kube.get("/api/v1/namespaces/default/configmaps/a"), { metadata: { uid: made.metadata.uid ?? "" } });
  t.match(await kube.patch(made, { data: { y: "2" } }), { data: { x: "1", y: "2" } });
  t.match(await kube.patch(made, [{ op: "remove", path: "/data/x" }], { type: "json" }), { data: { y: "2" } });
  t.match(await kube.replace({ ...made, metadata: { name: "a" } }), { data: { x: "1" } });
  const applied = await kube.apply(configMap("a", { z: "3" }), { fieldManager: "somebody" });
  t.match(JSON.stringify(applied.metadata["managedFields"]), "somebody");
  t.match(await kube.list({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" }), [
    { metadata: { name: "a" } },
  ]);
  await t.rejects(kube.create(configMap("a", {})), /409 AlreadyExists/);
  await kube.delete(made);
  await kube.delete(made);
  await t.rejects(kube.get(made), /404 NotFound/);

  await kube.applyYaml(
    [
      "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
      "{apiVersion: v1, kind: ServiceAccount, metadata: {name: cart, namespace: shop}}",
    ].join("\n---\n"),
  );
  const cart = kube.as(await kube.createToken("shop", "cart"));
  await t.rejects(cart.list("/api/v1/secrets"), /403 Forbidden/);
  t.match(await cart.kubectl(["auth", "whoami", "-o", "name"]).catch(String), /selfsubjectreview|shop/);
  await t.rejects(cart.kubectl(["get", "secrets"]), /"kubectl get secrets" failed \(code 1\): .*forbidden/);

  const entries = readAuditLog(plane.auditLog ?? "");
  const denied = entries.find(({ user, status }) => user === "system:serviceaccount:shop:cart" && status === 403);
  t.match(denied, { verb: "list", group: "", resource: "secrets", userAgent: "restamp-test", path: "/api/v1/secrets" });
});

t.test("restartApiServer() comes back at the same address with the same data", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);
  const before = await kube.create(configMap("kept", { a: "1" }));

  await plane.stopApiServer({ signal: "SIGKILL" });
  await t.rejects(kube.get(before), /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up/);
  await plane.startApiServer();
  t.match(await kube.get(before), { metadata: { resourceVersion: before.metadata.resourceVersion ?? "" } });

  await plane.restartApiServer();
  t.match(await kube.get(before), { data: { a: "1" } });
  t.match(await plane.apiServerMetrics(), /^apiserver_request_total\{/m);

  await plane.restartEtcd({ signal: "SIGKILL" });
  await kube.waitFor(before, () => true);
});

t.test("expireWatches() makes a watch from an older resourceVersion fail with 410", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);
  const { metadata } = await kube.create(configMap("first", {}));
  const watch = `/api/v1/configmaps?watch=1&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
  t.equal((await kube.raw(watch)).status, 200);
  await plane.expireWatches();
  const { status, body } = await kube.raw(watch);
  t.match(status === 200 ? JSON.parse(body).object : JSON.parse(body), { code: 410 });
});

t.test("compactEtcd() expires watches at once where the API server has no watch cache", async (t) => {
  const plane = await startControlPlane({ apiServerArgs: ["--watch-cache=false"] });
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);
  const { metadata } = await kube.create(configMap("first", {}));
  await plane.compactEtcd();
  const watch = `/api/v1/configmaps?watch=1&timeoutSeconds=5&resourceVersion=${metadata.resourceVersion}`;
  const { body } = await kube.raw(watch);
  t.match(body, /"code":410/);
});

t.test("startControlPlane() connects to the cluster of RESTAMP_TEST_KUBECONFIG and leaves it running", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  process.env["RESTAMP_TEST_KUBECONFIG"] = plane.kubeconfig;
  t.teardown(() => {
    delete process.env["RESTAMP_TEST_KUBECONFIG"];
  });
  const named = await startControlPlane({ kwok: { nodes: 1 } });
  t.equal(named.owned, false);
  await kubeClient(named).create(configMap("from-outside", {}));
  await t.rejects(named.restartApiServer(), /Cannot restart the API server: .* not the tests' own/);
  await t.rejects(startControlPlane({ certManager: true }), /does not serve "cert-manager.io": install it/);
  await named.stop();
  t.ok(await kubeClient(plane).find(configMap("from-outside", {})));
});

t.test("startControlPlane() tells why a part ended and leaves nothing", async (t) => {
  await t.rejects(startControlPlane({ apiServerArgs: ["--no-such-flag"] }), /kube-apiserver.*unknown flag/s);
});
