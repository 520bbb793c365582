import t from "tap";
import { metaInfoConfigMap, publishMetaInfo } from "../../controller/meta-info.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { defaultOptions } from "../../src/options/load.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient, waitFor } from "../controlplane/kube.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

t.setTimeout(180_000);
t.jobs = 1;

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
t.teardown(() => api.close());
const rbac = "rbac.authorization.k8s.io";
const path = "/api/v1/namespaces/default/configmaps/reloader-meta-info";
const signal = new AbortController().signal;

interface Stored {
  readonly metadata: { readonly labels: Record<string, string>; readonly resourceVersion: string };
  readonly data: Readonly<Record<"buildInfo" | "reloaderOptions" | "deploymentInfo", string>>;
}

const info = {
  namespace: "default",
  deployment: "reloader",
  version: "1.2.3",
  options: defaultOptions("reloader", {
    namespaceSelector: "team=shop",
    namespacesToIgnore: ["kube-system"],
    webhookUrl: "https://hooks.example/in/the-token?key=the-key",
    alertUrl: "https://alerts.example/the-alert-token",
    alertProxy: "http://user:the-password@proxy.example",
  }),
};

t.test("publishMetaInfo() creates the ConfigMap with what Reloader tells", async (t) => {
  const log = createRecordingLog();
  await publishMetaInfo({ api, log }, info, signal);
  const { metadata, data } = await kube.get<Stored>(path);
  t.strictSame(metadata.labels, { "reloader.stakater.com/meta-info": "reloader" });
  t.strictSame(Object.keys(data).sort(), ["buildInfo", "deploymentInfo", "reloaderOptions"]);
  t.match(JSON.parse(data.buildInfo), { releaseVersion: "1.2.3", commitTime: "0001-01-01T00:00:00Z" });
  t.strictSame(JSON.parse(data.deploymentInfo), { name: "reloader", namespace: "default" });
  t.match(JSON.parse(data.reloaderOptions), {
    reloadStrategy: "env-vars",
    reloaderAutoAnnotation: "reloader.stakater.com/auto",
    enableHA: false,
    isArgoRollouts: false,
    reloadOnCreate: false,
    namespaceSelectors: ["team=shop"],
    resourceSelectors: [],
    namespacesToIgnore: ["kube-system"],
    webhookUrl: "https://hooks.example",
  });
  t.strictSame(log.lines, []);
});

t.test("publishMetaInfo() brings one that exists up to date", async (t) => {
  await publishMetaInfo({ api, log: createRecordingLog() }, { ...info, version: "1.2.4" }, signal);
  const { data } = await kube.get<Stored>(path);
  t.match(JSON.parse(data.buildInfo), { releaseVersion: "1.2.4" });
});

for (const [whose, verbs] of [
  ["Reloader's", ["create", "get", "update"]],
  ["restamp's", ["create", "get", "patch"]],
] as const) {
  t.test(`publishMetaInfo() gets along with ${whose} role`, async (t) => {
    const name = `only-${verbs.at(-1)}`;
    const metadata = { name, namespace: "default" };
    await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs }];
    await kube.create({ apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules });
    const subjects = [{ kind: "ServiceAccount", name, namespace: "default" }];
    const roleRef = { apiGroup: rbac, kind: "Role", name };
    await kube.create({ apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, subjects, roleRef });
    const access = planeAccess(plane, await kube.createToken("default", name));
    const limited = createApiClient({ access }, { component: "test", version: "0" });
    t.teardown(() => limited.close());
    const version = `2-${name}`;
    const written = async (): Promise<boolean> => {
      await publishMetaInfo({ api: limited, log: createRecordingLog() }, { ...info, version }, signal);
      return (await kube.get<Stored>(path)).data.buildInfo.includes(version);
    };
    // The API server's authorizer learns of a new role a moment later.
    await waitFor(written, { describe: () => `${path} has ${version}`, timeoutMs: 30_000 });
  });
}

t.test("publishMetaInfo() tells nothing that opens a door", async (t) => {
  const { data } = await kube.get<Stored>(path);
  t.notMatch(JSON.stringify(data), /the-(alert-)?(token|key|password)/);
  t.notMatch(JSON.stringify(metaInfoConfigMap(info)), /alerts\.example|proxy\.example/);
});

t.test("publishMetaInfo() warns once where it cannot", async (t) => {
  const log = createRecordingLog();
  await publishMetaInfo({ api, log }, { ...info, namespace: "nowhere" }, signal);
  t.equal(log.lines.length, 1);
  t.match(JSON.stringify(log.lines), /Cannot write ConfigMap .*reloader-meta-info.* going on without it/);
});
