import t, { type Test } from "tap";
import { configMaps, type Resource, secrets } from "../../../src/core/object-ref.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { type Kube, kubeClient, waitFor } from "../../controlplane/kube.ts";
import { planeAccess } from "../../helpers/plane-access.ts";
import { startReflector } from "../../helpers/start-reflector.ts";

t.setTimeout(240_000);
t.jobs = 1;

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const access = planeAccess(plane);
const restarts = { skip: plane.owned ? false : "a cluster of the user's is not restarted" };

async function namespace(t: Test, kubeForTest: Kube = kube): Promise<string> {
  const name = t.name
    .replace(/[^a-z0-9]+/gi, "-")
    .toLowerCase()
    .slice(0, 50)
    .replace(/^-|-$/g, "");
  await kubeForTest.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

const secret = (namespace: string, name: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: {
    name,
    namespace,
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "hunter2", "restamp.dev/ignore": "true" },
  },
  stringData: { password: "hunter2" },
});
const configMap = (namespace: string, name: string, data = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});
const modes = [
  { title: "WatchList", options: { watchList: true } },
  { title: "pages", options: { watchList: false, pageSize: 2 } },
];

for (const { title, options } of modes) {
  t.test(`createReflector() syncs and follows by ${title}`, async (t) => {
    const ns = await namespace(t);
    for (const name of ["a", "b", "c", "d", "e"]) await kube.create(secret(ns, name));
    await kube.create({ ...secret(ns, "release"), type: "helm.sh/release.v1" });
    const watched = {
      resource: secrets,
      namespace: ns,
      metadataOnly: true,
      fieldSelector: "type!=helm.sh/release.v1",
    };
    const { reflector, handler, outcomes, stop, done } = startReflector(t, access, { watched, options });
    t.notOk(reflector.hasSynced());
    await waitFor(() => reflector.hasSynced());
    t.same(
      handler.names(),
      ["a", "b", "c", "d", "e"].map((name) => `${ns}/${name}`),
    );

    await kube.patch(secret(ns, "a"), { stringData: { password: "hunter2!" } });
    await kube.delete(secret(ns, "b"));
    await kube.create(secret(ns, "f"));
    await waitFor(() => handler.calls.length === 10);
    t.same(handler.calls.slice(7), [`modified ${ns}/a`, `deleted ${ns}/b`, `added ${ns}/f`]);

    const kept = JSON.stringify([...handler.objects()]);
    t.notMatch(kept, /hunter2|managedFields|last-applied/);
    t.match(kept, /"restamp.dev\/ignore":"true"/);
    t.same(reflector.state(), { resource: "secrets", phase: "synced" });
    const lists = outcomes.filter(({ info }) => info.verb === "list").length;
    t.equal(lists, options.watchList ? 0 : 3);
    stop();
    await done;
  });
}

t.test("createReflector() loses nothing while the API server restarts", restarts, async (t) => {
  const ns = await namespace(t);
  const { reflector, handler } = startReflector(t, access, {
    watched: { resource: configMaps, namespace: ns },
    options: { maxBackoffMs: 500 },
  });
  await waitFor(() => reflector.hasSynced());
  await kube.create(configMap(ns, "before"));
  await waitFor(() => handler.names().includes(`${ns}/before`));
  await plane.stopApiServer({ signal: "SIGKILL" });
  await waitFor(() => reflector.state().failure?.code === "unavailable");
  await plane.startApiServer();
  await kube.create(configMap(ns, "after"));
  await waitFor(() => handler.names().includes(`${ns}/after`));
  await waitFor(() => reflector.state().failure === undefined);
  t.ok(handler.names().includes(`${ns}/before`));
});

