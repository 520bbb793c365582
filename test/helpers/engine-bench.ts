import type { Test } from "tap";
import { createEngine, type Engine, type EngineOptions } from "../../controller/engine.ts";
import { createLedger, type Ledger } from "../../controller/ledger.ts";
import { readNamespace } from "../../controller/namespace-store.ts";
import type { Outcome } from "../../controller/reconciler.ts";
import type { RestartOptions } from "../../controller/reconciler-deps.ts";
import { createWorkQueue, type WorkQueue } from "../../controller/work-queue.ts";
import { makeDigestKey, type StoredKey } from "../../src/core/digest-keys.ts";
import type { EventNote } from "../../src/core/ports.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import type { KeyRing } from "../../src/kube/key-ring.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { type LocalApiServer, startLocalApiServer } from "./local-api-server.ts";
import { createRecordingLog } from "./recording-log.ts";

/** An engine of Deployment `shop/web` with ConfigMap `app`; what reflectors would report comes from the test, in any order. */
export interface EngineBench {
  readonly engine: Engine;
  /** Closed: it is a standby's. */
  readonly queue: WorkQueue;
  readonly ledger: Ledger;
  readonly cluster: LocalApiServer;
  /** Reports the Namespace; the label was written at that second of the minute, and is not there if it is left out. */
  namespace(labeledAt?: number): void;
  /** Reports the Deployment, created at second 10, at a version. */
  workload(version: number, how?: { type?: "added" | "modified"; image?: string; stamp?: string }): void;
  /** Sets what a GET of the ConfigMap shows: its version, and when its data was written. */
  source(version: number, value: string, writtenAt?: number): void;
  /** Reports a version of the ConfigMap, whatever a GET shows. */
  changed(version: number): void;
  /** Resolves when the ConfigMap has been read as it was set last, if it is followed. */
  read(): Promise<void>;
  /** Reconciles after that. */
  reconcile(): Promise<Outcome>;
  /** How often a write of the Deployment was tried. */
  patches(): number;
  /** The stamps of these tries. */
  stamps(): readonly string[];
  /** What metrics were told of sources and restarts, in words. */
  readonly counted: string[];
  /** Events, in the order in which they were recorded. */
  readonly events: EventNote[];
}

const kind = createWorkloadKinds().find("apps", "Deployment");
/** How the queue names the Deployment. */
export const deploymentKey = "Deployment.apps/shop/web";
/** Where the API server has the Deployment. */
export const deploymentPath = "/apis/apps/v1/namespaces/shop/deployments/web";
/** Where it has the ConfigMap. */
export const sourcePath = "/api/v1/namespaces/shop/configmaps/app";

const at = (second: number): string => `2026-06-01T12:00:${String(second).padStart(2, "0")}Z`;

const restart: RestartOptions = {
  ...{ mode: "enforce", reloadStrategy: "stamp", removeReloaderEnv: false, namespace: "restamp-system" },
  ...{ cronJobs: "stamp", jobs: "record", rerunFinishedJobs: false },
};

/** How long changes are collected, in milliseconds (@default 0: it acts at once), where, and by which clock. */
export interface EngineBenchOptions extends Pick<EngineOptions, "reach"> {
  readonly settleMs?: number;
  readonly settleMaxMs?: number;
  /** @default the machine's */
  readonly now?: () => number;
}

