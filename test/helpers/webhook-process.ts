import { mkdtempSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import { digestKeyData, makeDigestKey } from "../../src/core/digest-keys.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { webhookConfiguration, webhookPath } from "../../src/manifests/webhook-configuration.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { type Kube, type KubeObject, kubeClient } from "../controlplane/kube.ts";
import type { Running } from "../controlplane/supervisor.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { restampProcess } from "./restamp-process.ts";
import { checkSecrecyAtStop } from "./secrecy.ts";
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
  /** Provides what was left out at the start. */
  provideKeys(): Promise<void>;
  provideCertificate(): Promise<void>;
}

const namespace = "restamp-system";
const account = { name: "restamp-webhook", namespace };
const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };

/** What is there when the process starts. */
export interface WebhookSurroundings {
  readonly keys: boolean;
  readonly certificate: boolean;
  readonly args?: readonly string[];
}

/** Starts it, but does not register it. It is waited for until it is ready, or answers its probes if something is missing. */
export async function startWebhookProcess(
  plane: ControlPlane,
  surroundings: WebhookSurroundings = { keys: true, certificate: true },
): Promise<WebhookProcess> {
  const kube = kubeClient(plane);
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of accessObjects()) await kube.apply(object);
  const tls = await makeCertificate(plane.dir);
  const provideKeys = () => provideKeySecret(kube);
  if (surroundings.keys) await provideKeys();
  if (surroundings.certificate) await tls.write();
  const kubeconfig = kube.kubeconfigFor(await kube.createToken(namespace, account.name));
  const [port, opsPort] = [await freePort(), await freePort()];
  const program = await plane.run({
    name: `webhook-${port}`,
    command: process.execPath,
    args: [
      ...[bin, "webhook", "--kubeconfig", kubeconfig, "--namespace", namespace, "--log-level", "debug"],
      ...["--webhook-address", `127.0.0.1:${port}`, "--ops-address", `127.0.0.1:${opsPort}`, "--drain", "3s"],
      ...["--tls-cert-file", join(tls.folder, "tls.crt"), "--tls-key-file", join(tls.folder, "tls.key")],
      ...["--certificate-poll-interval", "200ms", "--admission-timeout", "900ms", ...(surroundings.args ?? [])],
    ],
  });
  const ops = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${opsPort}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
  const wanted = surroundings.keys && surroundings.certificate ? [200] : [200, 503];
  const hook = restampProcess(program.name, `http://127.0.0.1:${opsPort}`, program);
  checkSecrecyAtStop(plane, [hook], namespace);
  const answers = async () => wanted.includes((await ops("/readyz").catch(() => undefined))?.status ?? 0);
  await waitFor(answers, { describe: "the webhook's probes", timeoutMs: 30_000 });
  return {
    ...{ kube, port, ops, running: hook.running, provideKeys, provideCertificate: () => tls.write() },
    lines: () => readFile(program.log, "utf8"),
    register: () => register(kube, port, tls.authority),
  };
}

/** Whether something listens on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

const bin = fileURLToPath(new URL("../../bin/restamp", import.meta.url));

/** A Secret volume that is empty until `write()`. */
async function makeCertificate(dir: string) {
  const lifetime = { now: Date.now(), validityMs: 86_400_000 };
  const authority = await createAuthority(lifetime);
  const pair = await issueServingCertificate(authority, { ...lifetime, names: ["localhost"] });
  const volume = await createSecretVolume(mkdtempSync(join(dir, "tls-")));
  const write = () => volume.write({ "tls.crt": pair.cert, "tls.key": pair.key });
  return { folder: volume.folder, authority: authority.cert, write };
}

async function provideKeySecret(kube: Kube): Promise<void> {
  const data = digestKeyData([makeDigestKey(Date.now())]);
  await kube.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "restamp-keys", namespace }, data });
}

/** The shipped configuration, but for where the webhook is. */
async function register(kube: Kube, port: number, authority: string): Promise<void> {
  const configuration = webhookConfiguration(createWorkloadKinds(), { namespace });
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
