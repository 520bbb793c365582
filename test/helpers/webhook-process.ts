import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import { digestKeyData, makeDigestKey } from "../../src/core/digest-keys.ts";
import { workloadKinds } from "../../src/core/workload-kinds.ts";
import { webhookConfiguration, webhookPath } from "../../src/manifests/webhook-configuration.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { type Kube, type KubeObject, kubeClient } from "../controlplane/kube.ts";
import type { Running } from "../controlplane/supervisor.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { createSecretVolume } from "./secret-volume.ts";

/** `bin/restamp webhook` as a process with a ServiceAccount's rights, called by the API server of a plane. */
export interface WebhookProcess {
  readonly kube: Kube;
  /** Of admission reviews. */
  readonly port: number;
  /** Body and status of a path of the ops server. */
  ops(path: string): Promise<{ readonly status: number; readonly body: string }>;
  /** All log lines so far. */
  lines(): Promise<string>;
  readonly running: Running;
  /** Registers the webhook with the API server. */
  register(): Promise<void>;
}

const namespace = "restamp-system";
const account = { name: "restamp-webhook", namespace };
const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };

/** Starts it; it is ready, but not registered. Without `keys` it never becomes ready, and is not waited for. */
export async function startWebhookProcess(
  plane: ControlPlane,
  options: { readonly keys: boolean; readonly args?: readonly string[] } = { keys: true },
): Promise<WebhookProcess> {
  const kube = kubeClient(plane);
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of accessObjects()) await kube.apply(object);
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "restamp-keys", namespace } };
  if (options.keys) await kube.apply({ ...secret, data: digestKeyData([makeDigestKey(Date.now())]) });
  const lifetime = { now: Date.now(), validityMs: 86_400_000 };
  const authority = await createAuthority(lifetime);
  const pair = await issueServingCertificate(authority, { ...lifetime, names: ["localhost"] });
  const volume = await createSecretVolume(mkdtempSync(join(plane.dir, "tls-")));
  await volume.write({ "tls.crt": pair.cert, "tls.key": pair.key });
  const kubeconfig = kube.kubeconfigFor(await kube.createToken(namespace, account.name));
  const [port, opsPort] = [await freePort(), await freePort()];
  const bin = fileURLToPath(new URL("../../bin/restamp", import.meta.url));
  const running = await plane.run({
    name: `webhook-${port}`,
    command: process.execPath,
    args: [
      ...[bin, "webhook", "--kubeconfig", kubeconfig, "--namespace", namespace, "--log-level", "debug"],
      ...["--webhook-address", `127.0.0.1:${port}`, "--ops-address", `127.0.0.1:${opsPort}`, "--drain", "1500ms"],
      ...["--tls-cert-file", join(volume.folder, "tls.crt"), "--tls-key-file", join(volume.folder, "tls.key")],
      ...(options.args ?? []),
    ],
  });
  const ops = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${opsPort}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const ready = async () => {
    const answer = await ops("/readyz").catch(() => undefined);
    return answer !== undefined && (answer.status === 200 || !options.keys);
  };
  await waitFor(ready, { describe: "the webhook's readiness", timeoutMs: 30_000 });
  return {
    ...{ kube, port, ops, running },
    lines: () => readFile(running.log, "utf8"),
    register: () => register(kube, port, authority.cert),
  };
}

/** The shipped configuration, but for where the webhook is. */
async function register(kube: Kube, port: number, authority: string): Promise<void> {
  const configuration = webhookConfiguration(workloadKinds, { namespace });
  const clientConfig = {
    url: `https://localhost:${port}${webhookPath}`,
    caBundle: Buffer.from(authority).toString("base64"),
  };
  await kube.apply({ ...configuration, webhooks: configuration.webhooks.map((hook) => ({ ...hook, clientConfig })) });
}

function accessObjects(): KubeObject[] {
  const metadata = { name: account.name };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: account.name };
  const rules = [{ apiGroups: [""], resources: ["configmaps", "secrets", "namespaces"], verbs: ["get"] }];
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: account },
    { ...rbac, kind: "ClusterRole", metadata, rules },
    { ...rbac, kind: "ClusterRoleBinding", metadata, roleRef, subjects: [{ kind: "ServiceAccount", ...account }] },
  ];
}
