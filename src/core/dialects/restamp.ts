import { parseDuration } from "../duration.ts";
import { quote } from "../quote.ts";
import { namedSourceKind, type SourceKind, sourceKinds } from "../source.ts";
import { globPattern, type SourcePattern } from "../source-pattern.ts";
import type { Counting, Dialect, Marks, SourceMarks, Texts, Wish } from "./dialect.ts";

/** Labels and annotations that restamp reads, whatever else it understands. */
export const keys = {
  /** Label of a Namespace; label or annotation of a workload: `"true"`, `"false"`, or `"matched"` for marked sources only. */
  enabled: "restamp.dev/enabled",
  /** Annotation: the kinds of source that count, `configmap, secret`; without it all. */
  kinds: "restamp.dev/kinds",
  /** Annotation: sources used through the API, `configmap/flags, secret/app-*`. */
  extra: "restamp.dev/extra",
  /** Annotation: sources that never roll this workload. */
  exclude: "restamp.dev/exclude",
  /** Annotation: quiet time before a change is acted on. */
  settle: "restamp.dev/settle",
  /** Annotation: shortest time between two restarts after a burst. */
  minInterval: "restamp.dev/min-interval",
  /** Annotation: how long rollouts are paused after a change. */
  pausePeriod: "restamp.dev/pause-period",
  /** Annotation, written by restamp: since when it has paused the workload. */
  pausedAt: "restamp.dev/paused-at",
  /** Annotation of an Argo Rollout: `restart` by `spec.restartAt`, or `rollout` of a changed template. */
  rolloutStrategy: "restamp.dev/rollout-strategy",
  /** Annotation of a source: `"true"`, it never rolls anything. */
  ignore: "restamp.dev/ignore",
  /** Annotation of a source: `"true"`, it counts for workloads that are enabled for `matched` sources. */
  match: "restamp.dev/match",
} as const;

/** restamp's own annotations. */
export const restampDialect: Dialect = {
  name: "restamp",
  isMark: (key) => key.startsWith("restamp.dev/"),
  optIn: [keys.enabled],
  pausedAt: keys.pausedAt,
  naming: [keys.extra],
  readWorkload,
  readSource,
  sourceMistakes,
};

/** Whether a Namespace opts all its workloads in. */
export function namespaceEnabled(namespace: Marks): boolean {
  return namespace.labels[keys.enabled] === "true";
}

/** The nearest word: the workload's own annotation, else its Namespace's. */
export function saidOf(workload: Marks, namespace: Marks, key: string): { text: string; where: string } | undefined {
  const own = workload.annotations[key];
  if (own !== undefined) return { text: own, where: "on the workload" };
  const inherited = namespace.annotations[key];
  return inherited === undefined ? undefined : { text: inherited, where: "on the Namespace" };
}

/** The workload's own word comes first, then its Namespace's. A value that cannot be read is reported and read safely: no restart comes of it. */
function readWorkload(workload: Marks, namespace: Marks): Wish {
  const problems: string[] = [];
  const said = (key: string) => saidOf(workload, namespace, key);
  const patterns = (key: string) => {
    const value = said(key);
    return value === undefined ? nothing : readPatterns(value.text, `${key} ${value.where}`, problems);
  };
  const exclusion = patterns(keys.exclude);
  const enabled = readEnabled(workload, namespace, problems);
  const extra = patterns(keys.extra).found;
  const kinds = readKinds(said(keys.kinds), problems);
  const counts = Object.fromEntries(kinds.map((kind) => [kind, enabled.counts]));
  const strategy = workload.annotations[keys.rolloutStrategy];
  if (strategy !== undefined && strategy !== "restart" && strategy !== "rollout") {
    problems.push(`Cannot read ${keys.rolloutStrategy}: ${quote(strategy)} is neither "restart" nor "rollout"`);
  }
  return {
    counts,
    extra,
    exclude: [...exclusion.found, ...exclusion.unread.flatMap(ofAnyKind)],
    pauseMs: readPause(said(keys.pausePeriod), problems),
    restartAt: strategy === "restart",
    said: enabled.said,
    refuses: enabled.said && enabled.counts === "none",
    problems,
    mistakes: misplaced(workload),
  };
}

const nothing = { found: [], unread: [] };

/** restamp reads the workload itself: its owners are told, instead of wondering. */
function misplaced({ labels, annotations, template = {} }: Marks): string[] {
  return [
    ...Object.values<string>(keys)
      .filter((key) => key in template)
      .map((key) => `${key} on the pod template is not read: write it on the workload`),
    ...asLabels(labels),
    ...(keys.ignore in annotations
      ? [`${keys.ignore} is read on ConfigMaps and Secrets: on a workload write ${keys.enabled}: "false"`]
      : []),
    ...(keys.match in annotations
      ? [`${keys.match} is read on ConfigMaps and Secrets: on a workload write ${keys.enabled}: "matched"`]
      : []),
  ];
}

