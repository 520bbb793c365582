import { X509Certificate } from "node:crypto";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { type Kustomization, kustomize, parseManifests } from "../helpers/kustomize.ts";

// The shipped manifests on a real control plane: admitted, scheduled, with certificates of the real cert-manager.

interface Deployment extends KubeObject {
  status: { availableReplicas?: number };
}
interface WebhookConfiguration extends KubeObject {
  webhooks: { clientConfig: { caBundle?: string } }[];
}
interface Secret extends KubeObject {
  data: Record<string, string>;
}

const plane = await startControlPlane({ kwok: { nodes: 3 }, certManager: true });
const kube = kubeClient(plane);
t.teardown(() => plane.stop());
const skip = plane.owned ? false : "needs a control plane of its own: it would get several installs";

const installs: { title: string; namespace: string; prefix: string; from: Kustomization; certificate: boolean }[] = [
  {
    title: "release",
    namespace: "restamp-system",
    prefix: "",
    from: { resources: ["overlays/release"], components: ["components/high-availability"] },
    certificate: true,
  },
  {
    title: "release, moved into kube-system with a prefix",
    namespace: "kube-system",
    prefix: "acme-",
    from: { resources: ["overlays/existing-namespace"], namespace: "kube-system", namePrefix: "acme-" },
    certificate: true,
  },
  {
    title: "sharded, moved into kube-public with a prefix",
    namespace: "kube-public",
    prefix: "many-",
    from: {
      resources: ["overlays/existing-namespace"],
      components: ["components/sharded"],
      namespace: "kube-public",
      namePrefix: "many-",
    },
    certificate: true,
  },
  {
    title: "self-managed, moved into a restricted namespace with a prefix",
    namespace: "platform",
    prefix: "own-",
    from: { resources: ["overlays/self-managed"], namespace: "platform", namePrefix: "own-" },
    certificate: false,
  },
];

for (const { title, namespace, prefix, from, certificate } of installs) {
  t.test(`install: ${title}`, { skip }, async (t) => {
    const yaml = await kustomize(from);
    await t.test("passes a server-side dry-run", (t) => dryRun(t, yaml));
    await kube.applyYaml(yaml);
    await t.test("is applied again without a change", (t) => applyAgain(t, yaml));
    await t.test("gets its Pods admitted and running", async (t) => {
      for (const { metadata } of parseManifests(yaml).filter(({ kind }) => kind === "Deployment")) {
        const target = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: metadata.name, namespace } };
        const wanted = metadata.name.endsWith("webhook") && title === "release" ? 3 : 2;
        await kube.waitFor<Deployment>(target, ({ status }) => status.availableReplicas === wanted);
        t.pass(`${metadata.name} has ${wanted}`);
      }
    });
    await t.test("has the rights it needs and no others", (t) => checkRights(t, { namespace, prefix }));
    if (certificate)
      await t.test("gets its certificate and caBundle", (t) => checkCertificate(t, { namespace, prefix }));
  });
}

t.test("namespace admits restricted Pods only", { skip }, async (t) => {
  const name = "root";
  const spec = { containers: [{ name, image: "a", securityContext: { privileged: true } }] };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "restamp-system" }, spec };
  await t.rejects(kube.create(pod, { dryRun: "All" }), /403 Forbidden.*PodSecurity "restricted/);
});

t.test("namespace that restamp is moved into keeps its own labels", { skip }, async (t) => {
  const { metadata } = await kube.get("/api/v1/namespaces/kube-system");
  t.notMatch(JSON.stringify(metadata.labels), /pod-security/);
});

/** The Namespace itself is made first: what lies in it cannot be tried without it. */
async function dryRun(t: Test, yaml: string): Promise<void> {
  for (const namespace of parseManifests(yaml).filter(({ kind }) => kind === "Namespace")) await kube.apply(namespace);
  await t.resolves(kube.kubectl(["apply", "--server-side", "--dry-run=server", "-f", "-"], yaml));
}

