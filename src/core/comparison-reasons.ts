import { workloadNameKey } from "./comparison.ts";
import type { SourceFacts, WorkloadFacts } from "./comparison-facts.ts";
import { formatDuration } from "./duration.ts";
import type { SourceReference } from "./pod-references.ts";
import { namedSource } from "./source.ts";
import type { Side, ToldFailure, ToldRestart } from "./told-event.ts";
import { matchesAny } from "./workload-references.ts";

/** Why only one side has restarted a workload. */
export interface Because {
  readonly finding: "needless" | "missed" | "open";
  readonly code: NeedlessCode | MissedCode | OpenCode;
  readonly why: string;
}

type NeedlessCode = "not-used" | "created" | "deployed" | "other-keys" | "recreated" | "changed-back" | "no-change";
type MissedCode = "kind" | "failed" | "unseen" | "appeared" | "not-restarted" | "nobody-restarted";
type OpenCode = "silent" | "recent" | "job" | "gone" | "unreadable" | "not-asked" | "deleted";

/** One restart of one side alone, and what is known around it. */
export interface LonelyRestart {
  readonly restart: ToldRestart;
  /** `undefined` where it was not looked at. */
  readonly facts: WorkloadFacts | undefined;
  readonly sourceOf: (entry: string) => SourceFacts | undefined;
  readonly context: {
    readonly windowMs: number;
    readonly until: number;
    readonly silent: ReadonlySet<Side>;
    readonly failures: readonly ToldFailure[];
  };
}

/** restamp's longest wait for quiet, and until a merged Event of it is written. */
const mostDelayMs = 90_000;
/** How long a deploy takes that writes sources and workloads. */
const deployMs = 30_000;
/** The kinds that Reloader 1.4 restarts. */
const reloaderKinds: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "CronJob",
  "Job",
  "Rollout",
]);

/** `siblings`: all restarts of Reloader alone of this workload for the same source. */
export function whyOnlyReloader(case_: LonelyRestart & { readonly siblings: readonly ToldRestart[] }): Because {
  const { restart, facts, context } = case_;
  const [entry = ""] = restart.sources;
  const what = describeEntry(entry);
  if (restart.workload.kind === "Job") {
    return open("job", "Reloader deletes a Job and creates it again: restamp saw a new one");
  }
  if (facts === undefined || facts.is === "gone") return open("gone", "the workload does not exist any more");
  if (facts.is === "unreadable") return open("unreadable", facts.reason);
  const reference = referenceTo(facts, entry);
  if (entry !== "" && reference === undefined) {
    const isUsed = facts.template.some((each) => isEntry(each, entry));
    if (!isUsed) return needless("not-used", `the pod template does not refer to ${what}`);
    return open("not-asked", `its annotations do not ask restamp for ${what}`);
  }
  if (context.silent.has("restamp")) return open("silent", "nothing was heard of restamp");
  if (context.until - restart.at < Math.min(context.windowMs, mostDelayMs)) {
    return open("recent", "too recent: restamp may follow");
  }
  return whyUnchanged(case_, { facts, reference });
}

/** restamp was there, looked at the source for this workload, and saw no reason. */
function whyUnchanged(
  { restart, sourceOf, siblings, context }: LonelyRestart & { readonly siblings: readonly ToldRestart[] },
  { facts, reference }: { facts: Present; reference: SourceReference | "named" | undefined },
): Because {
  const { windowMs } = context;
  const isNear = (time: number): boolean => time >= restart.from - windowMs && time <= restart.until + windowMs;
  const [entry = ""] = restart.sources;
  const what = describeEntry(entry);
  const nearMs = Math.min(windowMs, deployMs);
  const isWith = (time: number): boolean => time >= restart.from - nearMs && time <= restart.until + nearMs;
  if (isWith(facts.createdAt))
    return needless("created", "the workload was created then: its pods began with this content");
  if (facts.deployedAt.some(isWith)) {
    return needless("deployed", "a deploy replaced the pods then: they began with this content");
  }
  const keys = onlyKeys(reference);
  if (keys !== undefined) return needless("other-keys", `the pods use only ${keys} of ${what}, which did not change`);
  const source = sourceOf(entry);
  if (source?.is === "gone") return open("deleted", `${what} does not exist any more`);
  if (source !== undefined && isNear(source.createdAt)) {
    return needless("recreated", `${what} was created then, with what the pods have already`);
  }
  const near = siblings.filter(({ at }) => isNear(at));
  if (near.length > 1) {
    const times = near.map(({ at }) => at);
    const span = formatDuration(Math.ceil((Math.max(...times) - Math.min(...times)) / 1_000) * 1_000);
    return needless("changed-back", `${what} changed ${near.length} times within ${span} and ended as it began`);
  }
  return needless("no-change", "restamp saw no change of what the pods use");
}

