import fc from "fast-check";
import t from "tap";
import { matchRestarts } from "../../../src/core/comparison.ts";
import { type ComparisonContext, comparisonRows, comparisonTotals } from "../../../src/core/comparison-rows.ts";
import type { Side, ToldRestart } from "../../../src/core/told-event.ts";

const windowMs = 120_000;
const context: ComparisonContext = {
  windowMs,
  until: 10_000_000,
  silent: new Set(),
  workload: () => undefined,
  source: () => undefined,
  failures: [],
};

function told(side: Side, at: number, sources: readonly string[], name = "web"): ToldRestart {
  return {
    side,
    workload: { group: "apps", kind: "Deployment", namespace: "shop", name },
    sources,
    from: at,
    until: at,
    at,
  };
}

t.test("comparisonRows() says what both have restarted, and how often that was enough", async (t) => {
  const restarts = [
    told("reloader", 1_000, ["configmap/app"]),
    told("reloader", 1_500, ["secret/db"]),
    told("restamp", 4_000, ["configmap/app", "secret/db"]),
    told("reloader", 900_000, ["secret/db"]),
    told("restamp", 903_000, ["secret/db"]),
  ];
  const rows = comparisonRows(matchRestarts(restarts, windowMs), context);
  t.match(rows, [
    {
      verdict: "both",
      finding: "needless",
      code: "coalesced",
      why: "2 restarts where 1 is enough",
      sources: ["configmap/app", "secret/db"],
      ...{ reloader: 2, restamp: 1, at: 4_000 },
    },
    { verdict: "both", finding: "same", why: "", reloader: 1, restamp: 1 },
  ]);
  t.same(comparisonTotals(rows), { reloader: 3, restamp: 2, needless: 1, missed: 0, open: 0 });
});

t.test("comparisonRows() looks at all other restarts for the reason of one", async (t) => {
  const restarts = [
    told("restamp", 4_000, ["secret/db"], "web"),
    told("reloader", 1_000, ["secret/db"], "api"),
    told("restamp", 4_000, ["secret/db"], "api"),
    told("restamp", 5_000_000, ["secret/db"], "web"),
  ];
  const rows = comparisonRows(matchRestarts(restarts, windowMs), context).filter(({ finding }) => finding === "missed");
  t.match(rows, [{ code: "not-restarted" }, { code: "nobody-restarted" }]);
});

t.test("comparisonTotals() counts every restart once", async () => {
  const restarts = fc.array(
    fc.record({
      side: fc.constantFrom<Side>("reloader", "restamp"),
      at: fc.nat(1_000_000),
      sources: fc.subarray(["secret/a", "configmap/b"]),
      name: fc.constantFrom("web", "api"),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(restarts, (all) => {
      const list = all.map(({ side, at, sources, name }) => told(side, at, sources, name));
      const rows = comparisonRows(matchRestarts(list, windowMs), context);
      const totals = comparisonTotals(rows);
      const paired = rows.filter(({ verdict }) => verdict === "both").length;
      return (
        totals.reloader + totals.restamp === list.length &&
        totals.needless + totals.missed + totals.open + 2 * paired === list.length &&
        rows.every(({ verdict, reloader, restamp }) => verdict !== "both" || (reloader >= 1 && restamp === 1))
      );
    }),
  );
});
