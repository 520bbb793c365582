import fc from "fast-check";
import t from "tap";
import { formatShard, isFirst, isOwn, nameInShard, parseShard, shardOf } from "../../../src/core/shard.ts";

const namespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const count = fc.integer({ min: 1, max: 64 });

/** Names as people choose them, which differ little. */
const similar = (many: number): string[] => Array.from({ length: many }, (_, index) => `team-${index}-prod`);

t.test("parseShard() reads what formatShard() writes", async (t) => {
  const shard = count.chain((all) =>
    fc.record({ index: fc.integer({ min: 0, max: all - 1 }), count: fc.constant(all) }),
  );
  fc.assert(fc.property(shard, (each) => t.same(parseShard(formatShard(each)), each)));
});

const mistakes: readonly { text: string; problem: RegExp }[] = [
  { text: "", problem: /^not understood; write "I\/N" such as 0\/2/ },
  { text: "0", problem: /^not understood/ },
  { text: "0/2/3", problem: /^not understood/ },
  { text: "-1/2", problem: /^not understood/ },
  { text: "01/2", problem: /^not understood/ },
  { text: "0 / 2", problem: /^not understood/ },
  { text: "0/0", problem: /^there cannot be 0 shards; write I\/N with N from 1 to 64$/ },
  { text: "0/65", problem: /^there cannot be 65 shards/ },
  { text: "2/2", problem: /^there is no shard 2 of 2, they count from 0; write 0\/2 to 1\/2$/ },
  { text: "1/1", problem: /; write 0\/1$/ },
];
for (const { text, problem } of mistakes) {
  t.test(`parseShard("${text}") says what is wrong`, async (t) => t.match(parseShard(text), { problem }));
}

t.test("shardOf() gives every namespace to exactly one shard", async (t) => {
  fc.assert(
    fc.property(namespace, count, (name, all) => {
      const shards = Array.from({ length: all }, (_, index) => ({ index, count: all }));
      const owners = shards.filter((shard) => isOwn(shard, name));
      return owners.length === 1 && owners[0]?.index === shardOf(name, all);
    }),
  );
  t.pass();
});

t.test("shardOf() moves namespaces to a new shard only, and from one that is gone to all others", async (t) => {
  fc.assert(
    fc.property(namespace, fc.integer({ min: 1, max: 63 }), (name, all) => {
      const [before, after] = [shardOf(name, all), shardOf(name, all + 1)];
      return after === before || after === all;
    }),
  );
  t.pass();
});

t.test(
  "shardOf() is even, also for names that differ little, and moves no more than the new shard's part",
  async (t) => {
    const names = similar(20_000);
    for (const all of [2, 3, 8, 64]) {
      const fair = names.length / all;
      const sizes = Map.groupBy(names, (name) => shardOf(name, all));
      // Five standard deviations of a binomial distribution.
      const slack = 5 * Math.sqrt(fair * (1 - 1 / all));
      for (const [index, { length }] of sizes)
        t.ok(Math.abs(length - fair) < slack, `${index} of ${all} has ${length}`);
      t.equal(sizes.size, all);
      const moved = names.filter((name) => shardOf(name, all) !== shardOf(name, all + 1)).length;
      const part = names.length / (all + 1);
      t.ok(Math.abs(moved - part) < 5 * Math.sqrt(part), `${moved} move from ${all} shards to ${all + 1}`);
    }
  },
);

t.test("shardOf() stays what it is: replicas of two versions must agree during an upgrade", async (t) => {
  const names = ["default", "kube-system", "shop", "team-a", "team-b", "team-c"];
  t.strictSame(
    names.map((name) => [2, 3, 64].map((all) => shardOf(name, all))),
    [
      [1, 1, 50],
      [0, 0, 59],
      [0, 2, 45],
      [0, 0, 34],
      [0, 2, 8],
      [1, 1, 33],
    ],
  );
});

t.test("isOwn(), isFirst() and nameInShard() without shards: everything is here, under its own name", async (t) => {
  t.equal(isOwn(undefined, "shop"), true);
  t.equal(isFirst(undefined), true);
  t.equal(nameInShard("restamp-controller", undefined), "restamp-controller");
  t.equal(nameInShard("restamp-controller", { index: 0, count: 2 }), "restamp-controller-0-of-2");
  t.strictSame(
    [0, 1].map((index) => isFirst({ index, count: 2 })),
    [true, false],
  );
});