/** `others`: all restarts of Reloader, of whatever workload, for the same sources. */
export function whyMissed(case_: LonelyRestart & { readonly others: readonly ToldRestart[] }): Because {
  const { restart, facts, sourceOf, context, others } = case_;
  const { workload, sources } = restart;
  const isNear = (time: number): boolean =>
    time >= restart.from - context.windowMs && time <= restart.until + context.windowMs;
  if (context.silent.has("reloader")) return open("silent", "nothing was heard of Reloader");
  if (!reloaderKinds.has(workload.kind)) return missed("kind", `Reloader does not restart a ${workload.kind}`);
  const key = workloadNameKey(workload);
  const failure = context.failures.find(
    ({ first, last, workload: failed }) => workloadNameKey(failed) === key && (isNear(first) || isNear(last)),
  );
  if (failure !== undefined) return missed("failed", `Reloader could not restart it: ${cut(failure.message)}`);
  const named = sources.flatMap((entry) => namedSource(entry) ?? []);
  const list = sources.map(describeEntry).join(", ");
  if (facts?.is === "present" && named.length > 0) {
    if (!named.some(facts.isAskedOfReloader))
      return open("not-asked", `its annotations do not ask Reloader for ${list}`);
    if (!named.some(facts.isSeenByReloader)) return missed("unseen", `Reloader does not see that the pods use ${list}`);
  }
  const created = sources.find((entry) => {
    const source = sourceOf(entry);
    return source?.is === "present" && isNear(source.createdAt);
  });
  if (created !== undefined) {
    return missed(
      "appeared",
      `${describeEntry(created)} was created then: for Reloader no change without --reload-on-create`,
    );
  }
  if (named.length === 0) return missed("not-restarted", "Reloader did not restart it");
  return others.some(({ at }) => isNear(at))
    ? missed("not-restarted", `Reloader restarted other workloads for ${list}, but not this one`)
    : missed("nobody-restarted", `Reloader restarted nothing for ${list}`);
}

/** `ConfigMap app-config`, of an entry of a stamp. */
export function describeEntry(entry: string): string {
  const source = namedSource(entry);
  return source === undefined ? "a source that is not known" : `${source.kind} ${source.name}`;
}

type Present = Extract<WorkloadFacts, { is: "present" }>;

/** How the source counts: as the pod template refers to it, or because an annotation names it; `undefined`: it does not. */
function referenceTo({ references }: Present, entry: string): SourceReference | "named" | undefined {
  const source = namedSource(entry);
  if (source === undefined) return undefined;
  const found = references.sources.get(entry);
  return found ?? (matchesAny([...references.patterns.values()], source) ? "named" : undefined);
}

/** The keys that the pods use, in words; `undefined` where they use the whole source. */
function onlyKeys(reference: SourceReference | "named" | undefined): string | undefined {
  if (reference === undefined || reference === "named" || reference.allEnv || reference.allFiles) return undefined;
  const keys = reference.keys.filter(({ env, file }) => env || file).map(({ key }) => JSON.stringify(key));
  const shown = keys.slice(0, mostKeys).join(", ");
  const more = keys.length > mostKeys ? ` and ${keys.length - mostKeys} more` : "";
  return `${keys.length === 1 ? "key" : "keys"} ${shown}${more}`;
}

const mostKeys = 5;
const longest = 160;

function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

function isEntry({ kind, name }: SourceReference, entry: string): boolean {
  const source = namedSource(entry);
  return source?.kind === kind && source.name === name;
}

function needless(code: NeedlessCode, why: string): Because {
  return { finding: "needless", code, why };
}

function missed(code: MissedCode, why: string): Because {
  return { finding: "missed", code, why };
}

function open(code: OpenCode, why: string): Because {
  return { finding: "open", code, why };
}
