import { keepNewest } from "../src/core/bounded.ts";

/** How many creations are remembered: more than the API server reports between a workload and its sources. */
const most = 2_000;

/**
 * The latest sources to be created, whether anybody refers to them or not. `kubectl apply` of a directory makes a workload and
 * its sources within milliseconds: when the workload is seen, its sources may be there already, and only the creation's
 * version tells whether what is read now is what they were created with.
 */
export interface RecentCreations {
  created(key: string, version: number): void;
  deleted(key: string): void;
  /** The version a source was created at; `undefined` if that was not seen, or there was one of that name before. */
  version(key: string): number | undefined;
}

/** Remembers nothing yet; bounded. */
export function createRecentCreations(): RecentCreations {
  const versions = new Map<string, number | "again">();

  function note(key: string, version: number | "again"): void {
    versions.delete(key);
    versions.set(key, version);
    keepNewest(versions, most);
  }

  return {
    created(key, version) {
      const before = versions.get(key);
      note(key, before === undefined || before === version ? version : "again");
    },
    // Also of one whose creation was not seen: pods may have started with it, so what comes next is not the first.
    deleted: (key) => note(key, "again"),
    version(key) {
      const version = versions.get(key);
      return version === "again" ? undefined : version;
    },
  };
}
