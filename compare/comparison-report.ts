import { matchRestarts, matchTime, restartsIn } from "../src/core/comparison.ts";
import {
  type ComparisonRow,
  type ComparisonTotals,
  comparisonRows,
  comparisonTotals,
} from "../src/core/comparison-rows.ts";
import type { Side } from "../src/core/told-event.ts";
import type { ClusterFacts } from "./cluster-facts.ts";
import type { RestartLog } from "./restart-log.ts";

/** What a comparison came to. Times are milliseconds since the epoch. */
export interface ComparisonReport {
  readonly since: number;
  readonly until: number;
  readonly windowMs: number;
  readonly totals: ComparisonTotals;
  readonly rows: readonly ComparisonRow[];
  /** What a reader should know before believing it, one sentence each. */
  readonly notes: readonly string[];
}

/** The time that is compared. */
export interface ComparedTime {
  readonly since: number;
  readonly until: number;
  /** How far apart two restarts for the same change may be. */
  readonly windowMs: number;
}

/** Compares what was told, looking at the cluster for reasons. Rejects only if the signal aborts. */
export async function compareRestarts(
  { log, facts }: { readonly log: RestartLog; readonly facts: ClusterFacts },
  { since, until, windowMs }: ComparedTime,
  signal: AbortSignal,
): Promise<ComparisonReport> {
  // What came before is needed to find pairs.
  const matches = matchRestarts(log.restarts(), windowMs).filter((match) => matchTime(match) >= since);
  const lonely = matches.filter(({ verdict }) => verdict !== "both");
  const wanted = lonely.map((match) => ({
    workload: match.workload,
    sources: restartsIn(match).flatMap(({ sources }) => sources),
  }));
  await facts.load(wanted, signal);
  const counts = log.counts();
  const silent = new Set((["reloader", "restamp"] as const).filter((side) => counts[side] === 0));
  const rows = comparisonRows(matches, {
    ...{ windowMs, until, silent },
    ...{ workload: facts.workload, source: facts.source, failures: log.failures() },
  });
  return { since, until, windowMs, totals: comparisonTotals(rows), rows, notes: notesOf(log, silent) };
}

function notesOf(log: RestartLog, silent: ReadonlySet<Side>): readonly string[] {
  const notes: string[] = [];
  if (silent.size === 2) {
    notes.push(
      "There are no Events about restarts of either side: nothing has changed, they have expired (the API server keeps them for 1h by default), or they are not written; change a ConfigMap and try again, or collect them as they come with --for=24h",
    );
  } else if (silent.has("reloader")) {
    notes.push(
      "There are no Events of Reloader: is it running, does it look after these namespaces, and may it create events?",
    );
  } else if (silent.has("restamp")) {
    notes.push(
      'There are no Events of restamp: is "restamp reloader --mode=observe" running with the flags of Reloader, and may it create events.events.k8s.io? It says nothing of what it would not restart, either: change something that a workload uses to make sure',
    );
  }
  if (log.isEnforced()) {
    notes.push(
      "restamp restarts workloads itself, and Reloader restarts them again: for a trial start it with --mode=observe",
    );
  }
  if (log.dropped() > 0) {
    notes.push(
      `There were too many restarts: the ${log.dropped()} oldest are left out; name fewer namespaces with --watch-namespaces`,
    );
  }
  return notes;
}
