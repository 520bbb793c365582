import t from "tap";
import type { ComparisonReport } from "../../compare/comparison-report.ts";
import { reportJson, reportText } from "../../compare/report-text.ts";
import { type ComparisonRow, comparisonTotals } from "../../src/core/comparison-rows.ts";

const start = Date.parse("2026-09-17T10:00:00Z");

function row(more: Partial<ComparisonRow> & { name?: string } = {}): ComparisonRow {
  const { name = "web", ...rest } = more;
  return {
    workload: { group: "apps", kind: "Deployment", namespace: "shop", name },
    ...{ verdict: "both", finding: "same", code: "same", why: "", at: start, sources: ["configmap/app"] },
    ...{ reloader: 1, restamp: 1, ...rest },
  };
}

function report(rows: readonly ComparisonRow[], notes: readonly string[] = []): ComparisonReport {
  const totals = comparisonTotals(rows);
  return { since: start - 3_600_000, until: start + 1_000, windowMs: 120_000, totals, rows, notes };
}

const keys = {
  verdict: "only-reloader",
  finding: "needless",
  code: "other-keys",
  why: "other keys",
  restamp: 0,
} as const;
const rows = [
  row(),
  row({ at: start + 60_000 }),
  row({ ...keys, sources: ["secret/db"] }),
  row({ finding: "needless", code: "coalesced", why: "3 restarts where 1 is enough", reloader: 3, sources: [] }),
  row({ verdict: "only-restamp", finding: "missed", code: "failed", why: "denied", reloader: 0, name: "a".repeat(63) }),
  row({ verdict: "only-reloader", finding: "open", code: "recent", why: "too recent: restamp may follow", restamp: 0 }),
];

t.test("reportText() is a table with totals", async (t) => {
  t.equal(
    reportText(report(rows)),
    `Restarts from 2026-09-17 09:00:00 to 2026-09-17 10:00:01 UTC (1h1s)

WORKLOAD                                      RESTARTED BY   TIMES  LAST (UTC)           SOURCE         WHY
Deployment shop/web                           both           2      2026-09-17 10:01:00  ConfigMap app
Deployment shop/web                           only Reloader  1      2026-09-17 10:00:00  Secret db      needless: other keys
Deployment shop/web                           both           3:1    2026-09-17 10:00:00  not known      needless: 3 restarts where 1 is enough
Deployment shop/aaaaaaaaaaaaaaaaaaaaaaaaaaa…  only restamp   1      2026-09-17 10:00:00  ConfigMap app  missed: denied
Deployment shop/web                           only Reloader  1      2026-09-17 10:00:00  ConfigMap app  too recent: restamp may follow

Reloader restarted 7 times, restamp would have 4 times: 3 of Reloader's needless, 1 missed by it, 1 not clear.
`,
  );
});

t.test("reportText() says that there is nothing, and what to know about it", async (t) => {
  t.match(
    reportText(report([], ["There are no Events of Reloader: is it running?", "So it is"])),
    /\n\nNone\.\n\nReloader restarted 0 times, .* 0 missed by it\.\n\nNote: There are .* running\?\n\nNote: So it is\.\n$/,
  );
  t.match(reportText(report([row()])), /Reloader restarted once, restamp would have once/);
});

t.test("reportJson() has everything", async (t) => {
  t.match(JSON.parse(reportJson(report(rows, ["Note"]))), {
    since: "2026-09-17T09:00:00.000Z",
    until: "2026-09-17T10:00:01.000Z",
    window: "2m",
    totals: { reloader: 7, restamp: 4, needless: 3, missed: 1, open: 1 },
    notes: ["Note"],
    rows: [{ workload: { kind: "Deployment", namespace: "shop", name: "web" }, at: "2026-09-17T10:00:00.000Z" }],
  });
});