t.test("createReflector() lists again when its resourceVersion was compacted away", restarts, async (t) => {
  const ns = await namespace(t);
  await kube.create(configMap(ns, "kept"));
  await kube.create(configMap(ns, "removed"));
  const watched = { resource: configMaps, namespace: ns };
  const { reflector, handler, log } = startReflector(t, access, { watched, options: { maxBackoffMs: 500 } });
  await waitFor(() => reflector.hasSynced());
  // Nothing of what the reflector watches, so that it stays behind.
  for (let i = 0; i < 5; i++) await kube.patch(`/api/v1/namespaces/${ns}`, { metadata: { labels: { round: `${i}` } } });
  await plane.expireWatches();
  await kube.delete(configMap(ns, "removed"));
  await waitFor(() => !handler.names().includes(`${ns}/removed`));
  t.ok(handler.names().includes(`${ns}/kept`));
  await waitFor(() => log.lines.some(({ message }) => message === "Listing again"));
  await waitFor(() => handler.listings() > 1);
});

t.test("createReflector() waits for an API that is not installed, and notices when it goes", async (t) => {
  const watched = {
    resource: { group: "test.restamp.dev", version: "v1", resource: "widgets", kind: "Widget" } satisfies Resource,
  };
  const { reflector, handler } = startReflector(t, access, { watched, options: { absentPollMs: 200 } });
  await waitFor(() => reflector.hasSynced());
  t.same(reflector.state(), { resource: "widgets.test.restamp.dev", phase: "absent" });
  t.same(handler.calls, ["listing", "listed"]);

  await kube.applyYaml(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.test.restamp.dev}
spec:
  group: test.restamp.dev
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]`);
  await waitFor(() => reflector.state().phase === "synced");
  const widget = JSON.stringify({
    apiVersion: "test.restamp.dev/v1",
    kind: "Widget",
    metadata: { name: "w", namespace: "default" },
  });
  await kube.kubectl(["create", "-f", "-"], widget);
  await waitFor(() => handler.names().includes("default/w"));

  await kube.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.test.restamp.dev");
  await waitFor(() => reflector.state().phase === "absent");
  t.same(handler.names(), []);
});

t.test("createReflector() does not take 404 for an empty list of a built-in resource", async (t) => {
  const watched = { resource: { group: "apps", version: "v99", resource: "deployments", kind: "Deployment" } };
  const { reflector, handler } = startReflector(t, access, { watched });
  await waitFor(() => reflector.state().failure?.code === "not-found");
  t.notOk(reflector.hasSynced());
  t.same(handler.calls, []);
});

t.test("createReflector() says which verb on which resource is missing, and goes on when it is granted", async (t) => {
  const ns = await namespace(t);
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace: ns } });
  const token = await kube.createToken(ns, "reader");
  const limited = planeAccess(plane, token);
  const watched = { resource: secrets, metadataOnly: true };
  const options = { maxBackoffMs: 200, pollIntervalMs: 200 };
  const one = startReflector(t, limited, { watched, options });
  const paged = startReflector(t, limited, { watched, options: { ...options, watchList: false } });
  await waitFor(() => one.reflector.state().failure && paged.reflector.state().failure);
  t.match(paged.reflector.state().failure, {
    message: 'Cannot list secrets: forbidden, grant "list" on "secrets"',
    code: "forbidden",
    missingVerbs: ["list"],
  });
  t.match(one.reflector.state().failure, {
    message: 'Cannot list secrets: forbidden, grant "list" and "watch" on "secrets"',
    missingVerbs: ["list", "watch"],
  });

  const role = (verbs: readonly string[]) =>
    kube.applyYaml(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${ns}}
rules: [{apiGroups: [""], resources: [secrets], verbs: ${JSON.stringify(verbs)}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${ns}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${ns}}
subjects: [{kind: ServiceAccount, name: reader, namespace: ${ns}}]`);
  await role(["list"]);
  await waitFor(() => one.reflector.hasSynced() && paged.reflector.hasSynced());
  for (const { reflector } of [one, paged]) {
    await waitFor(() => reflector.state().polling);
    t.match(reflector.state(), {
      phase: "synced",
      failure: undefined,
      polling: {
        message:
          /^Cannot watch secrets: forbidden, so all of them are listed every 200ms: .*; grant "watch" on "secrets"$/,
      },
    });
  }
  await role(["list", "watch"]);
  await waitFor(() => !one.reflector.state().polling && !paged.reflector.state().polling);
});
