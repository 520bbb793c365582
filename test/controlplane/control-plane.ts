import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AddonDeps,
  startArgoRollouts,
  startCertManager,
  startControllerManager,
  startKwok,
  startScheduler,
} from "./addons.ts";
import { type BuiltParts, buildParts } from "./build.ts";
import { type CoreParts, startCoreParts } from "./core-parts.ts";
import { type KubeTarget, kubeClient } from "./kube.ts";
import type { ModuleName } from "./modules.ts";
import { connectNamedCluster } from "./named-cluster.ts";
import { type PlaneFiles, writeKubeconfig, writePlaneFiles } from "./plane-files.ts";
import { newPlaneFolder } from "./plane-folder.ts";
import { createPrograms } from "./programs.ts";
import { type Program, type Running, type StopOptions, Supervisor } from "./supervisor.ts";

/** Which parts run beside etcd and the API server, and how. */
export interface ControlPlaneOptions {
  /** @default true with `kwok` or `argoRollouts`, else false */
  readonly controllerManager?: boolean;
  /** @default true with `kwok`, else false */
  readonly scheduler?: boolean;
  /** Fake nodes on which pods become Ready at once. */
  readonly kwok?: { readonly nodes: number };
  /** cert-manager's CRDs, controllers and CA injector (not its own webhook). */
  readonly certManager?: boolean;
  /** The CRDs and the controller of Argo Rollouts. */
  readonly argoRollouts?: boolean;
  /** Also provide the binary of Helm. */
  readonly helm?: boolean;
  /** Write an audit log with user, verb, resource and user agent of every request. */
  readonly audit?: boolean;
  readonly apiServerArgs?: readonly string[];
  readonly etcdArgs?: readonly string[];
  readonly controllerManagerArgs?: readonly string[];
  /** Folder for logs, kept. @default `log` in the plane's own folder, removed with it */
  readonly logs?: string;
  /** Limit of each step until its part is ready, without a first build. @default 60000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A Kubernetes control plane, alone for its owner; everything listens on 127.0.0.1. */
export interface ControlPlane extends KubeTarget {
  /** Base URL of the API server. */
  readonly url: string;
  /** Path of a kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** Path of the CA of the API server's certificate. */
  readonly caFile: string | undefined;
  /** Bearer token with all rights; "" for a named cluster that is entered by other means. */
  readonly adminToken: string;
  /** Scratch folder, removed by `stop`. */
  readonly dir: string;
  /** Folder of a log file for each program. */
  readonly logs: string;
  /** Path of the audit log, if it was asked for: read it with `readAuditLog`. */
  readonly auditLog: string | undefined;
  /** Paths of "kubectl", "kube-apiserver", "etcd" and of what was asked for, such as "helm". */
  readonly binaries: Readonly<Record<string, string>>;
  /** False for a cluster named by the user: what stops or restarts its parts then fails, tests should skip. */
  readonly owned: boolean;
  /** Runs a program (such as a controller under test) that cannot outlive this process. */
  run(program: Program): Promise<Running>;
  /** Has something done at the beginning of `stop`, while everything still runs. If it fails, `stop` does, at its end. */
  beforeStop(task: () => Promise<void>): void;
  /** Ends everything and removes the folder. May be called twice. */
  stop(): Promise<void>;
  stopApiServer(options?: StopOptions): Promise<void>;
  /** Starts it on the same port with the same certificate and waits until it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(options?: StopOptions): Promise<void>;
  restartEtcd(options?: StopOptions): Promise<void>;
  /**
   * Compacts etcd up to now. The API server still answers old watches from its own cache unless it runs with
   * `--watch-cache=false`; a list continued with an old token gets 410.
   */
  compactEtcd(): Promise<void>;
  /** Compacts etcd while the API server restarts: afterwards a watch from any older resourceVersion gets 410. */
  expireWatches(): Promise<void>;
  /** The API server's metrics in the text format of Prometheus. */
  apiServerMetrics(): Promise<string>;
}

/**
 * Starts a control plane and waits until every part is ready: about 3 s, on the first run after a build of several
 * minutes. With `RESTAMP_TEST_KUBECONFIG` set, connects to that cluster instead and starts nothing. Everything ends
 * with this process, however it ends.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const named = process.env["RESTAMP_TEST_KUBECONFIG"];
  if (named) return connectNamedCluster(named, options);
  const parts = await buildParts(neededModules(options));
  const folder = newPlaneFolder();
  const files = writePlaneFiles(folder, options.logs);
  const supervisor = new Supervisor(folder, files.logs);
  try {
    const core = await startCore({ supervisor, files, parts }, options);
    const plane = assemble({ supervisor, files, parts, core }, options);
    await startAddons({ supervisor, files, parts, plane }, options);
    return plane;
  } catch (error) {
    await supervisor.shutdown({ signal: "SIGKILL" });
    throw new Error(`Cannot start the control plane: ${(error as Error).message}`, { cause: error });
  }
}

/** The modules whose binaries these options need. */
export function neededModules(options: ControlPlaneOptions): ModuleName[] {
  const wanted: Record<ModuleName, boolean> = {
    kubernetes: true,
    etcd: true,
    kwok: options.kwok !== undefined,
    "cert-manager": options.certManager === true,
    "argo-rollouts": options.argoRollouts === true,
    helm: options.helm === true,
  };
  return (Object.keys(wanted) as ModuleName[]).filter((name) => wanted[name]);
}

interface Made {
  readonly supervisor: Supervisor;
  readonly files: PlaneFiles;
  readonly parts: BuiltParts;
}

function startCore({ supervisor, files, parts }: Made, options: ControlPlaneOptions): Promise<CoreParts> {
  const { etcdArgs = [], apiServerArgs = [], audit = false, timeoutMs = 60_000, signal } = options;
  const { binaries } = parts;
  return startCoreParts({ supervisor, files, binaries }, { etcdArgs, apiServerArgs, audit, timeoutMs, signal });
}

function assemble(
  { supervisor, files, parts, core }: Made & { core: CoreParts },
  options: ControlPlaneOptions,
): ControlPlane {
  const { url } = core;
  const { admin: adminToken } = files.tokens;
  const connection = { url, ca: readFileSync(files.ca), token: adminToken };
  const kubeconfig = writeKubeconfig(join(files.folder, "admin.kubeconfig"), {
    url,
    caFile: files.ca,
    token: adminToken,
  });
  const target = { connection, kubeconfig, caFile: files.ca, dir: files.folder, binaries: parts.binaries };
  const kube = kubeClient(target);
  const { stopApiServer, startApiServer, restartEtcd } = core;
  return {
    ...target,
    url,
    adminToken,
    logs: files.logs,
    auditLog: options.audit ? files.auditLog : undefined,
    owned: true,
    ...createPrograms(supervisor),
    stopApiServer,
    startApiServer,
    restartEtcd,
    async restartApiServer(how) {
      await stopApiServer(how);
      await startApiServer();
    },
    compactEtcd: async () => void (await core.etcd.compact()),
    async expireWatches() {
      await stopApiServer();
      await core.etcd.compact();
      await startApiServer();
    },
    apiServerMetrics: async () => (await kube.raw("/metrics", { headers: { accept: "text/plain" } })).body,
  };
}

async function startAddons(made: Made & { plane: ControlPlane }, options: ControlPlaneOptions): Promise<void> {
  const { supervisor, files, parts, plane } = made;
  const { kwok, certManager, argoRollouts, timeoutMs = 60_000, signal } = options;
  const { url, kubeconfig, binaries } = plane;
  const kube = kubeClient(plane);
  const deps: AddonDeps = { supervisor, files, url, kubeconfig, binaries, kube, timeoutMs, signal };
  const starting: Promise<void>[] = [];
  const controllers = options.controllerManager ?? (kwok !== undefined || argoRollouts === true);
  if (controllers) starting.push(startControllerManager(deps, options.controllerManagerArgs ?? []));
  if (options.scheduler ?? kwok !== undefined) starting.push(startScheduler(deps));
  if (kwok) starting.push(startKwok(deps, { nodes: kwok.nodes, stages: parts.assets.kwok ?? [] }));
  if (certManager) starting.push(startCertManager(deps, parts.assets["cert-manager"] ?? []));
  if (argoRollouts) starting.push(startArgoRollouts(deps, parts.assets["argo-rollouts"] ?? []));
  await Promise.all(starting);
}
