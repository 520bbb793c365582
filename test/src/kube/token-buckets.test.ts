import t from "tap";
import { createTokenBuckets } from "../../../src/kube/token-buckets.ts";

t.test("take() allows a burst, then one for each refill, for each key", async (t) => {
  let now = 0;
  const buckets = createTokenBuckets({ clock: { now: () => now } }, { burst: 3, refillMs: 1000, maxKeys: 10 });
  t.same(
    [1, 2, 3, 4].map(() => buckets.take("a")),
    [true, true, true, false],
  );
  t.ok(buckets.take("b"));
  now = 999;
  t.notOk(buckets.take("a"));
  now = 1000;
  t.ok(buckets.take("a"));
  t.notOk(buckets.take("a"));
  now = 1_000_000;
  t.same(
    [1, 2, 3, 4].map(() => buckets.take("a")),
    [true, true, true, false],
  );
});

t.test("take() forgets the key not used for longest", async (t) => {
  const buckets = createTokenBuckets({ clock: { now: () => 0 } }, { burst: 1, refillMs: 1000, maxKeys: 2 });
  t.ok(buckets.take("a"));
  t.ok(buckets.take("b"));
  t.notOk(buckets.take("a"));
  t.ok(buckets.take("c"));
  t.notOk(buckets.take("a"), "a was used after b");
  t.ok(buckets.take("b"), "b starts afresh");
});
