import t from "tap";
import type { StoredKey } from "../../../src/core/digest-keys.ts";
import type { KeyRing } from "../../../src/kube/key-ring.ts";
import { createVolatileKeyRing } from "../../../src/kube/volatile-key-ring.ts";

const never = new AbortController().signal;

t.test("createVolatileKeyRing() has a key of its own, another one each time", async (t) => {
  const [one, other] = [createVolatileKeyRing(5), createVolatileKeyRing(5)];
  const key = one.signing();
  t.match(one.keys(), [{ id: key?.id, createdAt: 5 }]);
  t.equal(one.find(key?.id ?? ""), key);
  t.equal(one.find("other"), undefined);
  t.notSame(other.signing()?.bytes, key?.bytes);
  await one.refresh(never);
  t.equal(one.signing(), key);
});

t.test("createVolatileKeyRing() gives way to keys that are stored", async (t) => {
  let there: readonly StoredKey[] = [];
  const stored: KeyRing = {
    keys: () => there,
    find: (id) => there.find((key) => key.id === id),
    signing: () => there[0],
    refresh: async () => {
      there = [{ id: "stored", bytes: Buffer.alloc(32), createdAt: 1 }];
    },
  };
  const ring = createVolatileKeyRing(5, stored);
  const own = ring.signing();
  t.ok(own);
  await ring.refresh(never);
  t.equal(ring.signing()?.id, "stored");
  t.same(
    ring.keys().map(({ id }) => id),
    ["stored"],
  );
  t.equal(ring.find(own?.id ?? ""), own, "what it made is still known");
});
