import t from "tap";
import { histogramQuantile, samplesOf, sumOf } from "./prometheus.ts";

const text = (factor: number) => `# TYPE calls counter
calls{verb="get",path="a,b"} ${2 * factor}
calls{verb="list"} ${3 * factor}
calls_total 7
wait_bucket{verb="get",le="0.005"} ${10 * factor}
wait_bucket{verb="get",le="0.025"} ${20 * factor}
wait_bucket{verb="get",le="+Inf"} ${20 * factor}
wait_bucket{verb="put",le="0.005"} 0
wait_bucket{verb="put",le="+Inf"} 900
`;

t.test("samplesOf() reads labels and values", async (t) => {
  t.strictSame(samplesOf(text(1), "calls")[0], { name: "calls", labels: { verb: "get", path: "a,b" }, value: 2 });
});

t.test("sumOf() takes exactly the metric and the labels asked for", async (t) => {
  t.equal(sumOf(text(1), "calls"), 5);
  t.equal(sumOf(text(1), "calls", { verb: "list" }), 3);
  t.equal(sumOf(text(1), "nothing"), 0);
});

t.test("histogramQuantile() looks at what was counted between two scrapes, and interpolates", async (t) => {
  const histogram = { name: "wait", labels: { verb: "get" } };
  const at = (q: number): number => histogramQuantile({ before: text(1), after: text(3) }, histogram, q);
  t.equal(at(0.25), 0.0025);
  t.equal(at(0.5), 0.005);
  t.equal(at(0.75), 0.015);
  t.ok(Number.isNaN(histogramQuantile({ before: "", after: "" }, histogram, 0.5)), "of nothing there is none");
});
