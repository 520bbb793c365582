import { parseDuration } from "./duration.ts";
import { isObjectName, type SourceKind } from "./source.ts";

/** Labels and annotations that restamp reads. */
export const keys = {
  /** Label of a Namespace; label or annotation of a workload: `"true"` or `"false"`. */
  enabled: "restamp.dev/enabled",
  /** Annotation: sources used through the API, `configmap/flags, secret/app-*`. */
  extra: "restamp.dev/extra",
  /** Annotation: sources that never roll this workload. */
  exclude: "restamp.dev/exclude",
  /** Annotation: quiet time before a change is acted on. */
  settle: "restamp.dev/settle",
  /** Annotation: shortest time between two restarts after a burst. */
  minInterval: "restamp.dev/min-interval",
  /** Annotation of a source: `"true"`, it never rolls anything. */
  ignore: "restamp.dev/ignore",
} as const;

/** Text by key: labels or annotations. */
export type Texts = Readonly<Record<string, string>>;

/** Labels and annotations of an object, as far as they exist. */
export interface Marks {
  readonly labels: Texts;
  readonly annotations: Texts;
}

/** Sources by name or by pattern (`*` any text, `?` one character). */
export interface SourcePattern {
  readonly kind: SourceKind;
  readonly pattern: string;
}

/** What the flags say for every workload. */
export interface PolicyDefaults {
  readonly settleMs: number;
  readonly minIntervalMs: number;
}

/** What restamp is asked to do for one workload. */
export interface Policy {
  readonly enabled: boolean;
  readonly extra: readonly SourcePattern[];
  readonly exclude: readonly SourcePattern[];
  readonly settleMs: number;
  readonly minIntervalMs: number;
  /** Values that could not be read, one sentence each with what to write instead. */
  readonly problems: readonly string[];
}

/**
 * Reads what a workload and its Namespace ask for. The workload's own word comes first, then its Namespace's annotation,
 * then the flag. A value that cannot be read is reported and read safely: no restart comes of it.
 */
export function readPolicy(workload: Marks, namespace: Marks, defaults: PolicyDefaults): Policy {
  const problems: string[] = [];
  const said = (key: string): { text: string; where: string } | undefined => {
    const own = workload.annotations[key];
    if (own !== undefined) return { text: own, where: "on the workload" };
    const inherited = namespace.annotations[key];
    return inherited === undefined ? undefined : { text: inherited, where: "on the Namespace" };
  };
  const duration = (key: string, fallback: number): number => {
    const value = said(key);
    if (value === undefined) return fallback;
    const parsed = parseDuration(value.text);
    if (parsed !== undefined) return parsed;
    problems.push(`Cannot read ${key} ${value.where}: ${quote(value.text)} is not a duration, write for example "10s"`);
    return fallback;
  };
  const patterns = (key: string): { readonly found: SourcePattern[]; readonly unread: string[] } => {
    const value = said(key);
    return value === undefined
      ? { found: [], unread: [] }
      : readPatterns(value.text, `${key} ${value.where}`, problems);
  };
  const { found: extra } = patterns(keys.extra);
  const exclusion = patterns(keys.exclude);
  const exclude = [...exclusion.found, ...exclusion.unread.flatMap(ofAnyKind)];
  return {
    enabled: readEnabled(workload, namespace, problems),
    extra,
    exclude,
    settleMs: duration(keys.settle, defaults.settleMs),
    minIntervalMs: duration(keys.minInterval, defaults.minIntervalMs),
    problems,
  };
}

/** Whether a Namespace opts all its workloads in. */
export function namespaceEnabled(namespace: Marks): boolean {
  return namespace.labels[keys.enabled] === "true";
}

/**
 * Whether a source asks never to roll anything. A value that is neither `"true"` nor `"false"` is read as the wish that it
 * is: no restart comes of it; `problem` says so.
 */
export function readIgnore(annotations: Texts): { readonly ignored: boolean; readonly problem: string | undefined } {
  const value = annotations[keys.ignore];
  const isKnown = value === undefined || value === "true" || value === "false";
  const problem = `Cannot read ${keys.ignore}: ${quote(value ?? "")} is neither "true" nor "false", so it rolls nothing`;
  return { ignored: value !== undefined && value !== "false", problem: isKnown ? undefined : problem };
}

/** Whether a pattern has wildcards: only the controller can then know what it matches. */
export function isWildcard(pattern: SourcePattern): boolean {
  return /[*?]/.test(pattern.pattern);
}

/** Whether a source's name matches a pattern as a whole. Linear in the length of the name for each `*`. */
export function matchesPattern(pattern: SourcePattern, source: { kind: SourceKind; name: string }): boolean {
  return pattern.kind === source.kind && glob(pattern.pattern, source.name);
}

function readEnabled(workload: Marks, namespace: Marks, problems: string[]): boolean {
  const own = workload.labels[keys.enabled] ?? workload.annotations[keys.enabled];
  if (own === "true" || own === "false") return own === "true";
  if (own === undefined) return namespaceEnabled(namespace);
  problems.push(
    `Cannot read ${keys.enabled} on the workload: ${quote(own)} is neither "true" nor "false", so nothing is restarted`,
  );
  return false;
}

function readPatterns(text: string, where: string, problems: string[]) {
  const found: SourcePattern[] = [];
  const unread: string[] = [];
  for (const part of text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "")) {
    const [, kind, pattern = ""] = /^(configmap|secret)\/(.*)$/i.exec(part) ?? [];
    if (kind === undefined || !isPossibleName(pattern)) {
      unread.push(part);
      problems.push(
        `Cannot read ${where}: ${quote(part)} is not "configmap/NAME" or "secret/NAME" (NAME may hold * and ?)`,
      );
      continue;
    }
    found.push({ kind: kind.toLowerCase() === "secret" ? "Secret" : "ConfigMap", pattern });
  }
  return { found, unread };
}

/** Whether a pattern can match a name: a wildcard stands for at least nothing and at most anything. */
function isPossibleName(pattern: string): boolean {
  return isObjectName(pattern.replaceAll(/[*?]/g, "a"));
}

/** What somebody may have meant who excludes something without a kind that can be read: no restart comes of it. */
function ofAnyKind(part: string): SourcePattern[] {
  const pattern = part.slice(part.lastIndexOf("/") + 1).toLowerCase();
  if (!isPossibleName(pattern)) return [];
  return [
    { kind: "ConfigMap", pattern },
    { kind: "Secret", pattern },
  ];
}

/** Greedy matching with one point to return to: no exponential case, unlike a regular expression made of the pattern. */
function glob(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (pattern[p] === "*") {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

/** Quoted and cut: what somebody wrote may be of any length. */
function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
