import t from "tap";
import { digestKeyData, makeDigestKey, readDigestKeys, signingKey } from "../../../src/core/digest-keys.ts";

const minute = 60_000;

t.test("makeDigestKey() makes keys that tell their age", async (t) => {
  const one = makeDigestKey(1_700_000_000_999);
  const two = makeDigestKey(1_700_000_000_999);
  t.match(one.id, /^k[0-9a-z]+-[0-9a-f]{6}$/);
  t.equal(one.createdAt, 1_700_000_000_000, "in whole seconds");
  t.equal(one.bytes.length, 32);
  t.not(one.id, two.id);
  t.notOk(one.bytes.equals(two.bytes));
});

t.test("readDigestKeys() reads what digestKeyData() wrote, oldest first", async (t) => {
  const keys = [3, 1, 2].map((minutes) => makeDigestKey(minutes * minute));
  const { keys: read, ignored } = readDigestKeys({ data: digestKeyData(keys) });
  t.same(
    read.map(({ createdAt }) => createdAt),
    [1 * minute, 2 * minute, 3 * minute],
  );
  t.same(
    read,
    keys.toSorted((left, right) => left.createdAt - right.createdAt),
  );
  t.same(ignored, []);
});

t.test("readDigestKeys() leaves out what is no key", async (t) => {
  const key = makeDigestKey(minute);
  const short = Buffer.alloc(31).toString("base64");
  const good = key.bytes.toString("base64");
  const data = { ...digestKeyData([key]), "k1-aaaaaa": short, other: good, "k1-AAAAAA": good, "k2-aaaaaa": 7 };
  const { keys, ignored } = readDigestKeys({ data });
  t.same(
    keys.map(({ id }) => id),
    [key.id],
  );
  t.same(ignored.toSorted(), ["k1-AAAAAA", "k1-aaaaaa", "k2-aaaaaa", "other"]);
  for (const nothing of [undefined, null, {}, { data: null }, { data: [] }]) {
    t.same(readDigestKeys(nothing), { keys: [], ignored: [] }, `readDigestKeys() ${JSON.stringify(nothing)}`);
  }
});

t.test("signingKey() is the newest one that everybody has read", async (t) => {
  const [old, former, young] = [1, 20, 30].map((minutes) => makeDigestKey(minutes * minute));
  if (old === undefined || former === undefined || young === undefined) throw new Error("no keys");
  const all = [old, former, young];
  const cases = [
    { title: "none", keys: [], now: 31, want: undefined },
    { title: "a young one that is alone", keys: [young], now: 31, want: young },
    { title: "the oldest while all are young", keys: [former, young], now: 29, want: former },
    { title: "not the one that only verifies", keys: all, now: 39.9, want: former },
    { title: "the newest once it is old enough", keys: all, now: 40, want: young },
  ];
  for (const { title, keys, now, want } of cases) {
    t.equal(signingKey(keys, now * minute, 10 * minute), want, `signingKey() ${title}`);
  }
});
