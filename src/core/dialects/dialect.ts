import type { SourceKind } from "../source.ts";
import type { SourcePattern } from "../source-pattern.ts";

/** Text by key: labels or annotations. */
export type Texts = Readonly<Record<string, string>>;

/** Labels and annotations of an object, as far as they mean something to restamp. */
export interface Marks {
  readonly labels: Texts;
  readonly annotations: Texts;
  /** Annotations of a workload's pod template. @default none */
  readonly template?: Texts;
}

/** Which of the sources that a pod template refers to count: all, those that are marked to match, or none. */
export type Counting = "none" | "matched" | "all";

/** What one dialect of annotations asks for. Nothing of it is binding alone: `policy.ts` merges all dialects' wishes. */
export interface Wish {
  /** By kind; a kind that is missing counts as `none`. */
  readonly counts: Readonly<Partial<Record<SourceKind, Counting>>>;
  /** Sources that count though the pod template does not refer to them. */
  readonly extra: readonly SourcePattern[];
  /** Sources that never count. */
  readonly exclude: readonly SourcePattern[];
  /** How long rollouts are paused after a change, so that all changes until then become one. Milliseconds. */
  readonly pauseMs?: number | undefined;
  /** Restart an Argo Rollout by `spec.restartAt` instead of a changed template. */
  readonly restartAt?: boolean;
  /** Whether the workload itself says that it takes part, or that it does not. */
  readonly said: boolean;
  /** The workload itself says that it does not take part, whoever else asks for it. @default false */
  readonly refuses?: boolean;
  /** Values that cannot be read, one sentence each with what to write instead. */
  readonly problems: readonly string[];
  /** Annotations that are there and do nothing, one sentence each with what to write instead. */
  readonly mistakes: readonly string[];
}

/** What a source's annotations say in one dialect. */
export interface SourceMarks {
  /** It never rolls anything. */
  readonly ignored: boolean;
  /** It counts for workloads that count `matched` sources. */
  readonly matched: boolean;
  readonly problem: string | undefined;
}

/** One language of annotations: restamp's own, or one that its users bring along. A new dialect is a new file and a row. */
export interface Dialect {
  readonly name: "restamp" | "reloader" | "deckhouse" | "wave";
  /** Whether a label or annotation of this key means something in the dialect. All others are not kept in memory. */
  isMark(key: string): boolean;
  readWorkload(workload: Marks, namespace: Marks): Wish;
  readSource(annotations: Texts): SourceMarks;
  /** Annotations of a source that are read on workloads, one sentence each with where to write them. */
  sourceMistakes(annotations: Texts): readonly string[];
  /** Annotations of a workload, or of its pod template, that may make it take part. */
  readonly optIn: readonly string[];
  /** Annotations by which a workload names sources that its pod template does not refer to. */
  readonly naming: readonly string[];
  /** The annotation that tells since when restamp has paused a workload. */
  readonly pausedAt?: string;
}

/** Nothing is asked for. */
export const noWish: Wish = { counts: {}, extra: [], exclude: [], said: false, problems: [], mistakes: [] };
/** A source that says nothing. */
export const noMarks: SourceMarks = { ignored: false, matched: false, problem: undefined };
