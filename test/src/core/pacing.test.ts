import fc from "fast-check";
import t from "tap";
import { allowedAt, disturbed, type Pace, type PaceLimits, restarted, settledAt } from "../../../src/core/pacing.ts";

const limits: PaceLimits = { minIntervalMs: 30_000, maxIntervalMs: 3_600_000, burst: 2 };

t.test("disturbed() opens a window and extends it", async (t) => {
  const opened = disturbed(undefined, 5);
  t.same(opened, { first: 5, last: 5, reported: 5 });
  t.same(disturbed(opened, 9), { first: 5, last: 9, reported: 5 });
  t.same(disturbed(opened, 9, 3), { first: 5, last: 9, reported: 3 }, "what took long to read was reported before");
});

const windows = [
  { title: "when it has been quiet", unrest: { first: 0, last: 0 }, settleMs: 3_000, maxMs: 10_000, want: 3_000 },
  {
    title: "later if it was disturbed again",
    unrest: { first: 0, last: 2_000 },
    settleMs: 3_000,
    maxMs: 10_000,
    want: 5_000,
  },
  { title: "at the cap", unrest: { first: 0, last: 9_000 }, settleMs: 3_000, maxMs: 10_000, want: 10_000 },
  { title: "at once", unrest: { first: 7, last: 7 }, settleMs: 0, maxMs: 10_000, want: 7 },
  {
    title: "no earlier than a longer quiet that was asked for",
    unrest: { first: 0, last: 0 },
    settleMs: 60_000,
    maxMs: 10_000,
    want: 60_000,
  },
  {
    title: "no later than that, either",
    unrest: { first: 0, last: 50_000 },
    settleMs: 60_000,
    maxMs: 10_000,
    want: 60_000,
  },
];
for (const { title, unrest, settleMs, maxMs, want } of windows) {
  t.equal(settledAt(unrest, settleMs, maxMs), want, `settledAt() closes the window ${title}`);
}

const waits = [
  { title: "the first at once", pace: undefined, now: 100, want: 100 },
  { title: "the second at once", pace: { lastAt: 100, streak: 1 }, now: 101, want: 101 },
  { title: "the third after the interval", pace: { lastAt: 100, streak: 2 }, now: 101, want: 30_100 },
  { title: "the fourth after twice of it", pace: { lastAt: 100, streak: 3 }, now: 101, want: 60_100 },
  { title: "the fifth after four times of it", pace: { lastAt: 100, streak: 4 }, now: 101, want: 120_100 },
  { title: "none later than the longest interval", pace: { lastAt: 100, streak: 99 }, now: 101, want: 3_600_100 },
  { title: "one at once after a quiet time", pace: { lastAt: 0, streak: 3 }, now: 60_000 + 30_000, want: 90_000 },
  { title: "one no sooner than its interval", pace: { lastAt: 0, streak: 3 }, now: 59_999, want: 60_000 },
];
for (const { title, pace, now, want } of waits)
  t.equal(allowedAt(pace, limits, now), want, `allowedAt() allows ${title}`);

t.test("allowedAt() never holds back where there is no interval", async (t) => {
  const none = { minIntervalMs: 0, maxIntervalMs: 0, burst: 1 };
  t.equal(allowedAt({ lastAt: 100, streak: 50 }, none, 100), 100);
});

t.test("allowedAt() keeps an interval that is longer than the longest", async (t) => {
  const long = { minIntervalMs: 7_200_000, maxIntervalMs: 3_600_000, burst: 1 };
  t.equal(allowedAt({ lastAt: 0, streak: 1 }, long, 1), 7_200_000);
  t.equal(allowedAt({ lastAt: 0, streak: 5 }, long, 1), 7_200_000);
});

t.test("restarted() counts what follows each other and forgives quiet", async (t) => {
  t.same(restarted(undefined, limits, 5), { lastAt: 5, streak: 1 });
  t.same(restarted({ lastAt: 5, streak: 1 }, limits, 6), { lastAt: 6, streak: 2 });
  t.same(restarted({ lastAt: 0, streak: 2 }, limits, 30_000), { lastAt: 30_000, streak: 2 }, "one interval, one less");
  t.same(restarted({ lastAt: 0, streak: 4 }, limits, 86_400_000), { lastAt: 86_400_000, streak: 1 });
});

const someLimits = fc.record({
  minIntervalMs: fc.integer({ min: 1, max: 1_000 }),
  maxIntervalMs: fc.integer({ min: 1, max: 10_000 }),
  burst: fc.integer({ min: 1, max: 5 }),
});

/** Restarts as soon as that is allowed after each change. */
function restartTimes(changes: readonly number[], given: PaceLimits): number[] {
  let pace: Pace | undefined;
  let now = 0;
  return changes.map((pause) => {
    now = Math.max(now + pause, allowedAt(pace, given, now + pause));
    pace = restarted(pace, given, now);
    return now;
  });
}

t.test("allowedAt() holds no workload back for longer than the longest interval", async () => {
  const paces = fc.record({ lastAt: fc.nat(100_000), streak: fc.nat(100) });
  fc.assert(
    fc.property(paces, someLimits, fc.nat(100_000), (pace, given, later) => {
      const now = pace.lastAt + later;
      const due = allowedAt(pace, given, now);
      return due <= Math.max(now, pace.lastAt + Math.max(given.minIntervalMs, given.maxIntervalMs));
    }),
  );
});

t.test("allowedAt() lets through no more than a burst and one for each interval, in any window", async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2_000), { maxLength: 40 }), someLimits, fc.nat(5_000), (changes, given, window) => {
      const times = restartTimes(changes, given);
      const most = given.burst + 1 + Math.floor(window / given.minIntervalMs);
      return times.every((start) => times.filter((time) => time >= start && time <= start + window).length <= most);
    }),
  );
});

t.test("allowedAt() lets changes that never stop through at ever longer intervals", async () => {
  fc.assert(
    fc.property(someLimits, (given) => {
      const times = restartTimes(
        Array.from({ length: 20 }, () => 0),
        given,
      );
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      return gaps.every((gap, index) => index === 0 || gap >= (gaps[index - 1] ?? 0));
    }),
  );
});
