import t from "tap";
import { createJobManifests, manifestName } from "../../../controller/actions/job-manifests.ts";
import { waitFor } from "../../controlplane/kube.ts";
import { openActionsBench } from "../../helpers/actions-bench.ts";

const bench = await openActionsBench({});
const { kube, api, signal } = bench;
const namespace = await bench.namespace("restamp-system");
const manifests = createJobManifests(api, { namespace });
const secret = (uid: string) => `/api/v1/namespaces/${namespace}/secrets/${manifestName(uid)}`;
const job = (name: string) => ({ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace: "shop" } });

t.test("a manifest is a Secret with labels, and can be applied as it is", async (t) => {
  await manifests.store({ uid: "u1", job: job("one") }, { signal });
  const stored = await kube.get<{ metadata: object; type: string; data: Record<string, string> }>(secret("u1"));
  t.match(stored, {
    metadata: { labels: { "app.kubernetes.io/name": "restamp", "app.kubernetes.io/component": "job-manifest" } },
    type: "restamp.dev/job-manifest",
  });
  t.strictSame(JSON.parse(Buffer.from(stored.data["job.json"] ?? "", "base64").toString()), job("one"));
});

t.test("what is stored is listed, the latest of each Job, and removed once", async (t) => {
  await manifests.store({ uid: "u1", job: job("later") }, { signal });
  await manifests.store({ uid: "u2", job: job("two") }, { signal });
  await kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "another", namespace } });
  const listed = await manifests.list(signal);
  t.strictSame(
    listed.map(({ manifest }) => manifest),
    [
      { uid: "u1", job: job("later") },
      { uid: "u2", job: job("two") },
    ],
  );
  t.ok(listed.every(({ storedAt }) => Math.abs(storedAt - Date.now()) < 60_000));
  await manifests.remove(manifestName("u1"), { signal });
  await manifests.remove(manifestName("u1"), { signal });
  t.strictSame(
    (await manifests.list(signal)).map(({ secret }) => secret),
    [manifestName("u2")],
  );
});

t.test("create, list and delete of Secrets in restamp's namespace are the rights it needs", async (t) => {
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "restamp", namespace } });
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "restamp", namespace } };
  const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["create", "list", "delete"] }];
  await kube.create({ ...rbac, kind: "Role", rules });
  await kube.create({
    ...rbac,
    kind: "RoleBinding",
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "restamp" },
    subjects: [{ kind: "ServiceAccount", name: "restamp", namespace }],
  });
  const own = createJobManifests(bench.apiAs(await kube.createToken(namespace, "restamp")), { namespace });
  await waitFor(async () => (await own.list(signal)).length === 1, { describe: "the rights" });
  await own.store({ uid: "u2", job: job("by itself") }, { signal });
  t.match(await own.list(signal), [{ manifest: { job: job("by itself") } }]);
  await own.remove(manifestName("u2"), { signal });
  t.strictSame(await own.list(signal), []);
});
