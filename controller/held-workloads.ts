import type { Stale } from "./workers.ts";

/** More than anybody reads in one answer. */
const most = 20;

/**
 * The workloads that are held, by what holds them; `undefined` if there are none. Events tell why, but the API server forgets
 * them after an hour, and no metric has a series for each workload.
 */
export function heldNote(stale: ReadonlyMap<string, Stale>): string | undefined {
  if (stale.size === 0) return undefined;
  // Time alone ends a wait: what takes more than that comes first.
  const rank = (reason: Stale): number => (reason === "waiting" ? 1 : 0);
  const held = [...stale].sort(([, left], [, right]) => rank(left) - rank(right));
  const shown = Map.groupBy(held.slice(0, most), ([, reason]) => reason);
  const texts = [...shown].map(([reason, workloads]) => `${reason}: ${workloads.map(([key]) => key).join(", ")}`);
  const more = held.length > most ? `; and ${held.length - most} more` : "";
  return `${texts.join("; ")}${more}`;
}
