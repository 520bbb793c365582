import t from "tap";
import { reportHealth } from "../../../src/runtime/health.ts";

t.test("reportHealth() lists every check in order", async (t) => {
  const report = reportHealth([
    { name: "good", check: () => undefined },
    { name: "bad", check: () => "no certificate" },
    {
      name: "broken",
      check: () => {
        throw new Error("Cannot say");
      },
    },
  ]);
  t.strictSame(report, {
    ok: false,
    failing: [
      { name: "bad", reason: "no certificate" },
      { name: "broken", reason: "Cannot say" },
    ],
    lines: ["[+]good ok", "[-]bad failed: no certificate", "[-]broken failed: Cannot say"],
  });
});

t.test("reportHealth() is fine without checks", async (t) => {
  t.strictSame(reportHealth([]), { ok: true, failing: [], lines: [] });
});
