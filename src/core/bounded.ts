/**
 * Forgets what was added first until no more than `most` are left. A Set and a Map keep the order of insertion: whoever wants
 * what was used last to stay deletes it and adds it again.
 */
export function keepNewest(kept: Set<string> | Map<string, unknown>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(oldest);
  }
}
