import { formatDuration, parseDuration } from "./duration.ts";
import { namedSource, type SourceId, sourceEntry } from "./source.ts";

/** Reasons of the Events that tell of a restart: one that was carried out, and one that was not as `--mode=observe` asks. */
export const restartReasons = { restarted: "Restamped", observed: "WouldRestart" } as const;

/** What is reported as the Events' controller. */
export const restartReporter = "restamp.dev/controller";

/** What an Event that tells of a restart says for programs. */
export interface RestartFacts {
  /** Stamp entries of the changed sources, sorted, by name only; empty where not all of them are known. */
  readonly sources: readonly string[];
  /** How long before the restart the change was first seen, in milliseconds; `undefined` where nobody saw it happen. */
  readonly waitedMs: number | undefined;
}

/** Annotations of an Event that tells of a restart. */
const annotations = {
  /** `configmap/app,secret/db`. */
  sources: "restamp.dev/sources",
  /** A duration: how long before the Event the change was first seen. */
  waited: "restamp.dev/waited",
} as const;

/** More than that is not worth an annotation: it then counts as not known. */
const mostSources = 64;

/** The annotations of an Event that tells of a restart: what its sentence says, for programs. */
export function restartAnnotations(restart: {
  readonly sources: readonly Pick<SourceId, "kind" | "name">[];
  /** @see RestartFacts.waitedMs */
  readonly seconds: number | undefined;
}): Readonly<Record<string, string>> {
  const entries = [...new Set(restart.sources.map(sourceEntry))].sort();
  const isKnown = entries.length > 0 && entries.length <= mostSources;
  return {
    ...(isKnown ? { [annotations.sources]: entries.join(",") } : {}),
    ...(restart.seconds === undefined ? {} : { [annotations.waited]: formatDuration(restart.seconds * 1_000) }),
  };
}

/** Reads {@link restartAnnotations}, of whoever has written them. */
export function readRestartAnnotations(found: Readonly<Record<string, string>>): RestartFacts {
  const { [annotations.sources]: sources = "", [annotations.waited]: waited = "" } = found;
  const entries = sources.split(",").filter((entry) => entry !== "");
  const isKnown = entries.every((entry) => namedSource(entry) !== undefined);
  return { sources: isKnown ? [...new Set(entries)].sort() : [], waitedMs: parseDuration(waited) };
}
