import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { createSendQueue } from "../../../src/core/send-queue.ts";

const options = { maxQueued: 3, concurrency: 2, attempts: 3 };
const deps = { sleep, waitMs: () => 1, onGivenUp: t.error };

/** A call that waits until it is let go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { send: () => promise, resolve };
}

t.test("add() bounds what runs and what waits", async (t) => {
  const queue = createSendQueue(deps, options);
  const calls = [1, 2, 3, 4, 5, 6].map(held);
  t.same(
    calls.map(({ send }) => queue.add(send)),
    [true, true, true, true, true, false],
  );
  const drained = queue.drain(5000);
  for (const { resolve } of calls) resolve();
  t.equal(await drained, 0);
  t.equal(await queue.drain(0), 0);
});

t.test("add() tries again as long as it is told to, and a few times only", async (t) => {
  const cases = [
    { waitMs: () => 1, asked: [1, 2], made: 3 },
    { waitMs: (failures: number) => (failures < 2 ? 1 : undefined), asked: [1, 2], made: 2 },
    { waitMs: () => undefined, asked: [1], made: 1 },
  ];
  for (const expected of cases) {
    const failures: unknown[] = [];
    const asked: number[] = [];
    const error = new Error("no");
    const waitMs = (about: unknown, count: number) => {
      t.equal(about, error);
      asked.push(count);
      return expected.waitMs(count);
    };
    const queue = createSendQueue({ sleep, waitMs, onGivenUp: (given) => void failures.push(given) }, options);
    let made = 0;
    queue.add(async () => {
      made += 1;
      throw error;
    });
    t.equal(await queue.drain(5000), 0);
    t.equal(made, expected.made);
    t.same(asked, expected.asked);
    t.same(failures, [error]);
  }
});

t.test("drain() abandons what takes too long, and the queue can be used on", async (t) => {
  const queue = createSendQueue(deps, options);
  const hanging = (signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  for (let i = 0; i < 4; i++) queue.add(hanging);
  t.equal(await queue.drain(20), 4);
  let sent = false;
  queue.add(async () => {
    sent = true;
  });
  t.equal(await queue.drain(5000), 0);
  t.ok(sent);
});

t.test("drain() ends a wait between two attempts", async (t) => {
  const queue = createSendQueue({ ...deps, waitMs: () => 60_000 }, options);
  let made = 0;
  queue.add(async () => {
    made += 1;
    throw new Error("no");
  });
  t.equal(await queue.drain(20), 1);
  t.equal(made, 1);
});
