import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Kube, KubeObject } from "./kube.ts";
import { type PlaneFiles, type PlaneUser, writeKubeconfig } from "./plane-files.ts";
import { untilReady } from "./readiness.ts";
import type { Program, Supervisor } from "./supervisor.ts";

/** What the parts beside etcd and the API server are started with. */
export interface AddonDeps {
  readonly supervisor: Supervisor;
  readonly files: PlaneFiles;
  readonly url: string;
  readonly kubeconfig: string;
  readonly binaries: Readonly<Record<string, string>>;
  readonly kube: Kube;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Starts the controller-manager; ready when it has made the default ServiceAccount. */
export async function startControllerManager(deps: AddonDeps, extraArgs: readonly string[]): Promise<void> {
  const { files } = deps;
  const args = [
    `--kubeconfig=${userKubeconfig(deps, "kube-controller-manager")}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    "--use-service-account-credentials=true",
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
    ...extraArgs,
  ];
  const account = "/api/v1/namespaces/default/serviceaccounts/default";
  await run(deps, { name: "kube-controller-manager", args }, async () => (await deps.kube.find(account)) !== undefined);
}

/** Starts the scheduler. */
export async function startScheduler(deps: AddonDeps): Promise<void> {
  const args = [`--kubeconfig=${userKubeconfig(deps, "kube-scheduler")}`, "--leader-elect=false", "--secure-port=0"];
  // It has no sign of readiness without a port; pods wait for it.
  await run(deps, { name: "kube-scheduler", args }, async () => true);
}

/** Starts KWOK with `nodes` nodes; ready when pods can be scheduled on all of them. */
export async function startKwok(deps: AddonDeps, kwok: { nodes: number; stages: readonly string[] }): Promise<void> {
  const config = join(deps.files.folder, "kwok.yaml");
  writeFileSync(config, kwok.stages.map((file) => readFileSync(file, "utf8")).join("\n---\n"));
  const names = Array.from({ length: kwok.nodes }, (_, index) => `node-${index + 1}`);
  const made = Promise.all(names.map((name) => deps.kube.create(node(name))));
  const args = [
    `--kubeconfig=${deps.kubeconfig}`,
    `--config=${config}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    "--server-address=",
  ];
  const [, running] = await Promise.all([made, deps.supervisor.start(program(deps, { name: "kwok", args }))]);
  const probe = async () => {
    const nodes = await deps.kube.list("/api/v1/nodes");
    return nodes.length >= names.length && nodes.every(isSchedulable);
  };
  await untilReady({ program: running, probe, timeoutMs: deps.timeoutMs, signal: deps.signal });
}

/** Installs cert-manager's CRDs and starts its controllers and CA injector. */
export async function startCertManager(deps: AddonDeps, crds: readonly string[]): Promise<void> {
  await Promise.all([installCrds(deps, crds), createNamespace(deps, "cert-manager")]);
  await run(deps, { name: "cert-manager", args: ["-kubeconfig", deps.kubeconfig] }, async () => true);
}

/** Installs the CRDs of Argo Rollouts and starts its controller. */
export async function startArgoRollouts(deps: AddonDeps, crds: readonly string[]): Promise<void> {
  await Promise.all([installCrds(deps, crds), createNamespace(deps, "argo-rollouts")]);
  // Its two ports cannot be switched off; 0 lets the system choose.
  const args = ["--kubeconfig", deps.kubeconfig, "--leader-elect=false", "--metricsPort=0", "--healthzPort=0"];
  await run(deps, { name: "rollouts-controller", args }, async () => true);
}

async function run(deps: AddonDeps, what: Omit<Program, "command">, probe: () => Promise<boolean>): Promise<void> {
  const running = await deps.supervisor.start(program(deps, what));
  await untilReady({ program: running, probe, timeoutMs: deps.timeoutMs, signal: deps.signal });
}

function program(deps: AddonDeps, what: Omit<Program, "command">): Program {
  return { ...what, command: deps.binaries[what.name] ?? what.name };
}

function userKubeconfig({ files, url }: AddonDeps, user: PlaneUser): string {
  return writeKubeconfig(join(files.folder, `${user}.kubeconfig`), {
    url,
    caFile: files.ca,
    token: files.tokens[user],
  });
}

/** Creates the CRDs and waits until their resources are served. */
async function installCrds({ kube, signal, timeoutMs }: AddonDeps, crds: readonly string[]): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const headers = { "content-type": "application/yaml" };
  const install = async (file: string) => {
    const answer = await kube.raw(path, { method: "POST", headers, body: readFileSync(file, "utf8") });
    if (answer.status !== 201) throw new Error(`Cannot create the CRD of "${file}": ${answer.status} ${answer.body}`);
    const { metadata } = JSON.parse(answer.body) as KubeObject;
    await kube.waitFor(`${path}/${metadata.name}`, isEstablished, { timeoutMs, ...(signal && { signal }) });
  };
  await Promise.all(crds.map(install));
}

async function createNamespace({ kube }: AddonDeps, name: string): Promise<void> {
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

function isEstablished(crd: KubeObject): boolean {
  return hasCondition(crd, "Established");
}

function isSchedulable(node: KubeObject): boolean {
  const { taints = [] } = (node["spec"] ?? {}) as { taints?: unknown[] };
  return taints.length === 0 && hasCondition(node, "Ready");
}

function hasCondition(object: KubeObject, type: string): boolean {
  const { conditions = [] } = (object["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some((condition) => condition.type === type && condition.status === "True");
}

function node(name: string): KubeObject {
  const resources = { cpu: "1000", memory: "1000Gi", pods: "10000" };
  const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" };
  const annotations = { "node.alpha.kubernetes.io/ttl": "0", "kwok.x-k8s.io/node": "fake" };
  const status = { allocatable: resources, capacity: resources };
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels, annotations }, status };
}
