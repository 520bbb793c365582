import t from "tap";
import { growthPerHour, leastOfEach } from "./trend.ts";

const at = (...values: readonly number[]) => values.map((value, index) => ({ seconds: 1_000 + index * 1_800, value }));

t.test("a straight line has its own slope, wherever it begins", async (t) => {
  t.equal(growthPerHour(at(50, 51, 52)), 2);
  t.equal(growthPerHour(at(52, 51, 50)), -2);
  t.equal(growthPerHour(at(50, 50, 50)), 0);
});

t.test("of values around a line, the slope is the one of the least squares", async (t) => {
  t.equal(growthPerHour(at(60, 50, 60)), 0);
  t.ok(Math.abs(growthPerHour(at(1, 2, 2, 3)) - 1.2) < 1e-9);
});

t.test("one time has no slope", async (t) => {
  t.ok(Number.isNaN(growthPerHour([])));
  t.ok(Number.isNaN(growthPerHour(at(5))));
});

t.test("of each span, the least value counts, when it was measured", async (t) => {
  const samples = [5, 3, 4, 9, 8, 7, 1].map((value, index) => ({ seconds: index * 20, value }));
  t.strictSame(leastOfEach(60, samples), [
    { seconds: 20, value: 3 },
    { seconds: 100, value: 7 },
    { seconds: 120, value: 1 },
  ]);
  t.strictSame(leastOfEach(60, []), []);
});
