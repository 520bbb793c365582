import { matchTime, restartsIn, type WorkloadMatch, workloadNameKey } from "./comparison.ts";
import type { SourceFacts, WorkloadFacts } from "./comparison-facts.ts";
import { type Because, whyMissed, whyOnlyReloader } from "./comparison-reasons.ts";
import type { Side, ToldFailure, ToldRestart, WorkloadName } from "./told-event.ts";

/** One line of the comparison. */
export interface ComparisonRow {
  readonly workload: WorkloadName;
  readonly verdict: WorkloadMatch["verdict"];
  /** Of the last of its restarts; milliseconds since the epoch. */
  readonly at: number;
  /** Stamp entries of what has changed, sorted; empty where that is not known. */
  readonly sources: readonly string[];
  /** How many restarts each side has told of. */
  readonly reloader: number;
  readonly restamp: number;
  /**
   * `same`: one for one. `needless`: restarts that nothing called for, of which there are `reloader - restamp`. `missed`:
   * pods run with old content. `open`: neither can be said.
   */
  readonly finding: "same" | Because["finding"];
  /** A word for programs. */
  readonly code: "same" | "coalesced" | Because["code"];
  /** In words, without a full stop; empty for `same`. */
  readonly why: string;
}

/** All that reasons are found in. */
export interface ComparisonContext {
  readonly windowMs: number;
  /** When the last Events were read; milliseconds since the epoch. */
  readonly until: number;
  /** Sides of which nothing was heard at all. */
  readonly silent: ReadonlySet<Side>;
  /** `undefined` where it was not looked at. */
  readonly workload: (workload: WorkloadName) => WorkloadFacts | undefined;
  /** `undefined` where it could not be looked at. `entry`: of a stamp. */
  readonly source: (namespace: string, entry: string) => SourceFacts | undefined;
  readonly failures: readonly ToldFailure[];
}

/** Sums of all rows. */
export interface ComparisonTotals {
  /** How often each has restarted, or would have. */
  readonly reloader: number;
  readonly restamp: number;
  /** Restarts of Reloader without which pods would run with the same content. */
  readonly needless: number;
  /** Restarts of restamp that Reloader did not make. */
  readonly missed: number;
  /** Restarts of one side of which neither can be said. */
  readonly open: number;
}

/** Gives every match its reason, in their order. */
export function comparisonRows(
  matches: readonly WorkloadMatch[],
  context: ComparisonContext,
): readonly ComparisonRow[] {
  const index = indexOf(matches);
  return matches.map((match) => {
    const { workload, verdict } = match;
    const all = restartsIn(match);
    const reloader = all.filter(({ side }) => side === "reloader").length;
    const sources = [...new Set(all.flatMap((restart) => restart.sources))].sort();
    const row = { workload, verdict, at: matchTime(match), sources, reloader, restamp: all.length - reloader };
    return { ...row, ...reasonOf(match, { context, index }) };
  });
}

/** Adds up the rows. */
export function comparisonTotals(rows: readonly ComparisonRow[]): ComparisonTotals {
  const sum = (count: (row: ComparisonRow) => number): number => rows.reduce((total, row) => total + count(row), 0);
  return {
    reloader: sum(({ reloader }) => reloader),
    restamp: sum(({ restamp }) => restamp),
    needless: sum((row) => (row.finding === "needless" ? row.reloader - row.restamp : 0)),
    missed: sum((row) => (row.finding === "missed" ? row.restamp : 0)),
    open: sum((row) => (row.finding === "open" ? row.reloader + row.restamp : 0)),
  };
}

/** What Reloader has restarted: for which source, and of which workloads without restamp. */
interface MatchIndex {
  readonly bySource: ReadonlyMap<string, readonly ToldRestart[]>;
  readonly alone: ReadonlyMap<string, readonly ToldRestart[]>;
}

type Reason = Pick<ComparisonRow, "finding" | "code" | "why">;

function reasonOf(match: WorkloadMatch, found: { context: ComparisonContext; index: MatchIndex }): Reason {
  const { context, index } = found;
  const facts = context.workload(match.workload);
  const sourceOf = (entry: string) => context.source(match.workload.namespace, entry);
  switch (match.verdict) {
    case "both": {
      const many = match.reloader.length;
      if (many === 1) return { finding: "same", code: "same", why: "" };
      return { finding: "needless", code: "coalesced", why: `${many} restarts where 1 is enough` };
    }
    case "only-reloader": {
      const restart = match.reloader;
      const siblings = restart.sources.flatMap((entry) => index.alone.get(aloneKey(restart, entry)) ?? []);
      return whyOnlyReloader({ restart, facts, sourceOf, siblings, context });
    }
    case "only-restamp": {
      const restart = match.restamp;
      const others = restart.sources.flatMap((entry) => index.bySource.get(sourceKeyOf(restart, entry)) ?? []);
      return whyMissed({ restart, facts, sourceOf, others, context });
    }
    default:
      return match satisfies never;
  }
}

function indexOf(matches: readonly WorkloadMatch[]): MatchIndex {
  const bySource = new Map<string, ToldRestart[]>();
  const alone = new Map<string, ToldRestart[]>();
  const add = (map: Map<string, ToldRestart[]>, key: string, restart: ToldRestart): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [restart]);
    else list.push(restart);
  };
  for (const match of matches) {
    for (const restart of restartsIn(match).filter(({ side }) => side === "reloader")) {
      for (const entry of restart.sources) {
        add(bySource, sourceKeyOf(restart, entry), restart);
        if (match.verdict === "only-reloader") add(alone, aloneKey(restart, entry), restart);
      }
    }
  }
  return { bySource, alone };
}

function sourceKeyOf({ workload }: ToldRestart, entry: string): string {
  return `${workload.namespace}/${entry}`;
}

function aloneKey({ workload }: ToldRestart, entry: string): string {
  return `${workloadNameKey(workload)}/${entry}`;
}
