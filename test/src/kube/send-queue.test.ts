import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { createSendQueue } from "../../../src/kube/send-queue.ts";

const options = { maxQueued: 3, concurrency: 2, attempts: 3, retryMs: 1 };

/** A call that waits until it is let go. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { send: () => promise, resolve };
}

t.test("add() bounds what runs and what waits", async (t) => {
  const queue = createSendQueue({ onGivenUp: t.error }, options);
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

t.test("add() repeats what may pass, a few times, and gives the rest up", async (t) => {
  const cases = [
    { code: "unavailable", attempts: 3 },
    { code: "throttled", attempts: 3 },
    { code: "forbidden", attempts: 1 },
    { code: "invalid", attempts: 1 },
  ] as const;
  for (const { code, attempts } of cases) {
    const failures: unknown[] = [];
    const queue = createSendQueue({ onGivenUp: (error) => void failures.push(error) }, options);
    const error = new ClusterError(code, "no");
    let made = 0;
    queue.add(async () => {
      made += 1;
      throw error;
    });
    t.equal(await queue.drain(5000), 0);
    t.equal(made, attempts, code);
    t.same(failures, [error]);
  }
});

t.test("drain() abandons what takes too long, and the queue can be used on", async (t) => {
  const queue = createSendQueue({ onGivenUp: t.error }, options);
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
