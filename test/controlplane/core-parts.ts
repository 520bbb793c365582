import { rmSync } from "node:fs";
import { join } from "node:path";
import { apiServerArguments, auditArguments, etcdArguments, isApiServerReady } from "./core-arguments.ts";
import { createEtcdClient, type EtcdClient } from "./etcd-client.ts";
import { freePort } from "./free-port.ts";
import type { PlaneFiles } from "./plane-files.ts";
import { PortClash, untilReady } from "./readiness.ts";
import type { Running, StopOptions, Supervisor } from "./supervisor.ts";

/** What etcd and the API server are started with. */
export interface CoreDeps {
  readonly supervisor: Supervisor;
  readonly files: PlaneFiles;
  /** Absolute paths of "etcd" and "kube-apiserver". */
  readonly binaries: Readonly<Record<string, string>>;
  /** @default freePort */
  readonly pickPort?: () => Promise<number>;
}

/** Options of etcd and the API server. */
export interface CoreOptions {
  readonly etcdArgs: readonly string[];
  readonly apiServerArgs: readonly string[];
  readonly audit: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A running pair of etcd and API server. */
export interface CoreParts {
  /** Base URL of the API server; the same after a restart. */
  readonly url: string;
  readonly etcd: EtcdClient;
  stopApiServer(options?: StopOptions): Promise<void>;
  /** Starts the API server again, on its port, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends etcd and starts it again with its data; the API server meanwhile fails and recovers. */
  restartEtcd(options?: StopOptions): Promise<void>;
}

const attempts = 5;

/** Starts etcd and the API server at the same time and waits until both are ready; on a port clash with new ports. */
export async function startCoreParts(deps: CoreDeps, options: CoreOptions): Promise<CoreParts> {
  const { pickPort = freePort } = deps;
  for (let attempt = 1; ; attempt += 1) {
    const ports = { etcd: await pickPort(), apiServer: await pickPort() };
    const parts = coreParts(deps, options, ports);
    try {
      await parts.start();
      return parts;
    } catch (error) {
      if (!(error instanceof PortClash) || attempt === attempts) throw error;
      await parts.discard();
    }
  }
}

function coreParts(deps: CoreDeps, options: CoreOptions, ports: { etcd: number; apiServer: number }) {
  const { supervisor, files, binaries } = deps;
  const { timeoutMs } = options;
  const url = `https://127.0.0.1:${ports.apiServer}`;
  const etcdUrl = `http://127.0.0.1:${ports.etcd}`;
  const etcd = createEtcdClient(etcdUrl);
  // Tells our etcd from another plane's that took the port a moment before.
  const etcdName = `etcd-${process.pid}-${ports.etcd}-${ports.apiServer}`;
  let running: { etcd?: Running; apiServer?: Running } = {};

  async function startEtcd(signal?: AbortSignal): Promise<void> {
    const args = [...etcdArguments({ folder: files.folder, url: etcdUrl, name: etcdName }), ...options.etcdArgs];
    const program = await supervisor.start({ name: "etcd", command: binaries["etcd"] ?? "", args });
    running = { ...running, etcd: program };
    await untilReady({ program, probe: async () => (await etcd.memberName()) === etcdName, timeoutMs, signal });
  }

  async function startApiServer(signal?: AbortSignal): Promise<void> {
    const args = [...apiServerArguments(files, { etcdUrl, port: ports.apiServer }), ...options.apiServerArgs];
    if (options.audit) args.push(...auditArguments(files));
    const command = binaries["kube-apiserver"] ?? "";
    // Compiling the schemas of many CRDs makes so much garbage that collecting it less often saves a quarter of it.
    const env = { GOGC: "200", ...process.env };
    const program = await supervisor.start({ name: "kube-apiserver", command, args, env });
    running = { ...running, apiServer: program };
    const probe = () => isApiServerReady(url, files);
    await untilReady({ program, probe, timeoutMs, signal });
  }

  return {
    url,
    etcd,
    startApiServer: () => startApiServer(),
    stopApiServer: async (how?: StopOptions) => running.apiServer?.stop(how),
    async restartEtcd(how?: StopOptions) {
      await running.etcd?.stop(how);
      await startEtcd();
    },
    async start() {
      const failure = new AbortController();
      const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])]);
      const failFast = (error: unknown) => {
        failure.abort(error);
        throw error;
      };
      // Both outcomes are awaited, so that nothing is being started any more when this fails.
      await Promise.allSettled([startEtcd(signal).catch(failFast), startApiServer(signal).catch(failFast)]);
      signal.throwIfAborted();
    },
    async discard() {
      await Promise.all([running.apiServer?.stop({ signal: "SIGKILL" }), running.etcd?.stop({ signal: "SIGKILL" })]);
      // Half a certificate would stop the next try, and old words in a log would be taken for its own.
      const logs = [running.etcd?.log, running.apiServer?.log].filter((log) => log !== undefined);
      const made = [join(files.folder, "etcd"), files.ca, files.ca.replace(/crt$/, "key"), ...logs];
      for (const path of made) rmSync(path, { recursive: true, force: true });
    },
  };
}