function readEnabled(workload: Marks, namespace: Marks, problems: string[]): { counts: Counting; said: boolean } {
  const own = workload.labels[keys.enabled] ?? workload.annotations[keys.enabled];
  if (own === undefined) return { counts: namespaceEnabled(namespace) ? "all" : "none", said: false };
  if (own === "matched") return { counts: "matched", said: true };
  if (own !== "true" && own !== "false") {
    problems.push(
      `Cannot read ${keys.enabled} on the workload: ${quote(own)} is neither "true" nor "false", so nothing is restarted`,
    );
  }
  return { counts: own === "true" ? "all" : "none", said: true };
}

function readKinds(value: ReturnType<typeof saidOf>, problems: string[]): readonly SourceKind[] {
  if (value === undefined) return sourceKinds.map(({ kind }) => kind);
  return parts(value.text).flatMap((part) => {
    const kind = namedSourceKind(part);
    if (kind !== undefined) return kind;
    const names = sourceKinds.map(({ prefix }) => prefix).join(", ");
    problems.push(`Cannot read ${keys.kinds} ${value.where}: ${quote(part)} is none of ${names}`);
    return [];
  });
}

function readPause(value: ReturnType<typeof saidOf>, problems: string[]): number | undefined {
  if (value === undefined) return undefined;
  const parsed = parseDuration(value.text);
  if (parsed !== undefined) return parsed;
  problems.push(unreadDuration(keys.pausePeriod, value));
  return undefined;
}

/** What is wrong with a duration, in words. */
export function unreadDuration(key: string, value: { readonly text: string; readonly where: string }): string {
  return `Cannot read ${key} ${value.where}: ${quote(value.text)} is not a duration, write for example "10s"`;
}

function readPatterns(text: string, where: string, problems: string[]) {
  const found: SourcePattern[] = [];
  const unread: string[] = [];
  for (const part of parts(text)) {
    const [, prefix = "", name = ""] = /^([a-z]+)\/(.*)$/i.exec(part) ?? [];
    const kind = namedSourceKind(prefix);
    const pattern = kind === undefined ? undefined : globPattern(kind, name);
    if (pattern !== undefined) found.push(pattern);
    else {
      unread.push(part);
      problems.push(
        `Cannot read ${where}: ${quote(part)} is not "configmap/NAME" or "secret/NAME" (NAME may hold * and ?)`,
      );
    }
  }
  return { found, unread };
}

/** What somebody may have meant who excludes something without a kind that can be read: no restart comes of it. */
function ofAnyKind(part: string): SourcePattern[] {
  const text = part.slice(part.lastIndexOf("/") + 1).toLowerCase();
  return sourceKinds.flatMap(({ kind }) => globPattern(kind, text) ?? []);
}

function parts(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** A value that is neither `"true"` nor `"false"` is read so that no restart comes of it: ignored, not matched; `problem` says so. */
function readSource(annotations: Texts): SourceMarks {
  const { [keys.ignore]: ignore, [keys.match]: match } = annotations;
  const problem = [
    ...unreadSwitch(keys.ignore, ignore, "it rolls nothing"),
    ...unreadSwitch(keys.match, match, "it matches nothing"),
  ];
  return {
    ignored: ignore !== undefined && ignore !== "false",
    matched: match === "true",
    problem: problem.length === 0 ? undefined : problem.join("; "),
  };
}

function unreadSwitch(key: string, value: string | undefined, meaning: string): string[] {
  if (value === undefined || value === "true" || value === "false") return [];
  return [`Cannot read ${key}: ${quote(value)} is neither "true" nor "false", so ${meaning}`];
}

/** What a Namespace says that has no effect there, one sentence each with what to write. */
export function namespaceMistakes({ labels, annotations }: Marks): string[] {
  return [
    ...unreadSwitch(keys.enabled, labels[keys.enabled], "no workload takes part by it"),
    ...(keys.enabled in annotations ? [`${keys.enabled} on a Namespace is read as a label: write it as one`] : []),
    ...asLabels(labels),
  ];
}

function asLabels(labels: Texts): string[] {
  return Object.values<string>(keys)
    .filter((key) => key in labels && key !== keys.enabled)
    .map((key) => `${key} is not read as a label: write it as an annotation`);
}

/** What is read on workloads, and is on a ConfigMap or Secret instead. */
function sourceMistakes(annotations: Texts): string[] {
  return Object.values<string>(keys)
    .filter((key) => key in annotations && key !== keys.ignore && key !== keys.match)
    .map((key) => `${key} is read on workloads: write it on those that use this`);
}
