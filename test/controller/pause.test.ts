import t from "tap";
import { pause } from "../../controller/pause.ts";

t.test("pause() returns when its time is over", async (t) => {
  const started = performance.now();
  await pause(30, new AbortController().signal);
  t.ok(performance.now() - started >= 25);
});

t.test("pause() returns at once when the signal aborts, or has", async (t) => {
  const stopping = new AbortController();
  const paused = pause(3_600_000, stopping.signal);
  stopping.abort();
  await paused;
  await pause(3_600_000, stopping.signal);
  t.pass("neither waited for an hour");
});
