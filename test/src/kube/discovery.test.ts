import t from "tap";
import { createApiClient } from "../../../src/kube/client.ts";
import { isServed } from "../../../src/kube/discovery.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { kubeClient, waitFor } from "../../controlplane/kube.ts";
import { planeAccess } from "../../helpers/plane-access.ts";
import { startReflector } from "../../helpers/start-reflector.ts";

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace: "default" } });
// Whoever is known to the API server may ask what it serves, and this one may do nothing else.
const access = planeAccess(plane, await kube.createToken("default", "nobody"));
const widgets = { group: "test.restamp.dev", version: "v1", resource: "widgets", kind: "Widget" };

t.test("isServed() tells what exists from what does not, without any right on it", async (t) => {
  const api = createApiClient({ access }, { component: "test", version: "0" });
  t.teardown(() => api.close());
  const cases = [
    { group: "apps", version: "v1", resource: "deployments", want: true },
    { group: "apps", version: "v1", resource: "widgets", want: false },
    { group: "apps", version: "v9", resource: "deployments", want: false },
    { ...widgets, want: false },
  ];
  for (const { want, ...resource } of cases) {
    const served = await isServed(api, { kind: "", ...resource }, AbortSignal.timeout(5_000));
    t.equal(served, want, `${resource.resource} of ${resource.group}/${resource.version}`);
  }
});

t.test("createReflector() asks for no rights on an API that is not installed", async (t) => {
  const options = { maxBackoffMs: 100, absentPollMs: 100 };
  const { reflector, handler } = startReflector(t, access, { watched: { resource: widgets }, options });
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
  await waitFor(() => reflector.state().failure?.code === "forbidden");
  t.match(reflector.state().failure, { missingVerbs: ["list", "watch"] });
});
