import t from "tap";
import { describeGoal, judge, type Measurement, quantile } from "./measurement.ts";

const base = { case: "1 workload", unit: "ms" } as const;

t.test("quantile() takes a value that was measured", async (t) => {
  t.equal(quantile([3, 1, 2], 0.5), 2);
  t.equal(quantile([3, 1, 2], 0), 1);
  t.equal(quantile([3, 1, 2], 1), 3);
  t.ok(Number.isNaN(quantile([], 0.5)));
});

t.test("judge() sets restamp beside the floor of the same case and figure", async (t) => {
  const measurements: Measurement[] = [
    { ...base, subject: "floor", figure: "p50", values: [4, 6, 5], goals: [{ atMost: 1 }] },
    { ...base, subject: "floor", figure: "p99", values: [50] },
    { ...base, case: "2 workloads", subject: "floor", figure: "p50", values: [500] },
    {
      ...base,
      subject: "restamp",
      figure: "p50",
      values: [6, 7, 6],
      goals: [{ timesFloor: 1.5 }, { below: "reloader" }],
    },
    { ...base, subject: "restamp", figure: "p99", values: [30], goals: [{ timesFloor: 5, figure: "p50" }] },
    { ...base, subject: "restamp", figure: "capacity", values: [250], goals: [{ atLeast: 500 }] },
  ];
  const [floor, , , p50, p99, capacity] = judge(measurements);
  t.match(floor, { median: 5, least: 4, most: 6, ratio: undefined, used: undefined }, "the floor has no goals");
  t.match(p50, { median: 6, ratio: 1.2, used: 0.8 }, "what was not measured is not judged");
  t.match(p99, { ratio: 0.6, used: 1.2 }, "missed: of another figure of the floor");
  t.match(capacity, { used: 2 });
});

t.test("judge() compares with peers, and knows goals of nothing", async (t) => {
  const judged = judge([
    { ...base, subject: "reloader", figure: "p50", values: [3] },
    { ...base, subject: "restamp", figure: "p50", values: [6], goals: [{ below: "reloader" }] },
    { ...base, subject: "restamp", figure: "lost", values: [0], goals: [{ atMost: 0 }] },
    { ...base, subject: "restamp", figure: "twice", values: [1], goals: [{ atMost: 0 }] },
  ]);
  t.equal(judged[1]?.used, 2);
  t.equal(judged[2]?.used, 1, "nothing is just met");
  t.ok((judged[3]?.used ?? 0) > 1);
});

t.test("describeGoal()", async (t) => {
  t.equal(describeGoal({ atMost: 90 }, "MB"), "≤ 90 MB");
  t.equal(describeGoal({ atLeast: 500 }, ""), "≥ 500");
  t.equal(describeGoal({ timesFloor: 1.3 }, "s"), "≤ 1.3 × floor");
  t.equal(describeGoal({ timesFloor: 5, figure: "p50" }, "ms"), "≤ 5 × floor's p50");
  t.equal(describeGoal({ below: "wave" }, "ms"), "below wave");
});
