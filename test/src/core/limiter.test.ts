import { getEventListeners } from "node:events";
import fc from "fast-check";
import t from "tap";
import { createLimiter } from "../../../src/core/limiter.ts";

const patient = new AbortController().signal;

t.test("run() lets so many run at a time, in order", async (t) => {
  const limit = createLimiter(2);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const started: number[] = [];
  const ends = gates.map((gate, index) =>
    limit.run(() => {
      started.push(index);
      return gate.promise;
    }, patient),
  );
  await Promise.resolve();
  t.same(started, [0, 1]);
  gates[1]?.resolve();
  await ends[1];
  t.same(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(ends);
  t.same(started, [0, 1, 2, 3, 4]);
});

t.test("run() gives a place up when its caller does", async (t) => {
  const limit = createLimiter(1);
  const gate = Promise.withResolvers<void>();
  const first = limit.run(() => gate.promise, patient);
  const caller = new AbortController();
  const second = limit.run(async () => t.fail("must not run"), caller.signal);
  const third = limit.run(async () => "third", patient);
  caller.abort(new Error("given up"));
  await t.rejects(second, { message: "given up" });
  await t.rejects(
    limit.run(async () => "never", caller.signal),
    { message: "given up" },
    "is not begun after that",
  );
  gate.resolve();
  await first;
  t.equal(await third, "third", "the next in line gets it");
});

t.test("run() listens to a signal once, however many wait under it, and not when nobody does", async (t) => {
  const limit = createLimiter(1);
  const shared = new AbortController();
  const gate = Promise.withResolvers<void>();
  const listeners = (): number => getEventListeners(shared.signal, "abort").length;
  const ends = Array.from({ length: 100 }, () => limit.run(() => gate.promise, shared.signal));
  t.equal(listeners(), 1);
  gate.resolve();
  await Promise.all(ends);
  t.equal(listeners(), 0);
  const blocked = Promise.withResolvers<void>();
  const first = limit.run(() => blocked.promise, shared.signal);
  const waiting = Array.from({ length: 3 }, () => limit.run(async () => t.fail("must not run"), shared.signal));
  shared.abort(new Error("given up"));
  for (const each of waiting) await t.rejects(each, { message: "given up" });
  blocked.resolve();
  await first;
});

t.test("run() never loses a place", async (t) => {
  const step = fc.record({ fails: fc.boolean(), abortsBefore: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), async (steps, parallel) => {
      const limit = createLimiter(parallel);
      let running = 0;
      let most = 0;
      const ends = steps.map(({ fails, abortsBefore }) => {
        const caller = new AbortController();
        const end = limit.run(async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
          if (fails) throw new Error("failed");
        }, caller.signal);
        if (abortsBefore) caller.abort(new Error("given up"));
        return end;
      });
      await Promise.allSettled(ends);
      return most <= parallel && (await limit.run(async () => "free", patient)) === "free";
    }),
    { numRuns: 50 },
  );
  t.pass();
});
