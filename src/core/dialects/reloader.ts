import { parseDuration } from "../duration.ts";
import { quote } from "../quote.ts";
import { type SourceKind, sourceKinds } from "../source.ts";
import { globPattern, regexPattern, type SourcePattern } from "../source-pattern.ts";
import type { Counting, Dialect, Marks, Texts, Wish } from "./dialect.ts";
import { mistakenKind, sourceMistakes, workloadMistakes } from "./reloader-mistakes.ts";

/** The annotations that Stakater Reloader reads for one kind of source. */
export interface ReloaderKindKeys {
  /** On the workload or its pod template: `auto` of this kind only. */
  readonly auto: string;
  /** On the workload or its pod template: names that count, as regular expressions separated by commas. */
  readonly reload: string;
  /** On the workload: names that never count. */
  readonly exclude: string;
}

/** The annotations that Stakater Reloader reads; its flags rename some of them. */
export interface ReloaderKeys {
  readonly auto: string;
  readonly search: string;
  /** On a source: `"true"`, it counts for workloads that search. */
  readonly match: string;
  /** On a source: `"true"`, it never rolls anything. */
  readonly ignore: string;
  readonly pausePeriod: string;
  readonly pausedAt: string;
  readonly rolloutStrategy: string;
  readonly kinds: Readonly<Record<SourceKind, ReloaderKindKeys>>;
}

const stakater = "reloader.stakater.com";

/** The keys of Reloader v1.4.21, without any of its flags. */
export const reloaderKeys: ReloaderKeys = {
  auto: `${stakater}/auto`,
  search: `${stakater}/search`,
  match: `${stakater}/match`,
  ignore: `${stakater}/ignore`,
  pausePeriod: `deployment.${stakater}/pause-period`,
  pausedAt: `deployment.${stakater}/paused-at`,
  rolloutStrategy: `${stakater}/rollout-strategy`,
  kinds: {
    ConfigMap: kindKeys("configmap"),
    Secret: kindKeys("secret"),
    SecretProviderClass: kindKeys("secretproviderclass"),
  },
};

function kindKeys(kind: string): ReloaderKindKeys {
  const plural = kind.endsWith("s") ? `${kind}es` : `${kind}s`;
  return {
    auto: `${kind}.${stakater}/auto`,
    reload: `${kind}.${stakater}/reload`,
    exclude: `${plural}.exclude.${stakater}/reload`,
  };
}

const deckhouse = "pod-reloader.deckhouse.io";

/**
 * The keys that Deckhouse's build of Reloader reads in place of Stakater's. What it does not rename keeps its name.
 *
 * @see https://deckhouse.io/modules/pod-reloader/
 */
export const deckhouseKeys: ReloaderKeys = {
  ...reloaderKeys,
  auto: `${deckhouse}/auto`,
  search: `${deckhouse}/search`,
  match: `${deckhouse}/match`,
  pausePeriod: `${deckhouse}/pause-period`,
  pausedAt: `${deckhouse}/paused-at`,
  kinds: {
    ...reloaderKeys.kinds,
    ConfigMap: {
      ...reloaderKeys.kinds.ConfigMap,
      auto: `configmap.${deckhouse}/auto`,
      reload: `${deckhouse}/configmap-reload`,
    },
    Secret: { ...reloaderKeys.kinds.Secret, auto: `secret.${deckhouse}/auto`, reload: `${deckhouse}/secret-reload` },
  },
};

/** Go's `strconv.ParseBool`: everything else is false. */
const trueTexts: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);

/** What holds for every workload. */
export interface ReloaderRules {
  /** Workloads that say nothing count all that they refer to. */
  readonly autoReloadAll: boolean;
  /** Keys of other dialects by which a workload can say something. @default none */
  readonly others?: readonly ReloaderKeys[];
}

/**
 * Reads annotations as Stakater Reloader v1.4.21 does (`ShouldReload`): for each kind of source, the workload's own
 * annotations if it has any of the four that matter, else those of its pod template.
 *
 * Different on purpose: `a|b` matches either name as a whole, and an expression that cannot be compiled affects that one
 * alone.
 */
