import { readFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { createApiClient } from "../../../src/kube/client.ts";
import { createClusterAccess } from "../../../src/kube/kube-config.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { kubeClient } from "../../controlplane/kube.ts";
import { createSecretVolume } from "../../helpers/secret-volume.ts";

// A Pod's way to the API server: the files and variables of its ServiceAccount, as the kubelet makes them.

const namespace = "in-cluster";
/** After this long files are read again. */
const maxAgeMs = 10_000;

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
const [first, second] = [await tokenOf("first"), await tokenOf("second")];
const userOf = (account: string): string => `system:serviceaccount:${namespace}:${account}`;

const { hostname, port } = new URL(plane.url);
const service = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port || "443" };
const ca = plane.caFile === undefined ? "" : readFileSync(plane.caFile, "utf8");

/** Of a ServiceAccount of its own, so that it can be told from the others. */
async function tokenOf(account: string): Promise<string> {
  await kube.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: account, namespace } });
  return kube.createToken(namespace, account);
}

/** The folder of a Pod, and what writes its token anew, or takes it away. */
async function mounted(t: Test, token: string) {
  const podRoot = t.testdir({});
  const volume = await createSecretVolume(join(podRoot, "var/run/secrets/kubernetes.io/serviceaccount"));
  const write = (next: string | undefined): Promise<void> =>
    volume.write({ "ca.crt": ca, namespace: `${namespace}\n`, ...(next === undefined ? {} : { token: next }) });
  await write(token);
  return { podRoot, write };
}

t.test("createClusterAccess() in a Pod logs in as its ServiceAccount, and follows its token", async (t) => {
  t.teardown(withEnvironment(service));
  const { podRoot, write } = await mounted(t, first);
  const clock = { at: 1_000_000, now: () => clock.at };
  const access = createClusterAccess({ podRoot, maxAgeMs }, { clock });
  const api = createApiClient({ access }, { component: "test", version: "0" });
  t.teardown(() => api.close());
  const whoAmI = async (): Promise<string> => {
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const answer = await api.request<{ status: { userInfo: { username: string } } }>({ method: "POST", path, body });
    return answer.status.userInfo.username;
  };

  t.equal(access.namespace, namespace);
  t.equal(new URL(access.server).host, new URL(plane.url).host);
  t.equal(await whoAmI(), userOf("first"));

  await write(second);
  t.equal(await whoAmI(), userOf("first"), "the token is not read for each call");
  clock.at += maxAgeMs + 1;
  const before = await access.credentials();
  t.equal(await whoAmI(), userOf("second"), "but after a while");
  t.equal((await access.credentials()).tls, before.tls, "and connections stay open");

  await write("expired");
  clock.at += maxAgeMs + 1;
  await t.rejects(whoAmI(), { code: "unauthorized" });
  await write(first);
  t.equal(await whoAmI(), userOf("first"), "after a 401 it is read at once");
});

t.test("createClusterAccess() in a Pod stays with its ServiceAccount while the token is away", async (t) => {
  t.teardown(withEnvironment({ ...service, KUBECONFIG: plane.kubeconfig }));
  const { podRoot, write } = await mounted(t, first);
  const clock = { at: 1_000_000, now: () => clock.at };
  const access = createClusterAccess({ podRoot, maxAgeMs }, { clock });
  const before = await access.credentials();
  t.equal(before.headers["authorization"], `Bearer ${first}`, "which comes before $KUBECONFIG");
  await write(undefined);
  clock.at += maxAgeMs + 1;
  t.equal(await access.credentials(), before);
  await t.rejects(access.credentials(before), { message: /^Cannot read the credentials of user ".+": ENOENT/ });
  await write(second);
  t.equal((await access.credentials(before)).headers["authorization"], `Bearer ${second}`);
});

t.test("createClusterAccess() in a Pod says what is missing", async (t) => {
  t.teardown(withEnvironment({ KUBERNETES_SERVICE_HOST: undefined, KUBERNETES_SERVICE_PORT: undefined }));
  const { podRoot } = await mounted(t, first);
  t.throws(() => createClusterAccess({ podRoot }, { clock: Date }), {
    message: /^Cannot use the Pod's ServiceAccount: .* is not the URL of an API server$/,
  });
});

/** Sets variables of this process; returns what takes them back. */
function withEnvironment(variables: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (values: typeof variables): void => {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(variables);
  return () => set(before);
}
