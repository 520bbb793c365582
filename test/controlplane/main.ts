// The control plane at the command line: `node test/controlplane/main.ts --help`.
import { once } from "node:events";
import { parseArgs } from "node:util";
import { buildParts, cacheFolder } from "./build.ts";
import { type ControlPlane, type ControlPlaneOptions, neededModules, startControlPlane } from "./control-plane.ts";

const help = `A real Kubernetes control plane on 127.0.0.1, for tests and for trying things out.

Usage:
  node test/controlplane/main.ts build [parts]   build what is not in the cache yet
  node test/controlplane/main.ts up [parts]      start it and keep it until Ctrl-C

Parts (default: all of them):
  --core                 etcd and kube-apiserver only
  --controllers          kube-controller-manager and kube-scheduler
  --kwok [--nodes N]     fake nodes on which pods become Ready, with the controllers (default: 2 nodes)
  --cert-manager         cert-manager's controllers and CA injector
  --argo-rollouts        the controller of Argo Rollouts
  --helm                 the helm command

Options of "up":
  --audit                write an audit log
  --logs FOLDER          keep the logs there

Environment:
  RESTAMP_CONTROLPLANE_CACHE   folder of the built binaries (now: ${cacheFolder()})
  KUBEBUILDER_ASSETS           folder with kube-apiserver, etcd, kubectl ... to be used instead of building them

The first build takes 10 to 20 minutes on two cores and needs Go 1.26 and its module proxy; later starts take seconds.
`;

const flags = {
  help: { type: "boolean", short: "h" },
  core: { type: "boolean" },
  controllers: { type: "boolean" },
  kwok: { type: "boolean" },
  nodes: { type: "string", default: "2" },
  "cert-manager": { type: "boolean" },
  "argo-rollouts": { type: "boolean" },
  helm: { type: "boolean" },
  audit: { type: "boolean" },
  logs: { type: "string" },
} as const;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: flags, allowPositionals: true });
  const [command] = positionals;
  if (values.help || positionals.length !== 1 || (command !== "up" && command !== "build")) {
    (values.help ? process.stdout : process.stderr).write(help);
    return values.help ? 0 : 2;
  }
  const options = planeOptions(values);
  if (command === "build") {
    await buildParts(neededModules(options));
    process.stdout.write(`All binaries are in ${cacheFolder()}\n`);
    return 0;
  }
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort());
  return up({ ...options, signal: stopping.signal }, stopping.signal);
}

async function up(options: ControlPlaneOptions, stopping: AbortSignal): Promise<number> {
  const started = Date.now();
  const plane = await startControlPlane(options);
  const alive = setInterval(() => undefined, 60_000);
  process.stdout.write(greeting(plane, Date.now() - started));
  if (!stopping.aborted) await once(stopping, "abort");
  clearInterval(alive);
  process.stdout.write("\nStopping ...\n");
  await plane.stop();
  return 0;
}

function greeting(plane: ControlPlane, tookMs: number): string {
  const { kubectl, helm } = plane.binaries;
  const lines = [
    `Control plane at ${plane.url}, ready after ${(tookMs / 1_000).toFixed(1)} s. Ctrl-C ends it and removes everything.`,
    "",
    `  export KUBECONFIG=${plane.kubeconfig}`,
    `  alias kubectl=${kubectl}`,
    ...(helm === undefined ? [] : [`  alias helm=${helm}`]),
    "  kubectl get nodes,pods --all-namespaces",
    "  kubectl create deployment web --image=registry.example/web:1 --replicas=3",
    "",
    `Logs: ${plane.logs}`,
    ...(plane.auditLog === undefined ? [] : [`Audit log: ${plane.auditLog}`]),
  ];
  return `${lines.join("\n")}\n`;
}

interface Values {
  readonly [flag: string]: string | boolean | undefined;
}

function planeOptions(values: Values): ControlPlaneOptions {
  const parts = ["core", "controllers", "kwok", "cert-manager", "argo-rollouts", "helm"];
  const all = !parts.some((part) => values[part]);
  const wants = (part: string) => all || values[part] === true;
  const nodes = Number(values["nodes"]);
  if (!Number.isInteger(nodes) || nodes < 1) throw new Error(`Cannot use --nodes "${values["nodes"]}": give a number`);
  const logs = values["logs"];
  return {
    ...(wants("kwok") && { kwok: { nodes } }),
    ...(wants("controllers") && { controllerManager: true, scheduler: true }),
    certManager: wants("cert-manager"),
    argoRollouts: wants("argo-rollouts"),
    helm: wants("helm"),
    audit: values["audit"] === true,
    ...(typeof logs === "string" && { logs }),
  };
}
