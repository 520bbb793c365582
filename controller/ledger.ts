import { hash } from "node:crypto";
import { messageOf } from "../src/core/errors.ts";
import { type LedgerEntry, parseLedgerEntry, withRecord } from "../src/core/ledger-entry.ts";
import type { ApiClient, Clock, Logger } from "../src/core/ports.ts";
import { createLedgerShards, type LedgerRefusal } from "./ledger-shards.ts";
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
  /**
   * Writes what has changed, but over nothing that another leader has written. Throws `ClusterError`; what could not be
   * written stays to be written.
   */
  flush(signal: AbortSignal): Promise<void>;
  /** Flushes until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a ledger works with. */
export interface LedgerDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  /** Whether this process leads by its own clock: its word then counts more than another's. @default there is no other */
  readonly isLeader?: () => boolean;
  readonly clock?: Clock;
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
  /**
   * Whose entries are loaded, by namespace: controllers that share a cluster share the ConfigMaps, and of namespaces that
   * are not watched nobody here could say which workloads there are. @default all
   */
  readonly isOwn?: (namespace: string) => boolean;
}

/**
 * How many ConfigMaps the ledger is spread over, by a hash of the workload's uid. Each holds 1 MiB, about 4,000 workloads
 * with three sources: 60,000 in all. A constant, as the RBAC names each of them.
 */
export const ledgerShards = 16;

/** How long an entry that no ConfigMap has room for is kept in memory alone before it is tried again. */
const heldBackMs = 10 * 60_000;

/** An empty ledger; {@link Ledger.load} fills it. */
export function createLedger(deps: LedgerDeps, options: LedgerOptions): Ledger {
  const { log, isLeader = () => true, clock = { now: () => Date.now() } } = deps;
  const { isOwn = () => true } = options;
  const shards = createLedgerShards({ api: deps.api, log, isLeader }, options);
  const entries = new Map<string, LedgerEntry>();
  /** What is stored of entries that have changed since. */
  const changed = new Map<string, LedgerEntry | undefined>();
  /** Those of them that there was no room for. */
  const heldBack = new Set<string>();
  let heldBackUntil = 0;
  /** Shards that this was told of. */
  const full = new Set<number>();

  /** To be called before the change. */
  function changes(uid: string): void {
    if (options.volatile === true) return;
    if (!changed.has(uid)) changed.set(uid, entries.get(uid));
    heldBack.delete(uid);
  }

  function put(uid: string, entry: LedgerEntry): void {
    changes(uid);
    entries.set(uid, entry);
  }

  function take(shard: number, texts: ReadonlyMap<string, string>): void {
    for (const [uid, text] of texts) {
      const entry = parseLedgerEntry(text);
      if (entry === undefined) {
        log.warn({ ledger: shards.name(shard), uid }, "Ledger entry is not readable: the workload is taken as new");
      } else if (isOwn(namespaceOf(entry))) entries.set(uid, entry);
    }
  }

  async function writeShard(shard: number, uids: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = uids.map((uid) => ({ uid, entry: entries.get(uid), before: changed.get(uid) }));
    // Taken out before the write: what changes during it has to be written again.
    for (const uid of uids) changed.delete(uid);
    try {
      const refused = await shards.write(shard, wanted, signal);
      if (refused !== undefined) holdBack(shard, refused);
    } catch (error) {
      for (const { uid, before } of wanted) changed.set(uid, before);
      throw error;
    }
  }

  /** Told once, not each second. */
  function holdBack(shard: number, { changes: refused, reason }: LedgerRefusal): void {
    if (heldBack.size === 0) heldBackUntil = clock.now() + heldBackMs;
    for (const { uid, before } of refused) {
      changed.set(uid, before);
      heldBack.add(uid);
    }
    if (full.has(shard)) return;
    full.add(shard);
    const fields = { ledger: shards.name(shard), entries: refused.length, reason };
    log.warn(fields, "Ledger entries do not fit: they are in memory alone, a restart takes their workloads as new");
  }

  async function flush(signal: AbortSignal): Promise<void> {
    if (clock.now() >= heldBackUntil) for (const each of [heldBack, full]) each.clear();
    const failures: unknown[] = [];
    const uids = [...changed.keys()].filter((uid) => !heldBack.has(uid));
    for (const [shard, those] of Map.groupBy(uids, shardOf)) {
      await writeShard(shard, those, signal).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    async load(signal) {
      for (const each of [entries, changed, heldBack, full]) each.clear();
      if (options.volatile === true) return;
      for (const [shard, texts] of (await shards.load(ledgerShards, signal)).entries()) take(shard, texts);
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
      if (!entries.has(uid)) return;
      changes(uid);
      entries.delete(uid);
    },
    entries: () => entries,
    flush,
    async run(signal) {
      while (!signal.aborted) {
        await flush(signal).catch((error: unknown) => {
          if (!signal.aborted) log.warn({ error: messageOf(error) }, "Cannot write the ledger, trying again");
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
