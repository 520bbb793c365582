import type { Notices } from "./notices.ts";
import type { TrackedWorkload } from "./workload-store.ts";

/** How often another writer may undo an advance within an hour until the workload is left alone for the rest of it. */
const mostUndone = 3;
const undoneWindowMs = 3_600_000;

/** Until when a workload is left alone because another writer keeps undoing what is written. */
export function suspendedUntil(
  tracked: TrackedWorkload,
  { notices, now }: { readonly notices: Notices; readonly now: () => number },
): number | undefined {
  const { advances, workload } = tracked;
  const recent = advances.undone.filter((time) => time > now() - undoneWindowMs);
  advances.undone = recent;
  if (recent.length < mostUndone) {
    notices.clear(workload, "Suspended");
    return undefined;
  }
  const who = workload.writtenBy === undefined ? "another writer" : `field manager "${workload.writtenBy}"`;
  const note = `Restarts are suspended for up to an hour: ${who} has undone ${recent.length} of them; let it ignore the annotation restamp.dev/stamp`;
  notices.warn(workload, { reason: "Suspended", note });
  return (recent[0] ?? now()) + undoneWindowMs;
}
