import t from "tap";
import { backoffMs } from "../../../src/core/backoff.ts";

t.test("backoffMs() doubles, has its limits, and is jittered downwards by up to a half", async (t) => {
  const step = { baseMs: 100, maxMs: 1000, random: 1 };
  const cases = [
    { step: { failures: 1 }, wait: 100 },
    { step: { failures: 2 }, wait: 200 },
    { step: { failures: 5 }, wait: 1000 },
    { step: { failures: 5000 }, wait: 1000 },
    { step: { failures: 2, random: 0 }, wait: 100 },
    { step: { failures: 1, askedMs: 700 }, wait: 700 },
    { step: { failures: 1, askedMs: 1 }, wait: 100 },
    { step: { failures: 1, askedMs: 3_600_000 }, wait: 2000 },
  ];
  for (const { step: given, wait } of cases) t.equal(backoffMs({ ...step, ...given }), wait, JSON.stringify(given));
});