async function applyAgain(t: Test, yaml: string): Promise<void> {
  const objects = parseManifests(yaml);
  const fixed = objects.filter(({ kind }) => ["Deployment", "Service", "NetworkPolicy"].includes(kind));
  const generations = async () =>
    Promise.all(fixed.map(async (object) => (await kube.get(object)).metadata.generation));
  const before = await generations();
  await kube.applyYaml(yaml);
  t.same(await generations(), before);
}

async function checkRights(t: Test, { namespace, prefix }: { namespace: string; prefix: string }): Promise<void> {
  const accounts = { webhook: `${prefix}restamp-webhook`, controller: `${prefix}restamp-controller` };
  const cases = [
    { who: "webhook", verb: "get", resource: "secrets", in: "shop", allowed: true },
    { who: "webhook", verb: "get", resource: "namespaces", allowed: true },
    { who: "webhook", verb: "list", resource: "secrets", in: "shop", allowed: false },
    { who: "webhook", verb: "create", resource: "secrets", in: namespace, allowed: false },
    { who: "webhook", verb: "patch", group: "apps", resource: "deployments", in: "shop", allowed: false },
    { who: "controller", verb: "patch", group: "apps", resource: "deployments", in: "shop", allowed: true },
    { who: "controller", verb: "patch", group: "batch", resource: "jobs", in: "shop", allowed: false },
    { who: "controller", verb: "create", group: "events.k8s.io", resource: "events", in: "shop", allowed: true },
    { who: "controller", verb: "patch", resource: "secrets", in: namespace, name: "restamp-keys", allowed: true },
    { who: "controller", verb: "patch", resource: "secrets", in: namespace, name: "other", allowed: false },
    { who: "controller", verb: "patch", resource: "secrets", in: "shop", name: "restamp-keys", allowed: false },
    {
      who: "controller",
      verb: "patch",
      resource: "configmaps",
      in: namespace,
      name: "restamp-ledger-15",
      allowed: true,
    },
    { who: "controller", verb: "patch", resource: "configmaps", in: "shop", name: "restamp-ledger-15", allowed: false },
    {
      who: "controller",
      verb: "patch",
      group: "admissionregistration.k8s.io",
      resource: "mutatingwebhookconfigurations",
      name: `${prefix}restamp`,
      allowed: prefix === "own-",
    },
    { who: "controller", verb: "delete", group: "apps", resource: "deployments", in: "shop", allowed: false },
  ] as const;
  for (const { who, verb, resource, allowed, ...more } of cases) {
    const attributes = {
      verb,
      resource,
      group: "group" in more ? more.group : "",
      namespace: "in" in more ? more.in : "",
      name: "name" in more ? more.name : "",
    };
    const review = await kube.raw("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      method: "POST",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user: `system:serviceaccount:${namespace}:${accounts[who]}`, resourceAttributes: attributes },
      },
    });
    t.equal(JSON.parse(review.body).status.allowed, allowed, `${who} ${JSON.stringify(attributes)}`);
  }
}

async function checkCertificate(t: Test, { namespace, prefix }: { namespace: string; prefix: string }): Promise<void> {
  const where = { apiVersion: "v1", kind: "Secret", metadata: { name: "restamp-webhook-tls", namespace } };
  const { data, metadata } = await kube.waitFor<Secret>(where, (secret) => secret.data["tls.crt"] !== undefined);
  const certificate = new X509Certificate(Buffer.from(data["tls.crt"] ?? "", "base64"));
  t.ok(certificate.checkHost(`${prefix}restamp-webhook.${namespace}.svc`), "is for the name the API server calls");
  t.match(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"], "is for servers");
  t.match(metadata.annotations, { "restamp.dev/ignore": "true" });
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${prefix}restamp`;
  const { webhooks } = await kube.waitFor<WebhookConfiguration>(path, (object) =>
    object.webhooks.every(({ clientConfig }) => clientConfig.caBundle),
  );
  for (const { clientConfig } of webhooks) {
    const ca = new X509Certificate(Buffer.from(clientConfig.caBundle ?? "", "base64"));
    t.ok(certificate.verify(ca.publicKey), "is signed by the CA of the webhook configuration");
  }
}
