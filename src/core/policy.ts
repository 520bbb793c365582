import type { Counting, Dialect, Marks, SourceMarks, Texts, Wish } from "./dialects/dialect.ts";
import { keys, namespaceEnabled, restampDialect, saidOf, unreadDuration } from "./dialects/restamp.ts";
import { parseDuration } from "./duration.ts";
import type { SourceKind } from "./source.ts";
import type { SourcePattern } from "./source-pattern.ts";

/** What holds for every workload. */
export interface PolicyRules {
  /** The flags' word on pacing. Milliseconds. */
  readonly settleMs: number;
  readonly minIntervalMs: number;
  /** The dialects that are understood beside restamp's own. @default none */
  readonly dialects?: readonly Dialect[];
}

/** What holds for every workload: how its annotations are read, and how far what it refers to is followed. */
export type WorkloadRules = PolicyRules & ReferenceRules;

/** How the flags narrow what workloads refer to. */
export interface ReferenceRules {
  /** `object`: any key counts, whichever a workload selects. @default "key" */
  readonly granularity?: "key" | "object";
  /** Kinds of source that are not followed. @default none */
  readonly ignoredKinds?: ReadonlySet<SourceKind>;
}

/** What restamp is asked to do for one workload. */
export interface Policy {
  /** Whether it takes part: it or somebody else asks for it, and it does not refuse. */
  readonly enabled: boolean;
  /** Whether that is the workload's own word; else its Namespace's, or a flag's. */
  readonly said: boolean;
  /** Which of the sources that the pod template refers to count. */
  readonly counts: Readonly<Record<SourceKind, Counting>>;
  /** Sources that count though the pod template does not refer to them. */
  readonly extra: readonly SourcePattern[];
  /** Sources that do not count, unless `extra` names them. */
  readonly exclude: readonly SourcePattern[];
  readonly settleMs: number;
  readonly minIntervalMs: number;
  /** How rollouts are paused after a change; `undefined` not at all. */
  readonly pause: PausePolicy | undefined;
  /** Restart an Argo Rollout by `spec.restartAt` instead of a changed template. */
  readonly restartAt: boolean;
  /** Values that could not be read, one sentence each with what to write instead. */
  readonly problems: readonly string[];
  /** Annotations that do nothing where they are, one sentence each. */
  readonly mistakes: readonly string[];
  /** Annotations in which the workload could name more sources, in the dialects that it speaks. */
  readonly naming: readonly string[];
}

/** A pause that begins with a change and gathers all that come until it ends. */
export interface PausePolicy {
  readonly milliseconds: number;
  /** The annotation that tells since when. */
  readonly pausedAt: string;
}

/**
 * Reads what a workload and its Namespace ask for, in every dialect, and makes one policy of it:
 *
 * - `restamp.dev/enabled: "false"` on the workload is stronger than whatever else anybody says.
 * - A kind of source counts as far as any dialect asks for; extra sources are those of all dialects.
 * - What any dialect excludes does not count, but for names in `restamp.dev/extra`.
 * - A Rollout is restarted by `spec.restartAt` if any dialect asks for it.
 * - For pauses, restamp's own word comes first. For pacing: the workload's, its Namespace's, the flag's.
 */
