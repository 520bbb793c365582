import type { ToldRestart, WorkloadName } from "./told-event.ts";

/** Restarts of one workload that belong together, or one that stands alone. */
export type Match =
  /** restamp makes one of what Reloader may have made several. */
  | { readonly verdict: "both"; readonly reloader: readonly ToldRestart[]; readonly restamp: ToldRestart }
  | { readonly verdict: "only-reloader"; readonly reloader: ToldRestart }
  | { readonly verdict: "only-restamp"; readonly restamp: ToldRestart };

/** A {@link Match} with its workload. */
export type WorkloadMatch = Match & { readonly workload: WorkloadName };

/** The key of a workload in maps. The group is left out: not every Event tells it. */
export function workloadNameKey({ kind, namespace, name }: WorkloadName): string {
  return `${kind}/${namespace}/${name}`;
}

/**
 * Finds out which restarts of both sides are about the same change: of the same workload, about a common source (one that is
 * not known may be any), and no further than `windowMs` from each other or from the change. Every restart is in one match. Of
 * several matches that are possible, the nearest is taken, and none is left alone that another one could spare.
 *
 * Matches are in order of time, by workload in order of name.
 */
export function matchRestarts(restarts: readonly ToldRestart[], windowMs: number): readonly WorkloadMatch[] {
  const workloads = new Map<string, ToldRestart[]>();
  for (const restart of restarts) {
    const key = workloadNameKey(restart.workload);
    const told = workloads.get(key);
    if (told === undefined) workloads.set(key, [restart]);
    else told.push(restart);
  }
  return [...workloads.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, told]) => matchWorkload(told, windowMs));
}

/** When a match happened: its latest restart. */
export function matchTime(match: Match): number {
  return Math.max(...restartsIn(match).map(({ at }) => at));
}

/** All restarts of a match. */
export function restartsIn(match: Match): readonly ToldRestart[] {
  switch (match.verdict) {
    case "both":
      return [...match.reloader, match.restamp];
    case "only-reloader":
      return [match.reloader];
    case "only-restamp":
      return [match.restamp];
    default:
      return match satisfies never;
  }
}

interface Slot {
  readonly restamp: ToldRestart;
  readonly reloader: ToldRestart[];
}

function matchWorkload(told: readonly ToldRestart[], windowMs: number): WorkloadMatch[] {
  const inOrder = [...told].sort((left, right) => left.at - right.at || left.from - right.from);
  const slots = inOrder.flatMap((restamp): Slot[] => (restamp.side === "restamp" ? [{ restamp, reloader: [] }] : []));
  const slotOf = new Map<ToldRestart, Slot>();
  for (const restart of inOrder) {
    if (restart.side !== "reloader") continue;
    const slot = nearest(slots, restart, windowMs);
    slot?.reloader.push(restart);
    if (slot !== undefined) slotOf.set(restart, slot);
  }
  for (const slot of slots) if (slot.reloader.length === 0) takeSpare(slot, slotOf, windowMs);
  const workload = workloadName(told);
  const alone = inOrder.filter((restart) => restart.side === "reloader" && !slotOf.has(restart));
  const matches = [...slots.map(matchOf), ...alone.map((reloader): Match => ({ verdict: "only-reloader", reloader }))];
  return matches
    .map((match) => ({ ...match, workload, time: matchTime(match) }))
    .sort((left, right) => left.time - right.time)
    .map(({ time: _, ...match }) => match);
}

function matchOf({ restamp, reloader }: Slot): Match {
  return reloader.length === 0 ? { verdict: "only-restamp", restamp } : { verdict: "both", reloader, restamp };
}

function nearest(slots: readonly Slot[], restart: ToldRestart, windowMs: number): Slot | undefined {
  let best: Slot | undefined;
  let least: readonly [number, number] = [windowMs, Number.POSITIVE_INFINITY];
  for (const slot of slots) {
    if (!haveCommonSource(slot.restamp, restart)) continue;
    const gap = gapBetween(slot.restamp, restart);
    const distance = Math.abs(slot.restamp.at - restart.at);
    if (gap > least[0] || (gap === least[0] && distance >= least[1])) continue;
    best = slot;
    least = [gap, distance];
  }
  return best;
}

/** Gives an empty slot a restart of one that has several: what is in doubt counts for both sides. */
function takeSpare(slot: Slot, slotOf: Map<ToldRestart, Slot>, windowMs: number): void {
  let best: ToldRestart | undefined;
  for (const [restart, owner] of slotOf) {
    if (owner.reloader.length < 2 || !haveCommonSource(slot.restamp, restart)) continue;
    const gap = gapBetween(slot.restamp, restart);
    if (gap <= windowMs && (best === undefined || gap < gapBetween(slot.restamp, best))) best = restart;
  }
  const owner = best === undefined ? undefined : slotOf.get(best);
  if (best === undefined || owner === undefined) return;
  owner.reloader.splice(owner.reloader.indexOf(best), 1);
  slot.reloader.push(best);
  slotOf.set(best, slot);
}

/** Milliseconds between the times that two restarts can be about; 0 where they overlap. */
function gapBetween(left: ToldRestart, right: ToldRestart): number {
  return Math.max(0, left.from - right.until, right.from - left.until);
}

function haveCommonSource(left: ToldRestart, right: ToldRestart): boolean {
  if (left.sources.length === 0 || right.sources.length === 0) return true;
  return left.sources.some((source) => right.sources.includes(source));
}

function workloadName(told: readonly ToldRestart[]): WorkloadName {
  const known = told.find(({ workload }) => workload.group !== "") ?? told[0];
  if (known === undefined) throw new Error("There are no restarts of a workload without restarts");
  return known.workload;
}
