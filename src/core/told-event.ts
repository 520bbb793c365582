import { asObject, asString, asTexts, at } from "./json.ts";
import { parseReloadedNote, parseReloadFailNote, reloadReasons } from "./reloader/reload-event.ts";
import { readRestartAnnotations, restartReasons, restartReporter } from "./restart-event.ts";
import { sourceEntry } from "./source.ts";

/** Who tells of restarts: Stakater Reloader, or restamp. */
export type Side = "reloader" | "restamp";

/** A workload as Events name it. */
export interface WorkloadName {
  /** API group; empty where an Event does not tell. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One restart that a side has told of. Times are milliseconds since the epoch. */
export interface ToldRestart {
  readonly side: Side;
  readonly workload: WorkloadName;
  /** Stamp entries of what has changed, sorted; empty where that is not known. */
  readonly sources: readonly string[];
  /** The earliest time that it can be about: of the change itself, or of the Event before where Events were merged. */
  readonly from: number;
  /** The latest time that it can be about. */
  readonly until: number;
  /** When it was told: `until`, or where Events were merged a time before, as if they had come at even distances. */
  readonly at: number;
}

/** One Event about restarts of one workload; equal ones are merged, so that it may stand for many. */
export interface ToldEvent extends Omit<ToldRestart, "from" | "until" | "at"> {
  readonly uid: string;
  /** `restamp` has restarted it, rather than said that it would. */
  readonly enforced: boolean;
  /** How many restarts it stands for. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** Between the change and the first restart. */
  readonly waitedMs: number;
  /** The sources are those of the last restart only. */
  readonly combined: boolean;
}

/** A restart that Reloader tried in vain. */
export interface ToldFailure {
  readonly workload: WorkloadName;
  readonly first: number;
  readonly last: number;
  /** What the API server said. */
  readonly message: string;
}

/**
 * Reads an Event of the core API (`v1`), in which those of both APIs are served; `undefined` where it tells of no restart.
 * Never throws.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function readToldEvent(event: unknown): ToldEvent | undefined {
  const reason = asString(at(event, ["reason"])) ?? "";
  const times = timesOf(event);
  const workload = workloadOf(event);
  if (times === undefined || workload === undefined) return undefined;
  const uid = asString(at(event, ["metadata", "uid"])) ?? "";
  const from = parseReloadedNote(asString(at(event, ["message"])) ?? "");
  const facts = readRestartAnnotations(asTexts(at(event, ["metadata", "annotations"])));
  if (reporterOf(event) === restartReporter) {
    if (!ownReasons.has(reason)) return undefined;
    const enforced = reason !== restartReasons.observed;
    const { sources, waitedMs = 0 } = facts;
    return { side: "restamp", uid, workload, sources, ...times, waitedMs, enforced, combined: false };
  }
  if (reason !== reloadReasons.reloaded || from === undefined) return undefined;
  const { source, combined } = from;
  return {
    ...{ side: "reloader", uid, workload, ...times, combined },
    sources: [sourceEntry(source)],
    waitedMs: 0,
    enforced: true,
  };
}

/** Reads an Event of a restart that Reloader could not carry out; `undefined` for any other. */
export function readToldFailure(event: unknown): ToldFailure | undefined {
  const times = timesOf(event);
  const workload = workloadOf(event);
  const message = parseReloadFailNote(asString(at(event, ["message"])) ?? "");
  if (at(event, ["reason"]) !== reloadReasons.failed || reporterOf(event) === restartReporter) return undefined;
  if (times === undefined || workload === undefined || message === undefined) return undefined;
  return { workload, first: times.first, last: times.last, message };
}

/**
 * The restarts that an Event stands for, but for those that it stood for when it was read `before`. Of merged Events only the
 * first and the last have a time of their own.
 */
export function restartsOf(event: ToldEvent, before?: Pick<ToldEvent, "count" | "last">): readonly ToldRestart[] {
  const { side, workload, sources, count, first, last, waitedMs, combined } = event;
  const [known, since] = before === undefined ? [0, first] : [before.count, before.last];
  const fresh = count - known;
  if (fresh <= 0) return [];
  const earlier = { side, workload, sources: combined ? [] : sources };
  const restarts: ToldRestart[] = [];
  const isFirst = known === 0 && fresh > 1;
  if (isFirst) restarts.push({ ...earlier, from: first - waitedMs, until: first, at: first });
  const between = fresh - restarts.length - 1;
  for (let index = 1; index <= between; index++) {
    const at = since + ((last - since) * index) / (between + 1);
    restarts.push({ ...earlier, from: since, until: last, at });
  }
  // restamp may have held the last one back since the one before; Reloader holds nothing back.
  const from = count === 1 ? last - waitedMs : side === "restamp" ? since : last;
  restarts.push({ side, workload, sources, from, until: last, at: last });
  return restarts;
}

/** `restamp reloader` uses Reloader's reason. */
const ownReasons: ReadonlySet<string> = new Set([...Object.values(restartReasons), reloadReasons.reloaded]);

function reporterOf(event: unknown): string {
  return asString(at(event, ["reportingComponent"])) || (asString(at(event, ["source", "component"])) ?? "");
}

function workloadOf(event: unknown): WorkloadName | undefined {
  const { apiVersion, kind, namespace, name } = asObject(at(event, ["involvedObject"]));
  const version = asString(apiVersion) ?? "";
  if (typeof kind !== "string" || typeof namespace !== "string" || typeof name !== "string") return undefined;
  return { group: version.includes("/") ? version.slice(0, version.indexOf("/")) : "", kind, namespace, name };
}

/** Of either API: a count with first and last time, or an Event with a series. */
function timesOf(event: unknown): Pick<ToldEvent, "count" | "first" | "last"> | undefined {
  const time = (...path: string[]): number | undefined => {
    const value = Date.parse(asString(at(event, path)) ?? "");
    return Number.isNaN(value) ? undefined : value;
  };
  const created = time("metadata", "creationTimestamp");
  const first = time("firstTimestamp") ?? time("eventTime") ?? created;
  const last = time("series", "lastObservedTime") ?? time("lastTimestamp") ?? first;
  if (first === undefined || last === undefined) return undefined;
  const counted = at(event, ["series", "count"]) ?? at(event, ["count"]);
  const count = typeof counted === "number" && counted > 0 ? Math.min(counted, mostCounted) : 1;
  return { count, first: Math.min(first, last), last };
}

/** An Event of so many is no longer about restarts: its count must not fill the memory. */
const mostCounted = 10_000;
