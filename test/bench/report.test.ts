import t from "tap";
import { resultsChart } from "./chart.ts";
import { judge } from "./measurement.ts";
import { number, resultsMarkdown } from "./report.ts";

const results = [
  {
    name: "latency",
    title: "One source changes",
    measurements: judge([
      { case: "1 workload", subject: "floor", figure: "p50", unit: "ms", values: [4, 4, 5] },
      {
        case: "1 workload",
        subject: "restamp",
        figure: "p50",
        unit: "ms",
        values: [6, 5, 5],
        goals: [{ timesFloor: 1.5 }],
      },
      { case: "1 workload", subject: "restamp", figure: "a < b & c", unit: "", values: [3], goals: [{ atMost: 1 }] },
    ]),
  },
];

t.test("resultsMarkdown() has a table for each scenario", async (t) => {
  t.equal(
    resultsMarkdown(results),
    `### One source changes

| case | figure | subject | median | least to most | × floor | goal | |
|---|---|---|--:|--:|--:|---|---|
| 1 workload | p50 | floor | 4.00 ms | 4.00 to 5.00 |  |  |  |
| 1 workload | p50 | restamp | 5.00 ms | 5.00 to 6.00 | 1.25 | ≤ 1.5 × floor | met |
| 1 workload | a < b & c | restamp | 3.00 |  |  | ≤ 1 | **missed** |
`,
  );
});

t.test("resultsChart() draws what has a goal", async (t) => {
  const svg = resultsChart(results, "today");
  t.equal(svg.match(/<rect x=/g)?.length, 2);
  t.match(svg, /latency: 1 workload, p50<\/text>/);
  t.match(svg, /a &lt; b &amp; c/);
});

t.test("number() has three digits that say something", async (t) => {
  t.strictSame([0, 0.0123, 1.234, 12.34, 123.4, 1234.5].map(number), ["0", "0.012", "1.23", "12.3", "123", "1235"]);
  t.equal(number(Number.NaN), "?");
});
