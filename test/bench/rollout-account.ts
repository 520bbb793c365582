/** What is expected of workloads, compared with what came. */
export interface RolloutAccount {
  /** One more rollout is to come of each. What came unasked until now is a duplicate, and not to be taken for it. */
  expect(names: readonly string[]): void;
  /** So many rollouts these should have had; as of the last {@link RolloutAccount.expect}. */
  expected(names: readonly string[]): ReadonlyMap<string, number>;
  /** Rollouts that have not come. */
  missing(): number;
  /** Rollouts that nobody asked for. */
  surplus(): number;
}

/** @param rollouts how often a workload was rolled until now. */
export function createRolloutAccount(rollouts: (name: string) => number): RolloutAccount {
  const expected = new Map<string, number>();
  let found = 0;
  const sum = (of: (more: number) => number): number =>
    [...expected].reduce((total, [name, count]) => total + of(rollouts(name) - count), 0);
  return {
    expect(names) {
      for (const name of names) {
        const before = expected.get(name) ?? 0;
        const unasked = Math.max(0, rollouts(name) - before);
        found += unasked;
        expected.set(name, before + unasked + 1);
      }
    },
    expected: (names) => new Map(names.map((name) => [name, expected.get(name) ?? 0])),
    missing: () => sum((more) => Math.max(0, -more)),
    surplus: () => found + sum((more) => Math.max(0, more)),
  };
}