export function readPolicy(workload: Marks, namespace: Marks, rules: PolicyRules): Policy {
  const own = restampDialect.readWorkload(workload, namespace);
  const dialects = [restampDialect, ...(rules.dialects ?? [])];
  const others = dialects.slice(1).map((dialect) => dialect.readWorkload(workload, namespace));
  const wishes = own.refuses === true ? [own] : [own, ...others];
  const counts = mostOf(wishes);
  const exclude = excluded(own, others);
  const problems = [...own.problems, ...others.flatMap((wish) => wish.problems)];
  const duration = (key: string, fallback: number): number => {
    const value = saidOf(workload, namespace, key);
    const parsed = value === undefined ? fallback : parseDuration(value.text);
    if (parsed !== undefined) return parsed;
    if (value !== undefined) problems.push(unreadDuration(key, value));
    return fallback;
  };
  return {
    enabled: own.refuses !== true && (own.said || namespaceEnabled(namespace) || others.some(asks)),
    said: [own, ...others].some((wish) => wish.said),
    counts,
    extra: wishes.flatMap((wish) =>
      wish === own ? own.extra : wish.extra.filter((each) => !isExcluded(each, exclude)),
    ),
    exclude,
    settleMs: duration(keys.settle, rules.settleMs),
    minIntervalMs: duration(keys.minInterval, rules.minIntervalMs),
    pause: pauseOf(wishes, dialects),
    restartAt: wishes.some((wish) => wish.restartAt === true),
    problems,
    mistakes: [own, ...others].flatMap((wish) => wish.mistakes),
    naming: dialects.flatMap(({ naming }, index) => ([own, ...others][index]?.said === true ? naming : [])),
  };
}

/** Which labels and annotations mean something, for whoever keeps them. */
export function isMark(key: string, { dialects = [] }: Pick<PolicyRules, "dialects">): boolean {
  return [restampDialect, ...dialects].some((dialect) => dialect.isMark(key));
}

/** What a source says about itself, in any dialect: ignored or matched if one of them says so. */
export function readSourceMarks(annotations: Texts, { dialects = [] }: Pick<PolicyRules, "dialects">): SourceMarks {
  const said = [restampDialect, ...dialects].map((dialect) => dialect.readSource(annotations));
  return {
    ignored: said.some(({ ignored }) => ignored),
    matched: said.some(({ matched }) => matched),
    problem: said.find(({ problem }) => problem !== undefined)?.problem,
  };
}

/** What a source says that is read on workloads only, in any dialect, and where to write it. */
export function sourceMistakes(
  annotations: Texts,
  { dialects = [] }: Pick<PolicyRules, "dialects">,
): readonly string[] {
  return [restampDialect, ...dialects].flatMap((dialect) => dialect.sourceMistakes(annotations));
}

/** The annotations, of any dialect, that tell since when a workload is paused by restamp or by what it replaces. */
export function pausedAtKeys({ dialects = [] }: Pick<PolicyRules, "dialects">): readonly string[] {
  return [restampDialect, ...dialects].flatMap(({ pausedAt }) => pausedAt ?? []);
}

function asks({ counts, extra }: Wish): boolean {
  return extra.length > 0 || Object.values(counts).some((counting) => counting !== "none");
}

const strength: readonly Counting[] = ["none", "matched", "all"];

function mostOf(wishes: readonly Wish[]): Policy["counts"] {
  const most = (kind: SourceKind): Counting =>
    strength[Math.max(...wishes.map(({ counts }) => strength.indexOf(counts[kind] ?? "none")))] ?? "none";
  return { ConfigMap: most("ConfigMap"), Secret: most("Secret"), SecretProviderClass: most("SecretProviderClass") };
}

function pauseOf(wishes: readonly Wish[], dialects: readonly Dialect[]): PausePolicy | undefined {
  const index = wishes.findIndex((wish) => wish.pauseMs !== undefined);
  const [milliseconds, pausedAt] = [wishes[index]?.pauseMs ?? 0, dialects[index]?.pausedAt];
  return milliseconds > 0 && pausedAt !== undefined ? { milliseconds, pausedAt } : undefined;
}

/** What does not count, but for what restamp's own `extra` names. */
function excluded(own: Wish, others: readonly Wish[]): readonly SourcePattern[] {
  const all = [...own.exclude, ...others.flatMap((wish) => wish.exclude)];
  return all.filter((each) => !(each.isName && own.extra.some((extra) => extra.isName && names(each, extra))));
}

/** Of a pattern it depends on what it matches. */
function isExcluded(named: SourcePattern, exclude: readonly SourcePattern[]): boolean {
  return named.isName && exclude.some((each) => names(each, named));
}

/** Whether a pattern matches what a name names. */
function names(pattern: SourcePattern, name: SourcePattern): boolean {
  return pattern.kind === name.kind && pattern.matches(name.text);
}
