import t from "tap";
import { createWakeUp } from "../../controller/wake-up.ts";

const hour = 3_600_000;

t.test("wait() ends by time, wake-up and signal", async (t) => {
  const wakeUp = createWakeUp();
  const { signal } = new AbortController();
  await wakeUp.wait(5, signal);
  await wakeUp.wait(-5, signal);
  const woken = wakeUp.wait(hour, signal);
  wakeUp.wake();
  await woken;
  const stop = new AbortController();
  const stopped = wakeUp.wait(hour, stop.signal);
  stop.abort();
  await stopped;
  await wakeUp.wait(hour, stop.signal);
  t.pass("none of them took an hour");
});

t.test("wake() is remembered for the next wait, once", async (t) => {
  const wakeUp = createWakeUp();
  wakeUp.wake();
  wakeUp.wake();
  await wakeUp.wait(hour, new AbortController().signal);
  const second = wakeUp.wait(20, new AbortController().signal).then(() => "by time");
  t.equal(await Promise.race([second, new Promise((resolve) => setImmediate(resolve, "at once"))]), "at once");
  t.equal(await second, "by time");
});
