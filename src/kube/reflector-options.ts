import type { Watched } from "../core/ports.ts";

/** How a reflector paces itself; all in milliseconds unless said otherwise. */
export interface ReflectorOptions {
  /** Try WatchList before listing in pages. @default true */
  readonly watchList: boolean;
  /** Objects on a page. @default 500 */
  readonly pageSize: number;
  /** Limit for one page. @default 60000 */
  readonly pageTimeoutMs: number;
  /**
   * A watch without a byte for so long is taken for dead and opened again from where it was. Bookmarks arrive every minute,
   * but not on a resource that never changes: there it costs two small requests. @default 90000
   */
  readonly idleMs: number;
  /** Shortest life of a watch; the longest is twice that. @default 300000 */
  readonly watchMs: number;
  /** Longest wait after failures; `Retry-After` may ask for twice as much. @default 30000 */
  readonly maxBackoffMs: number;
  /** How often to list what may be listed but not watched. @default 30000 */
  readonly pollIntervalMs: number;
  /** How often to look for an API that is not installed. @default 30000 */
  readonly absentPollMs: number;
  /**
   * Whether 404 means that the API is not installed. For a built-in API it is a failure instead: everything would look
   * deleted. @default true for API groups with a dot, which custom resources must have
   */
  readonly mayBeAbsent: boolean;
}

/** Fills in the defaults. */
export function reflectorOptions(watched: Watched, given: Partial<ReflectorOptions>): ReflectorOptions {
  return {
    watchList: true,
    pageSize: 500,
    pageTimeoutMs: 60_000,
    idleMs: 90_000,
    watchMs: 300_000,
    maxBackoffMs: 30_000,
    pollIntervalMs: 30_000,
    absentPollMs: 30_000,
    mayBeAbsent: watched.resource.group.includes("."),
    ...given,
  };
}
