import { keepNewest } from "../src/core/bounded.ts";
import type { TemplateFacts } from "../src/core/workload.ts";

/** What this process has written to the pod template of one workload. */
export interface Advances {
  /** The last stamp of its own that the template is known to have had. */
  stamp: string | undefined;
  /** Stamps that were sent since: an answer that has not come, or is lost, does not tell whether the write was carried out. */
  readonly sent: Set<string>;
  /** When another writer took a stamp of its own away; ms since the epoch. */
  undone: number[];
}

/** A template as far as it tells who has written it. */
export type SeenTemplate = Pick<TemplateFacts, "stamp" | "bareHash"> | undefined;

/** More than changes that come while the API server answers nothing. */
const mostSent = 64;

/** Nothing has been written yet. */
export function createAdvances(): Advances {
  return { stamp: undefined, sent: new Set(), undone: [] };
}

/** A stamp is about to be written: from now on the watch may report it. */
export function sending({ sent }: Advances, stamp: string): void {
  sent.add(stamp);
  keepNewest(sent, mostSent);
}

/** A stamp that was sent is on the template, by the answer or by the watch. */
export function arrived(advances: Advances, stamp: string): void {
  advances.stamp = stamp;
  advances.sent.clear();
}

/**
 * A template has changed: by a write of this process, by one that undoes its stamp and nothing else, or by a deploy. Returns
 * whether it was the first of these.
 */
export function noteTemplate(
  advances: Advances,
  template: { readonly before: SeenTemplate; readonly now: SeenTemplate },
  time: number,
): boolean {
  const { before, now } = template;
  const isSame = now?.bareHash === before?.bareHash;
  if (now?.stamp !== undefined && advances.sent.has(now.stamp)) arrived(advances, now.stamp);
  if (advances.stamp === undefined || before?.stamp !== advances.stamp) {
    // The same stamp may come with a deploy.
    return isSame && now?.stamp !== undefined && now.stamp === advances.stamp;
  }
  // Reloader beside us: its writes undo nothing.
  if (isSame && now?.stamp === advances.stamp) return false;
  if (isSame) advances.undone.push(time);
  else advances.undone.length = 0;
  advances.stamp = undefined;
  return false;
}
