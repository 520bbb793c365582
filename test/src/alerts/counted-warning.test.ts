import t from "tap";
import { createCountedWarning } from "../../../src/alerts/counted-warning.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";

t.test("warn() logs the first at once and then no more than one line a minute, which has the number", async (t) => {
  const log = createRecordingLog();
  let now = 1000;
  const warning = createCountedWarning({ log, clock: { now: () => now } }, { message: "Oh", everyMs: 60_000 });
  const steps = [
    { after: 0, lines: 1 },
    { after: 1, lines: 1 },
    { after: 59_998, lines: 1 },
    { after: 1, lines: 2 },
    { after: 10, lines: 2 },
  ];
  for (const [at, { after, lines }] of steps.entries()) {
    now += after;
    warning.warn({ at });
    t.equal(log.lines.length, lines, `step ${at}`);
  }
  warning.flush();
  warning.flush();
  t.strictSame(
    log.lines.map(({ fields }) => fields),
    [
      { at: 0, count: 1 },
      { at: 3, count: 3 },
      { at: 4, count: 1 },
    ],
  );
  t.match(log.lines[0], { level: "warn", message: "Oh" });
});
