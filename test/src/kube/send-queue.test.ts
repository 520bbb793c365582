import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { createApiSendQueue } from "../../../src/kube/send-queue.ts";

const options = { maxQueued: 3, concurrency: 2, attempts: 3, retryMs: 1 };

t.test("createApiSendQueue() repeats what may pass, a few times, and gives the rest up", async (t) => {
  const cases = [
    { code: "unavailable", attempts: 3 },
    { code: "throttled", attempts: 3 },
    { code: "forbidden", attempts: 1 },
    { code: "invalid", attempts: 1 },
  ] as const;
  for (const { code, attempts } of cases) {
    const failures: unknown[] = [];
    const queue = createApiSendQueue({ onGivenUp: (error) => void failures.push(error) }, options);
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

t.test("createApiSendQueue() waits as long as it is asked to", async (t) => {
  const queue = createApiSendQueue({ onGivenUp: t.error }, options);
  const at: number[] = [];
  queue.add(async () => {
    at.push(Date.now());
    if (at.length === 1) throw new ClusterError("throttled", "slow down", { retryAfterMs: 150 });
  });
  t.equal(await queue.drain(5000), 0);
  t.ok(Number(at[1]) - Number(at[0]) >= 145, `${at}`);
});
