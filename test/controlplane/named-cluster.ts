import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ControlPlane, ControlPlaneOptions } from "./control-plane.ts";
import { kubeClient } from "./kube.ts";
import { type Connection, createTransport } from "./kube-transport.ts";
import { newPlaneFolder } from "./plane-folder.ts";
import { createPrograms } from "./programs.ts";
import { Supervisor } from "./supervisor.ts";

/**
 * Connects to the cluster of a kubeconfig that the user named for tests. Its parts are never started, stopped or
 * restarted; kubectl and helm come from PATH. Fails if it lacks something that the options ask for.
 */
export async function connectNamedCluster(path: string, options: ControlPlaneOptions): Promise<ControlPlane> {
  const connection = await readConnection(path);
  await checkGroups(path, { connection, options });
  const dir = newPlaneFolder();
  const logs = options.logs ?? join(dir, "log");
  mkdirSync(logs, { recursive: true });
  const supervisor = new Supervisor(dir, logs);
  const caFile = connection.ca === undefined ? undefined : join(dir, "ca.crt");
  if (caFile !== undefined) writeFileSync(caFile, connection.ca ?? "");
  const target = { connection, kubeconfig: path, caFile, dir, binaries: { kubectl: "kubectl", helm: "helm" } };
  const kube = kubeClient(target);
  return {
    ...target,
    url: connection.url,
    adminToken: connection.token ?? "",
    logs,
    auditLog: undefined,
    owned: false,
    ...createPrograms(supervisor),
    stopApiServer: refuse("stop the API server"),
    startApiServer: refuse("start the API server"),
    restartApiServer: refuse("restart the API server"),
    restartEtcd: refuse("restart etcd"),
    compactEtcd: refuse("compact etcd"),
    expireWatches: refuse("expire watches"),
    apiServerMetrics: async () => (await kube.raw("/metrics", { headers: { accept: "text/plain" } })).body,
  };
}

async function checkGroups(
  path: string,
  { connection, options }: { connection: Connection; options: ControlPlaneOptions },
): Promise<void> {
  const transport = createTransport(connection);
  const wanted = { "cert-manager.io": options.certManager, "argoproj.io": options.argoRollouts };
  for (const [group, asked] of Object.entries(wanted)) {
    const { status } = asked ? await transport.send(`/apis/${group}`) : { status: 200 };
    if (status !== 200)
      throw new Error(`Cannot use the cluster of "${path}": it does not serve "${group}": install it`);
  }
}

function refuse(what: string): () => Promise<never> {
  return async () => {
    throw new Error(`Cannot ${what}: the cluster of RESTAMP_TEST_KUBECONFIG is not the tests' own`);
  };
}

async function readConnection(path: string): Promise<Connection> {
  // Loaded here only: the client library takes half a second.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromFile(path);
  const url = config.getCurrentCluster()?.server;
  if (url === undefined) throw new Error(`Cannot use "${path}": its current context names no cluster`);
  const options: { headers?: Record<string, string>; ca?: Buffer; cert?: Buffer; key?: Buffer } = { headers: {} };
  await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
  const token = options.headers?.["Authorization"]?.replace(/^Bearer /, "");
  const { ca, cert, key } = options;
  return { url, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(token && { token }) };
}