/** Starts one that ends with the test. */
export async function engineBench(t: Test, options: EngineBenchOptions = {}): Promise<EngineBench> {
  if (kind === undefined) throw new Error("Cannot test: there is no such kind");
  const cluster = await startLocalApiServer();
  const stopping = new AbortController();
  const queue = createWorkQueue();
  t.teardown(async () => {
    stopping.abort();
    queue.close();
    await cluster.close();
  });
  const { api } = cluster;
  const log = createRecordingLog();
  const digestKey = makeDigestKey(Date.parse("2026-01-01T00:00:00Z"));
  const ledger = createLedger({ api, log }, { namespace: "restamp-system", name: "restamp-ledger", intervalMs: 1_000 });
  const nothing = (): void => undefined;
  const counted: string[] = [];
  const events: EventNote[] = [];
  const sourceSeen = ({ name }: { name: string }, finding: string): void => void counted.push(`${finding} ${name}`);
  const concerned = ({ name }: { name: string }): void => void counted.push(`concerned ${name}`);
  const engine = createEngine(
    {
      ...{ api, log, queue, ledger, signal: stopping.signal },
      events: { record: (note) => void events.push(note) },
      keyRing: ringOf(digestKey),
      metrics: { invalidAnnotation: nothing, unknownKey: nothing, reverted: nothing, sourceSeen, concerned },
      kinds: createWorkloadKinds(),
      oneSequence: () => true,
      now: options.now ?? Date.now,
      isLeader: () => true,
      readWorkload,
      listeners: [{ restarted: nothing, failed: ({ name }) => void counted.push(`failed ${name}`) }],
    },
    {
      settleMaxMs: options.settleMaxMs ?? 0,
      pace: { maxIntervalMs: 0, burst: 1 },
      rules: { settleMs: options.settleMs ?? 0, minIntervalMs: 0 },
      ...{ restart, reloadOnCreate: true, reloadOnDelete: false, adopt: "record", events: "restamp" },
      ...(options.reach && { reach: options.reach }),
    },
  );
  engine.open();
  const workloads = engine.store.handler(kind, undefined);
  const spaces = engine.namespaces.handler(undefined);
  const id = { kind: "ConfigMap", namespace: "shop", name: "app" } as const;
  const changed = (version: number): void =>
    engine.sources.handler("ConfigMap", undefined).event("modified", { namespace: "shop", name: "app", version });

  async function read(): Promise<void> {
    const wanted = JSON.stringify(await cluster.answers.get(sourcePath));
    const isRead = (): boolean => {
      const state = engine.sources.state(id);
      if (!engine.index.has(id) || wanted === undefined) return true;
      return state?.is === "present" && wanted.includes(`"resourceVersion":"${state.version}"`);
    };
    await waitFor(isRead, { intervalMs: 5, describe: "the ConfigMap to be read" });
  }

  return {
    ...{ engine, queue, ledger, cluster, counted, events },
    namespace(labeledAt) {
      spaces.event("modified", readNamespace(namespaceObject(labeledAt)));
    },
    workload(version, { type = "added", image = "app:1", stamp } = {}) {
      const annotations = stamp === undefined ? {} : { "restamp.dev/stamp": stamp };
      const container = { name: "main", image, envFrom: [{ configMapRef: { name: "app" } }] };
      const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: `${version}` };
      const object = {
        metadata: { ...metadata, creationTimestamp: at(10) },
        spec: { template: { metadata: { annotations }, spec: { containers: [container] } } },
      };
      workloads.event(type, readWorkload(kind, object));
    },
    source(version, value, writtenAt = 0) {
      const fields = { fieldsV1: { "f:data": {} }, time: at(writtenAt) };
      const metadata = {
        name: "app",
        namespace: "shop",
        uid: "c1",
        resourceVersion: `${version}`,
        managedFields: [fields],
      };
      cluster.answers.set(sourcePath, { object: { metadata, data: { value } } });
      changed(version);
    },
    changed,
    read,
    async reconcile() {
      await read();
      return engine.reconcile(deploymentKey, stopping.signal);
    },
    patches: () => cluster.asked.filter((path) => path.startsWith(`${deploymentPath}?`)).length,
    stamps: () =>
      cluster.patches.flatMap(
        (body) =>
          JSON.stringify(body)
            .match(/v1:[^"]+/g)
            ?.at(-1) ?? [],
      ),
  };
}

function ringOf(key: StoredKey): KeyRing {
  return {
    keys: () => [key],
    find: (id) => (id === key.id ? key : undefined),
    signing: () => key,
    refresh: async () => undefined,
  };
}

function namespaceObject(labeledAt: number | undefined) {
  if (labeledAt === undefined) return { metadata: { name: "shop" } };
  const fieldsV1 = { "f:metadata": { "f:labels": { "f:restamp.dev/enabled": {} } } };
  const labels = { "restamp.dev/enabled": "true" };
  return { metadata: { name: "shop", labels, managedFields: [{ fieldsV1, time: at(labeledAt) }] } };
}
