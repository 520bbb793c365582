import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { createEventLoopMonitor } from "../../../src/runtime/event-loop.ts";

// The clock is the test's: what holds up the machine that it runs on must not count.

t.test("check() fails while the loop is late again and again, and forgets it", async (t) => {
  let time = 0;
  const monitor = createEventLoopMonitor({ limitMs: 500, windowMs: 5_000, intervalMs: 5 }, () => time);
  t.teardown(() => monitor.stop());
  /** Timers are served in the order of their times: the monitor's is before this one. */
  const tick = () => sleep(10);
  time += 705;
  t.equal(monitor.check(), undefined, "held up once");
  await tick();
  t.equal(monitor.check(), undefined, "and counted once, before the late timer has run and after it");
  time += 605;
  const late = "event loop late 2 times in 5 s, by up to 700 ms";
  t.equal(monitor.check(), late, "a probe may come before the late timer");
  await tick();
  t.equal(monitor.check(), late, "or after it");
  time += 400;
  await tick();
  t.equal(monitor.check(), late, "and while the loop keeps up again");
  time += 4_100;
  t.match(monitor.check(), /^event loop late 2 times/, "the first one is over, and this is another");
  await tick();
  for (let passed = 0; passed < 5_000; passed += 100) {
    time += 100;
    await tick();
  }
  t.equal(monitor.check(), undefined);
});

t.test("check() is content with a loop that keeps up", async (t) => {
  const monitor = createEventLoopMonitor({ limitMs: 5_000 });
  t.teardown(() => monitor.stop());
  t.equal(monitor.check(), undefined);
});
