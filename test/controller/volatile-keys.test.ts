import t from "tap";
import { createVolatileKeys } from "../../controller/volatile-keys.ts";

t.test("createVolatileKeys() has a key at once, and keeps it", async (t) => {
  const { keyRing, keeper } = createVolatileKeys(Date.parse("2026-01-01T00:00:00Z"));
  const { signal } = new AbortController();
  const key = keyRing.signing();
  await keeper.ensure(signal);
  await keeper.run(signal);
  await keyRing.refresh(signal);
  t.ok(key !== undefined && key.bytes.length === 32);
  t.equal(keyRing.signing(), key);
  t.equal(keyRing.find(key?.id ?? ""), key);
  t.equal(keyRing.find("another"), undefined);
});
