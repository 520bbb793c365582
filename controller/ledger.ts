import { hash } from "node:crypto";
import { isClusterError, messageOf } from "../src/core/errors.ts";
import { asObject, asString, at } from "../src/core/json.ts";
import { formatLedgerEntry, type LedgerEntry, parseLedgerEntry, withRecord } from "../src/core/ledger-entry.ts";
import { configMaps, resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import { pause } from "./pause.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/**
 * What no stamp can hold: what the pods of workloads run with that are not stamped yet, that cannot be stamped, or whose
 * template changed without the webhook. Kept in memory and, within a second, in ConfigMaps of restamp's own namespace.
 */
export interface Ledger {
  /** Reads what is its own of all ConfigMaps, in place of what is in memory. Throws `ClusterError`. */
  load(signal: AbortSignal): Promise<void>;
  find(uid: string): LedgerEntry | undefined;
  /** Records what the pods of the workload's template run with. */
  record(workload: Pick<TrackedWorkload, "key" | "workload">, text: string): void;
  /** Marks a workload that has left restamp's reach. */
  release(tracked: TrackedWorkload): void;
  forget(uid: string): void;
  entries(): ReadonlyMap<string, LedgerEntry>;
  /** Writes what has changed. Throws `ClusterError`; what could not be written stays to be written. */
  flush(signal: AbortSignal): Promise<void>;
  /** Flushes until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Where the ledger is kept. */
export interface LedgerOptions {
  readonly namespace: string;
  /** Shards are `<name>-0`, `<name>-1`… */
  readonly name: string;
  /** How long changes are collected before they are written, in milliseconds. */
  readonly intervalMs: number;
  /** In memory only: nothing is read or written. @default false */
  readonly volatile?: boolean;
  /** Whose entries are loaded, by namespace: controllers that share a cluster share the ConfigMaps. @default all */
  readonly isOwn?: (namespace: string) => boolean;
}

/**
 * How many ConfigMaps the ledger is spread over, by a hash of the workload's uid. Each holds 1 MiB, about 4,000 workloads
 * with three sources: 60,000 in all. A constant, as the RBAC names each of them.
 */
export const ledgerShards = 16;

const labels = { "app.kubernetes.io/name": "restamp", "app.kubernetes.io/component": "ledger" };
const query = { fieldManager: "restamp" };

/** An empty ledger; {@link Ledger.load} fills it. */
export function createLedger(deps: { api: ApiClient; log: Logger }, options: LedgerOptions): Ledger {
  const entries = new Map<string, LedgerEntry>();
  const dirty = new Set<string>();
  const { namespace, isOwn = () => true } = options;
  const shardName = (shard: number): string => `${options.name}-${shard}`;

  function put(uid: string, entry: LedgerEntry): void {
    entries.set(uid, entry);
    if (options.volatile !== true) dirty.add(uid);
  }

  async function readShard(shard: number, signal: AbortSignal): Promise<readonly (readonly [string, LedgerEntry])[]> {
    const path = resourcePath(configMaps, { namespace, name: shardName(shard) });
    const object = await orMissing(deps.api.request<unknown>({ method: "GET", path, signal }));
    return Object.entries(asObject(at(object, ["data"]))).flatMap(([uid, text]) => {
      const entry = parseLedgerEntry(asString(text) ?? "");
      if (entry !== undefined) return isOwn(namespaceOf(entry)) ? [[uid, entry] as const] : [];
      deps.log.warn({ ledger: shardName(shard), uid }, "Ledger entry is not readable: the workload is taken as new");
      return [];
    });
  }

  async function writeShard(shard: number, uids: readonly string[], signal: AbortSignal): Promise<void> {
    const name = shardName(shard);
    const data: Record<string, string | null> = {};
    for (const uid of uids) {
      const entry = entries.get(uid);
      data[uid] = entry === undefined ? null : formatLedgerEntry(entry);
    }
    if (await patchShard(name, data, signal)) return;
    const metadata = { name, namespace, labels };
    const present = Object.fromEntries(Object.entries(data).filter(([, text]) => text !== null));
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata, data: present };
    try {
      await deps.api.request({ method: "POST", path: resourcePath(configMaps, { namespace }), query, body, signal });
    } catch (error) {
      if (!isClusterError(error, "conflict")) throw error;
      // Another controller that shares the cluster was first: there is something to patch now.
      if (!(await patchShard(name, data, signal))) throw error;
    }
  }

  /** Only what changed, key by key: nobody who writes other entries, or led a moment ago, spoils anything. */
  async function patchShard(name: string, data: object, signal: AbortSignal): Promise<boolean> {
    const path = resourcePath(configMaps, { namespace, name });
    const contentType = "application/merge-patch+json";
    const call = deps.api.request<unknown>({ method: "PATCH", path, contentType, query, body: { data }, signal });
    return (await orMissing(call)) !== undefined;
  }

  async function flush(signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    for (const [shard, uids] of Map.groupBy(dirty, shardOf)) {
      // Taken out before the write: what changes during it has to be written again.
      for (const uid of uids) dirty.delete(uid);
      try {
        await writeShard(shard, uids, signal);
      } catch (error) {
        for (const uid of uids) dirty.add(uid);
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    async load(signal) {
      entries.clear();
      dirty.clear();
      if (options.volatile === true) return;
      // Taken in together: of a load that fails, no answer that comes late may stand over what is learned after it.
      const shards = await Promise.all(Array.from({ length: ledgerShards }, (_, shard) => readShard(shard, signal)));
      for (const [uid, entry] of shards.flat()) entries.set(uid, entry);
    },
    find: (uid) => entries.get(uid),
    record({ key, workload }, text) {
      const { uid, template } = workload;
      if (template !== undefined) put(uid, withRecord(entries.get(uid), key, { hash: template.hash, text }));
    },
    release({ key, workload }) {
      put(workload.uid, { workload: key, released: true, records: entries.get(workload.uid)?.records ?? [] });
    },
    forget(uid) {
      if (entries.delete(uid) && options.volatile !== true) dirty.add(uid);
    },
    entries: () => entries,
    flush,
    async run(signal) {
      while (!signal.aborted) {
        await flush(signal).catch((error: unknown) => {
          if (!signal.aborted) deps.log.warn({ error: messageOf(error) }, "Cannot write the ledger, trying again");
        });
        await pause(options.intervalMs, signal);
      }
    },
  };
}

/** Of `Deployment.apps/shop/cart`. */
function namespaceOf({ workload }: LedgerEntry): string {
  return workload.split("/")[1] ?? "";
}

function shardOf(uid: string): number {
  return Number.parseInt(hash("sha256", uid, "hex").slice(0, 8), 16) % ledgerShards;
}

async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isClusterError(error, "not-found")) return undefined;
    throw error;
  }
}
