import { isClusterError } from "../src/core/errors.ts";
import { asObject, asString, at } from "../src/core/json.ts";
import { formatLedgerEntry, type LedgerEntry, parseLedgerEntry } from "../src/core/ledger-entry.ts";
import { configMaps, resourcePath } from "../src/core/object-ref.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import { answeredObject } from "../src/kube/answered-object.ts";

/** What becomes of one entry. */
export interface LedgerChange {
  readonly uid: string;
  /** `undefined`: it goes. */
  readonly entry: LedgerEntry | undefined;
  /** What is stored, as far as this process knows. */
  readonly before: LedgerEntry | undefined;
}

/** What was not written, and why. */
export interface LedgerRefusal {
  readonly changes: readonly LedgerChange[];
  readonly reason: string;
}

/** The ConfigMaps of a ledger. */
export interface LedgerShards {
  name(shard: number): string;
  /** The entries of all, as text, by uid. Throws `ClusterError`. */
  load(count: number, signal: AbortSignal): Promise<readonly ReadonlyMap<string, string>[]>;
  /**
   * Writes entries of one ConfigMap. If it has no room for all of them: as many as possible, with their newest record alone,
   * and the others are returned. Of an entry that somebody else has written since, the leader's word counts; whoever leads
   * no more leaves it as it is. Throws `ClusterError`.
   */
  write(shard: number, changes: readonly LedgerChange[], signal: AbortSignal): Promise<LedgerRefusal | undefined>;
}

/** What the ConfigMaps are reached through. */
export interface LedgerShardsDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  /** By this process's own clock. */
  readonly isLeader: () => boolean;
}

const labels = { "app.kubernetes.io/name": "restamp", "app.kubernetes.io/component": "ledger" };
const query = { fieldManager: "restamp" };
/** Controllers that share a cluster write to the same ConfigMaps, each about once a second. */
const mostAttempts = 5;

/** Those called `<name>-0`, `<name>-1`…, of which nothing is known yet. */
export function createLedgerShards(
  { api, log, isLeader }: LedgerShardsDeps,
  options: { readonly namespace: string; readonly name: string },
): LedgerShards {
  const { namespace } = options;
  /** The resourceVersions that were seen last. */
  const versions = new Map<number, string>();
  const nameOf = (shard: number): string => `${options.name}-${shard}`;
  const pathOf = (shard: number): string => resourcePath(configMaps, { namespace, name: nameOf(shard) });

  function note(shard: number, object: unknown): void {
    const version = asString(at(object, ["metadata", "resourceVersion"]));
    if (version === undefined) versions.delete(shard);
    else versions.set(shard, version);
  }

  async function read(shard: number, signal: AbortSignal): Promise<unknown> {
    const path = pathOf(shard);
    const object = await orMissing(api.request<unknown>({ method: "GET", path, signal }));
    return object === undefined ? undefined : answeredObject(path, object);
  }

  /** Only what changes, key by key, on top of what was seen last: `conflict` if there is something newer. */
  async function send(shard: number, changes: readonly LedgerChange[], signal: AbortSignal): Promise<void> {
    const texts = changes.map(({ uid, entry }) => [uid, textOf(entry)] as const);
    const resourceVersion = versions.get(shard);
    if (resourceVersion !== undefined) {
      const data = Object.fromEntries(texts.map(([uid, text]) => [uid, text ?? null]));
      const body = { metadata: { resourceVersion }, data };
      const contentType = "application/merge-patch+json";
      const call = api.request<unknown>({ method: "PATCH", path: pathOf(shard), contentType, query, body, signal });
      const answer = await orMissing(call);
      note(shard, answer);
      if (answer !== undefined) return;
    }
    const data = Object.fromEntries(texts.filter(([, text]) => text !== undefined));
    const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: nameOf(shard), namespace, labels }, data };
    const path = resourcePath(configMaps, { namespace });
    note(shard, await api.request<unknown>({ method: "POST", path, query, body, signal }));
  }

  /** What is still to be written after somebody else wrote. The Lease does not fence: a former leader finds out here. */
  async function afterOthers(shard: number, changes: readonly LedgerChange[], signal: AbortSignal) {
    const object = await read(shard, signal);
    note(shard, object);
    if (isLeader()) return changes;
    const stored = textsOf(object);
    const untouched = changes.filter(({ uid, before }) => canonical(stored.get(uid)) === textOf(before));
    const entries = changes.length - untouched.length;
    if (entries > 0) log.info({ ledger: nameOf(shard), entries }, "Another leader has written since: its word counts");
    return untouched;
  }

  async function sendOverOthers(shard: number, changes: readonly LedgerChange[], signal: AbortSignal): Promise<void> {
    let rest = changes;
    for (let attempt = 1; rest.length > 0; attempt++) {
      try {
        await send(shard, rest, signal);
        return;
      } catch (error) {
        if (!isClusterError(error, "conflict") || attempt === mostAttempts) throw error;
      }
      rest = await afterOthers(shard, rest, signal);
    }
  }

  return {
    name: nameOf,
    async load(count, signal) {
      const shards = Array.from({ length: count }, (_, shard) => shard);
      // Taken in together: of a load that fails, no answer that comes late may stand over what is learned after it.
      const objects = await Promise.all(shards.map((shard) => read(shard, signal)));
      for (const [shard, object] of objects.entries()) note(shard, object);
      return objects.map(textsOf);
    },
    async write(shard, changes, signal) {
      let reason = await refusal(sendOverOthers(shard, changes, signal));
      if (reason === undefined) return undefined;
      // What makes room comes first: when the first of the others does not fit, none does.
      const rest = changes.map(shortened).sort((one, other) => growth(one) - growth(other));
      for (let count = rest.length; rest.length > 0; ) {
        reason = await refusal(sendOverOthers(shard, rest.slice(0, count), signal));
        if (reason === undefined) rest.splice(0, count);
        else if (count === 1) return { changes: rest, reason };
        else count = Math.ceil(count / 2);
      }
      return undefined;
    },
  };
}

function textsOf(object: unknown): ReadonlyMap<string, string> {
  const data = Object.entries(asObject(at(object, ["data"])));
  return new Map(data.map(([uid, text]) => [uid, asString(text) ?? ""]));
}

function textOf(entry: LedgerEntry | undefined): string | undefined {
  return entry === undefined ? undefined : formatLedgerEntry(entry);
}

/** As this version of restamp would have written it. */
function canonical(text: string | undefined): string | undefined {
  return textOf(parseLedgerEntry(text ?? ""));
}

/** What counts most: the template that the workload has now. */
function shortened(change: LedgerChange): LedgerChange {
  const { entry } = change;
  return entry === undefined ? change : { ...change, entry: { ...entry, records: entry.records.slice(0, 1) } };
}

/** By how much the ConfigMap becomes longer. */
function growth({ uid, entry, before }: LedgerChange): number {
  const lengthOf = (text: string | undefined): number => (text === undefined ? 0 : uid.length + text.length);
  return lengthOf(textOf(entry)) - lengthOf(textOf(before));
}

/** What the API server says if it finds the ConfigMap too large, or invalid for another reason (422), or the request (413). */
async function refusal(call: Promise<void>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isClusterError(error, "invalid") || (isClusterError(error) && error.status === 413)) return error.message;
    throw error;
  }
}

async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isClusterError(error, "not-found")) return undefined;
    throw error;
  }
}