export function createReloaderDialect(
  name: "reloader" | "deckhouse",
  keys: ReloaderKeys,
  rules: ReloaderRules,
): Dialect {
  const known = new Set([...flat(keys), mistakenKind]);
  return {
    name,
    isMark: (key) => known.has(key),
    optIn: [keys.auto, keys.search, ...Object.values(keys.kinds).flatMap(({ auto, reload }) => [auto, reload])],
    naming: [keys.kinds.ConfigMap.reload, keys.kinds.Secret.reload],
    pausedAt: keys.pausedAt,
    readWorkload: (workload) => readWorkload(keys, workload, rules),
    readSource: (annotations) => ({
      ignored: annotations[keys.ignore] === "true",
      matched: annotations[keys.match] === "true",
      problem: undefined,
    }),
    sourceMistakes: (annotations) => sourceMistakes(keys, annotations),
  };
}

function readWorkload(keys: ReloaderKeys, workload: Marks, rules: ReloaderRules): Wish {
  const problems: string[] = [];
  const readings = sourceKinds.map(({ kind }) => readKind(keys, { kind, workload, rules, problems }));
  const pause = workload.annotations[keys.pausePeriod];
  const pauseMs = pause === undefined ? undefined : parseDuration(pause);
  if (pause !== undefined && pauseMs === undefined) {
    problems.push(`Cannot read ${keys.pausePeriod}: ${quote(pause)} is not a duration of Go, write for example "5m"`);
  }
  return {
    counts: Object.fromEntries(readings.map(({ kind, counts }) => [kind, counts])),
    extra: readings.flatMap(({ extra }) => extra),
    exclude: readings.flatMap(({ exclude }) => exclude),
    pauseMs,
    restartAt: workload.annotations[keys.rolloutStrategy] === "restart",
    said: readings.some(({ said }) => said),
    problems,
    mistakes: workloadMistakes(keys, workload),
  };
}

interface KindCase {
  readonly kind: SourceKind;
  readonly workload: Marks;
  readonly rules: ReloaderRules;
  readonly problems: string[];
}

function readKind(keys: ReloaderKeys, { kind, workload, rules, problems }: KindCase) {
  const { reload, exclude } = keys.kinds[kind];
  const said = saidFor(keys, kind, workload);
  const excluded = parts(workload.annotations[exclude]).flatMap((part) => exactly(kind, part));
  const named = parts(said[reload]).flatMap((part) => {
    const pattern = regexPattern(kind, part);
    if (!("problem" in pattern)) return pattern;
    problems.push(`Cannot read ${reload}: ${pattern.problem}`);
    return [];
  });
  // What is excluded is so even where it is named.
  const extra = named.filter((pattern) => !(pattern.isName && excluded.some((each) => each.matches(pattern.text))));
  const isSilent = [keys, ...(rules.others ?? [])].every((each) => autosOf(each, kind, workload).length === 0);
  const isAuto = autosOf(keys, kind, workload).some((text) => trueTexts.has(text));
  const others: Counting = said[keys.search] === "true" ? "matched" : "none";
  const counts = isAuto || (isSilent && rules.autoReloadAll) ? "all" : others;
  return { kind, counts, extra, exclude: excluded, said: isIn(keys, kind, said) };
}

/** Whether there is any of the annotations that are read for a kind of source. */
function isIn(keys: ReloaderKeys, kind: SourceKind, texts: Texts): boolean {
  const { auto, reload } = keys.kinds[kind];
  return [reload, keys.search, keys.auto, auto].some((key) => key in texts);
}

/** The annotations that count for a kind of source: the workload's own, or those of its pod template. */
function saidFor(keys: ReloaderKeys, kind: SourceKind, { annotations, template = {} }: Marks): Texts {
  return isIn(keys, kind, annotations) ? annotations : template;
}

/** What is said about all that a workload refers to, unless it is empty. */
function autosOf(keys: ReloaderKeys, kind: SourceKind, workload: Marks): string[] {
  const said = saidFor(keys, kind, workload);
  return [said[keys.auto] ?? "", said[keys.kinds[kind].auto] ?? ""].filter((text) => text !== "");
}

/** A name, however it reads: Reloader compares whole texts. */
function exactly(kind: SourceKind, text: string): SourcePattern[] {
  const pattern = globPattern(kind, text);
  return pattern?.isName === true ? [pattern] : [];
}

function flat({ kinds, ...keys }: ReloaderKeys): string[] {
  return [
    ...Object.values(keys),
    ...Object.values(kinds).flatMap(({ auto, reload, exclude }) => [auto, reload, exclude]),
  ];
}

function parts(text = ""): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
