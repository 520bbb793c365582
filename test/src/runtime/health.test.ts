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

t.test("reportHealth() adds what is worth a note, and does not fail for it", async (t) => {
  const report = reportHealth([
    { name: "watches", check: () => undefined, note: () => "secrets are listed every 30s" },
    { name: "quiet", check: () => undefined, note: () => undefined },
    { name: "bad", check: () => "no certificate", note: () => "left out" },
  ]);
  t.same(report.lines, ["[+]watches ok: secrets are listed every 30s", "[+]quiet ok", "[-]bad failed: no certificate"]);
});

t.test("reportHealth() is fine without checks", async (t) => {
  t.strictSame(reportHealth([]), { ok: true, failing: [], lines: [] });
});
