import t from "tap";
import { pick, seededRandom } from "./seeded-random.ts";

const some = (seed: number, count: number): readonly number[] => Array.from({ length: count }, seededRandom(seed));

t.test("a seed gives the same numbers each time, another seed others", async (t) => {
  t.strictSame(some(7, 20), some(7, 20));
  t.notSame(some(7, 20), some(8, 20));
});

t.test("numbers are from 0 up to 1, and evenly spread", async (t) => {
  const values = some(1, 10_000);
  t.ok(values.every((value) => value >= 0 && value < 1));
  const tenths = Array.from({ length: 10 }, (_, tenth) => values.filter((value) => Math.floor(value * 10) === tenth));
  for (const { length } of tenths) t.ok(length > 900 && length < 1_100, `${length} in a tenth`);
});

t.test("one of several is picked, and each in the end; of none that is an error", async (t) => {
  const random = seededRandom(1);
  const picked = new Set(Array.from({ length: 100 }, () => pick(random, ["a", "b", "c"])));
  t.strictSame([...picked].sort(), ["a", "b", "c"]);
  t.throws(() => pick(random, []), { message: "Cannot pick one of nothing" });
});
