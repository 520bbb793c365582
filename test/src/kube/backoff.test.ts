import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { createBackoff } from "../../../src/kube/backoff.ts";

t.test("createBackoff() doubles up to its limit, and starts again after a success", async (t) => {
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random: () => 1 });
  t.same(
    [1, 2, 3, 4, 5, 6].map(() => backoff.next()),
    [100, 200, 400, 800, 1000, 1000],
  );
  t.equal(backoff.failures(), 6);
  backoff.reset();
  t.equal(backoff.failures(), 0);
  t.equal(backoff.next(), 100);
});

t.test("createBackoff() jitters downwards by up to a half", async (t) => {
  t.equal(createBackoff({ baseMs: 100, random: () => 0 }).next(), 50);
});

t.test("createBackoff() never waits less than Retry-After, within reason", async (t) => {
  const asked = (retryAfterMs: number) => new ClusterError("throttled", "slow down", { retryAfterMs });
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random: () => 1 });
  t.equal(backoff.next(asked(700)), 700);
  t.equal(backoff.next(asked(3_600_000)), 2000);
  t.equal(backoff.next(asked(1)), 400);
});
