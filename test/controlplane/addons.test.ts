import t from "tap";
import { startControlPlane } from "./control-plane.ts";
import { type KubeObject, kubeClient } from "./kube.ts";

t.setTimeout(180_000);

const plane = await startControlPlane({ kwok: { nodes: 2 }, certManager: true, argoRollouts: true, helm: true });
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const namespace = "default";

const template = {
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image: "registry.example/web:1" }] },
};

function condition(object: KubeObject, type: string): string | undefined {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.find((row) => row.type === type)?.status;
}

t.test("startControlPlane() with kwok makes the pods of a Deployment Ready", async (t) => {
  const deployment = await kube.create({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace },
    spec: { replicas: 3, selector: { matchLabels: template.metadata.labels }, template },
  });
  await kube.waitFor(deployment, (object) => (object["status"] as { readyReplicas?: number }).readyReplicas === 3);
  const pods = await kube.list({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector: "app=web" });
  t.same(
    pods.map((pod) => condition(pod, "Ready")),
    ["True", "True", "True"],
  );
});

t.test("startControlPlane() with certManager issues a certificate and injects its CA", async (t) => {
  const names = ["web.default.svc"];
  await kube.applyYaml(`
{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: self, namespace: default}, spec: {selfSigned: {}}}
---
{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: web, namespace: default},
 spec: {secretName: web-tls, dnsNames: ${JSON.stringify(names)}, issuerRef: {name: self, kind: Issuer}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: web, annotations: {cert-manager.io/inject-ca-from: default/web}}
webhooks:
- {name: web.example.com, sideEffects: None, admissionReviewVersions: [v1], failurePolicy: Ignore, rules: [],
   clientConfig: {service: {name: web, namespace: default}}}
`);
  const certificate = { apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata: { name: "web", namespace } };
  await kube.waitFor(certificate, (object) => condition(object, "Ready") === "True");
  const secret = await kube.get<{ data: Record<string, string> }>("/api/v1/namespaces/default/secrets/web-tls");
  const webhook = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/web";
  type Configuration = { webhooks: { clientConfig: { caBundle?: string } }[] };
  const injected = await kube.waitFor<Configuration>(webhook, (object) => !!object.webhooks[0]?.clientConfig.caBundle);
  t.equal(injected.webhooks[0]?.clientConfig.caBundle, secret.data["ca.crt"]);
});

t.test("startControlPlane() with argoRollouts rolls out a Rollout", async (t) => {
  const rollout = await kube.create({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name: "canary", namespace },
    spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, strategy: { canary: {} }, template },
  });
  const healthy = await kube.waitFor(
    rollout,
    (object) => (object["status"] as { phase?: string })?.phase === "Healthy",
  );
  t.match(healthy["status"], { readyReplicas: 1 });
});

t.test("startControlPlane() with helm provides it", async (t) => {
  const program = { name: "helm", command: plane.binaries["helm"] ?? "", args: ["version", "--short"] };
  const helm = await plane.run(program);
  t.same(await helm.exited(), { code: 0, signal: null });
});
