import type { ApiClient } from "../../src/core/ports.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { createClusterAccess } from "../../src/kube/kube-config.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, kubeClient } from "../controlplane/kube.ts";

/** A control plane on which the self-managed certificate can be tried, with no more rights than it needs. */
export interface CertificatePlane {
  /** All rights, to look and to disturb. */
  readonly kube: Kube;
  /** The rights of the controller's role for the certificate only. */
  readonly api: ApiClient;
  readonly namespace: string;
  /** The Secret, for `kube.get()`. */
  readonly secret: KubeObject;
  /** The MutatingWebhookConfiguration, for `kube.get()`. */
  readonly configuration: KubeObject;
  stop(): Promise<void>;
}

/** What of a MutatingWebhookConfiguration the tests look at. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[];
}

const namespace = "restamp-certificates";
const name = "restamp-certificates";

/** Starts it. Neither the Secret nor the configuration is there yet. */
export async function startCertificatePlane(): Promise<CertificatePlane> {
  const plane = await startControlPlane();
  const kube = kubeClient(plane);
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of accessObjects()) await kube.apply(object);
  const kubeconfig = kube.kubeconfigFor(await kube.createToken(namespace, name));
  const access = createClusterAccess({ kubeconfig }, { clock: Date });
  const client = createApiClient({ access }, { component: "test", version: "0" });
  return {
    kube,
    api: client,
    namespace,
    secret: { apiVersion: "v1", kind: "Secret", metadata: { name: "restamp-webhook-tls", namespace } },
    configuration: { ...registration, kind: "MutatingWebhookConfiguration", metadata: { name } },
    async stop() {
      await client.close();
      await plane.stop();
    },
  };
}

/** A configuration of two entries; the first one sees new ConfigMaps of the namespace and fails closed. */
export function webhookConfiguration(port: number, clientConfig: object = {}): KubeObject {
  const service = { namespace, name: "hook", port, path: "/mutate" };
  const entry = (title: string, kubernetesNamespace: string) => ({
    name: `${title}.restamp.dev`,
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    failurePolicy: "Fail",
    timeoutSeconds: 5,
    clientConfig: { service, ...clientConfig },
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": kubernetesNamespace } },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
  });
  const webhooks = [entry("first", namespace), entry("second", "nowhere")];
  return { ...registration, kind: "MutatingWebhookConfiguration", metadata: { name }, webhooks };
}

const registration = { apiVersion: "admissionregistration.k8s.io/v1" };
const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };

function accessObjects(): KubeObject[] {
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const apiGroup = "rbac.authorization.k8s.io";
  const role = { ...rbac, kind: "Role", metadata: { name, namespace } };
  const clusterRole = { ...rbac, kind: "ClusterRole", metadata: { name } };
  const group = "admissionregistration.k8s.io";
  const secretRules = [
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["restamp-webhook-tls"], verbs: ["get", "patch"] },
  ];
  const resources = ["mutatingwebhookconfigurations"];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
    { ...role, rules: secretRules },
    { ...role, kind: "RoleBinding", subjects, roleRef: { apiGroup, kind: "Role", name } },
    { ...clusterRole, rules: [{ apiGroups: [group], resources, resourceNames: [name], verbs: ["get", "patch"] }] },
    { ...clusterRole, kind: "ClusterRoleBinding", subjects, roleRef: { apiGroup, kind: "ClusterRole", name } },
  ];
}

/** A text that an object holds in base64. */
export function decode(text: string | undefined): string {
  return Buffer.from(text ?? "", "base64").toString();
}
