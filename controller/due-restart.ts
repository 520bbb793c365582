import type { Case } from "./examination.ts";
import type { RestartCase } from "./reports.ts";

/** A restart that is due. */
export interface DueRestart extends RestartCase {
  readonly look: Case;
  /** The stamp of what is there now. */
  readonly stamp: string;
  readonly signal: AbortSignal;
}

/** Since the first event of the change, where that was seen; seconds. Whatever came between is part of it. */
export function secondsSince({ tracked: { unrest } }: Case, now: number): number | undefined {
  return unrest === undefined ? undefined : (now - unrest.reported) / 1_000;
}
