import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { createEventLoopMonitor } from "../../../src/runtime/event-loop.ts";

t.test("check() tells a lateness at once and for the window, then forgets it", async (t) => {
  const monitor = createEventLoopMonitor({ limitMs: 300, windowMs: 2_000, intervalMs: 10 });
  t.teardown(() => monitor.stop());
  await sleep(30);
  block(600);
  t.match(monitor.check(), /^event loop late by \d{3} ms$/, "seen before the late timer itself has run");
  t.ok(monitor.lateness() >= 500);
  await sleep(1);
  t.match(monitor.check(), /late/, "still counts after the loop is free");
  await until(() => monitor.check() === undefined);
});

t.test("check() is content with a loop that keeps up", async (t) => {
  const monitor = createEventLoopMonitor({ limitMs: 5_000 });
  t.teardown(() => monitor.stop());
  t.equal(monitor.check(), undefined);
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function until(holds: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  while (!holds()) await sleep(20, undefined, { signal });
}
