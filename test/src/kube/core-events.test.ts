import t from "tap";
import type { EventNote } from "../../../src/core/ports.ts";
import { createApiClient } from "../../../src/kube/client.ts";
import { createCoreEvents } from "../../../src/kube/core-events.ts";
import { createEventRecorder } from "../../../src/kube/event-recorder.ts";
import { watchPermissions } from "../../../src/kube/permissions.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../../controlplane/kube.ts";
import { planeAccess } from "../../helpers/plane-access.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const role = (apiGroups: readonly string[]) =>
  kube.applyYaml(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: events}
rules: [{apiGroups: ${JSON.stringify(apiGroups)}, resources: [events], verbs: [create, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: events}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: events}
subjects: [{kind: ServiceAccount, name: writer, namespace: default}]`);
await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "writer", namespace: "default" } });
const access = planeAccess(plane, await kube.createToken("default", "writer"));
const quiet = createApiClient({ access }, { component: "test", version: "0" });
t.teardown(() => quiet.close());
const clock = { now: () => Date.now() };
const permissions = watchPermissions({ api: quiet, clock });
const api = createCoreEvents({ api: permissions.api, quiet });
const recorder = createEventRecorder(
  { api, log: createRecordingLog() },
  { component: "controller", instance: "pod-1", retryMs: 5, seriesWriteMs: 0 },
);

const note = (name: string): EventNote => ({
  regarding: { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name, uid: `u-${name}` },
  related: { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "app" },
  type: "Warning",
  reason: "Restamped",
  note: 'ConfigMap "app" changed',
});

async function events(name: string): Promise<readonly KubeObject[]> {
  const all = await kube.list<KubeObject>("/apis/events.k8s.io/v1/namespaces/default/events");
  return all.filter(({ regarding }) => (regarding as { name: string }).name === name);
}

t.test("createCoreEvents() reports the right that is missing where both ways are refused", async (t) => {
  recorder.record(note("refused"));
  await recorder.flush(5_000);
  t.same(permissions.missing(), ['grant "create" on "events.events.k8s.io" in namespace "default"']);
  t.same(await events("refused"), []);
});

t.test("createCoreEvents() clears that when it is granted", async (t) => {
  await role(["events.k8s.io"]);
  let round = 0;
  const isWritten = async (): Promise<boolean> => {
    recorder.record(note(`granted-${round++}`));
    await recorder.flush(5_000);
    return permissions.missing().length === 0;
  };
  await waitFor(isWritten, { describe: "an Event to be written" });
  t.equal((await events(`granted-${round - 1}`)).length, 1);
});

t.test("createCoreEvents() writes the same Events with the right on the core group alone", async (t) => {
  await role([""]);
  const other = createCoreEvents({ api: permissions.api, quiet });
  const old = createEventRecorder(
    { api: other, log: createRecordingLog() },
    { component: "controller", instance: "pod-1", retryMs: 5, seriesWriteMs: 0 },
  );
  for (let round = 0; round < 3; round++) old.record(note("core"));
  await old.flush(5_000);
  const { regarding, related, type, reason, note: text } = note("core");
  t.match(await events("core"), [
    {
      ...{ regarding, related, type, reason, note: text },
      reportingController: "restamp.dev/controller",
      reportingInstance: "pod-1",
      series: { count: 3 },
    },
  ]);
  t.same(permissions.missing(), []);
});
