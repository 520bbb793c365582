import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths and secrets of one plane, all inside its folder. */
export interface PlaneFiles {
  readonly folder: string;
  readonly logs: string;
  readonly certificates: string;
  /** Made by the API server when it starts for the first time. */
  readonly ca: string;
  readonly serviceAccountKey: string;
  readonly tokenFile: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  /** Bearer token of each user. */
  readonly tokens: Readonly<Record<PlaneUser, string>>;
}

/** Users that the API server knows by a static token. */
export type PlaneUser = "admin" | "kube-controller-manager" | "kube-scheduler";

const users: Readonly<Record<PlaneUser, { name: string; groups: string }>> = {
  admin: { name: "admin", groups: "system:masters" },
  "kube-controller-manager": { name: "system:kube-controller-manager", groups: "" },
  "kube-scheduler": { name: "system:kube-scheduler", groups: "" },
};

/** Writes keys, tokens and policies of a new plane into its folder. */
export function writePlaneFiles(folder: string, logs = join(folder, "log")): PlaneFiles {
  const certificates = join(folder, "certs");
  for (const made of [certificates, logs]) mkdirSync(made, { recursive: true });
  const tokens = { admin: newToken(), "kube-controller-manager": newToken(), "kube-scheduler": newToken() };
  const files: PlaneFiles = {
    folder,
    logs,
    certificates,
    ca: join(certificates, "apiserver.crt"),
    serviceAccountKey: join(certificates, "sa.key"),
    tokenFile: join(folder, "tokens.csv"),
    auditPolicy: join(folder, "audit-policy.json"),
    auditLog: join(logs, "audit.jsonl"),
    tokens,
  };
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeSecret(files.serviceAccountKey, privateKey.export({ type: "sec1", format: "pem" }));
  const rows = Object.entries(users).map(
    ([user, { name, groups }]) => `${tokens[user as PlaneUser]},${name},${user},"${groups}"`,
  );
  writeSecret(files.tokenFile, `${rows.join("\n")}\n`);
  writeFileSync(files.auditPolicy, JSON.stringify(auditPolicy));
  return files;
}

/** Writes a kubeconfig with one cluster and one token; returns `path`. */
export function writeKubeconfig(
  path: string,
  access: { readonly url: string; readonly caFile: string | undefined; readonly token: string },
): string {
  const { url, caFile, token } = access;
  const cluster = { server: url, ...(caFile !== undefined && { "certificate-authority": caFile }) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "restamp-test", cluster }],
    users: [{ name: "restamp-test", user: { token } }],
    contexts: [{ name: "restamp-test", context: { cluster: "restamp-test", user: "restamp-test" } }],
    "current-context": "restamp-test",
  };
  // JSON is YAML.
  writeSecret(path, JSON.stringify(config, undefined, 2));
  return path;
}

// Every request once, when it is answered; a watch also when it begins.
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

function writeSecret(path: string, text: string | Buffer): void {
  writeFileSync(path, text, { mode: 0o600 });
}

function newToken(): string {
  return randomBytes(24).toString("base64url");
}
