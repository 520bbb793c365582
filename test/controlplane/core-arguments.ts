import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTransport } from "./kube-transport.ts";
import type { PlaneFiles } from "./plane-files.ts";

/** Arguments of a single etcd without durability, which tests do not need. */
export function etcdArguments(etcd: {
  readonly folder: string;
  readonly url: string;
  readonly name: string;
}): string[] {
  // Nobody ever dials the peer address of a single member; port 0 lets the system choose.
  const peer = "http://127.0.0.1:0";
  return [
    `--name=${etcd.name}`,
    `--data-dir=${join(etcd.folder, "etcd")}`,
    `--listen-client-urls=${etcd.url}`,
    `--advertise-client-urls=${etcd.url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=${etcd.name}=${peer}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

/** Arguments of an API server as in production, with RBAC and a certificate that it makes for itself. */
export function apiServerArguments(
  files: PlaneFiles,
  addresses: { readonly etcdUrl: string; readonly port: number },
): string[] {
  return [
    `--etcd-servers=${addresses.etcdUrl}`,
    `--secure-port=${addresses.port}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--cert-dir=${files.certificates}`,
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--token-auth-file=${files.tokenFile}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--endpoint-reconciler-type=none",
    "--allow-privileged=true",
  ];
}

/** Arguments that make the API server write its audit log. */
export function auditArguments(files: PlaneFiles): string[] {
  // Written before the answer is sent: a test that has the answer finds the line.
  return [
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    "--audit-log-mode=blocking-strict",
  ];
}

/** Whether the API server of these files is ready; another server on its port never is. */
export async function isApiServerReady(url: string, files: PlaneFiles): Promise<boolean> {
  if (!existsSync(files.ca)) return false;
  const transport = createTransport({ url, ca: readFileSync(files.ca), token: files.tokens.admin });
  const { status } = await transport.send("/readyz", { timeoutMs: 5_000 });
  return status === 200;
}
