import t from "tap";
import { type LeaseObservation, nextMove, observeLease, releasedRecord } from "../../controller/lease-observation.ts";
import type { LeaseRecord, StoredLease } from "../../src/kube/lease-client.ts";

const record = (more: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder: "other",
  durationSeconds: 15,
  acquiredAt: 1,
  renewedAt: 2,
  transitions: 3,
  ...more,
});
const lease = (resourceVersion: string, more: Partial<LeaseRecord> = {}): StoredLease => ({
  resourceVersion,
  record: record(more),
});
const me = { identity: "me", leaseSeconds: 15 };

t.test("observeLease() measures the age of a record by the own clock only", async (t) => {
  const at = (now: number, authoritative = false) => ({ now, authoritative });
  let known: LeaseObservation = observeLease(undefined, lease("10", { renewedAt: 9e12 }), at(100));
  t.equal(known.since, 100);
  known = observeLease(known, lease("11", { renewedAt: 9e12 }), at(200));
  t.match(known, { since: 100, lease: { resourceVersion: "11" } }, "labels changed, the record did not");
  known = observeLease(known, lease("12", { renewedAt: 1 }), at(300));
  t.equal(known.since, 300, "renewed, by whatever clock");
  known = observeLease(known, lease("9"), at(400));
  t.match(known, { since: 300, lease: { resourceVersion: "12" } }, "a late event is ignored");
  known = observeLease(known, lease("9"), at(500, true));
  t.match(known, { since: 500, lease: { resourceVersion: "9" } }, "what was read counts");
  t.match(observeLease(known, undefined, at(600)), { since: 600, lease: undefined });
});

t.test("nextMove() takes what is free and waits for the rest", async (t) => {
  const time = { now: 10_000, wallNow: 77 };
  const mine = { holder: "me", durationSeconds: 15, renewedAt: 77 };
  const cases = [
    {
      title: "no lease",
      observation: { lease: undefined, since: 0 },
      want: { kind: "write", resourceVersion: undefined, record: { ...mine, acquiredAt: 77, transitions: 0 } },
    },
    {
      title: "released",
      observation: { lease: lease("5", { holder: "" }), since: 9_999 },
      want: { kind: "write", resourceVersion: "5", record: { ...mine, acquiredAt: 77, transitions: 4 } },
    },
    {
      title: "expired",
      observation: { lease: lease("5", { durationSeconds: 4 }), since: 6_000 },
      want: { kind: "write", resourceVersion: "5", record: { ...mine, acquiredAt: 77, transitions: 4 } },
    },
    {
      title: "own",
      observation: { lease: lease("5", { holder: "me" }), since: 9_000 },
      want: { kind: "write", resourceVersion: "5", record: { ...mine, acquiredAt: 1, transitions: 3 } },
    },
    { title: "held", observation: { lease: lease("5"), since: 9_000 }, want: { kind: "wait", untilMs: 24_000 } },
  ];
  for (const { title, observation, want } of cases) t.same(nextMove(me, observation, time), want, title);
});

t.test("releasedRecord() expires at once, also for who does not know that empty means free", async (t) => {
  t.match(releasedRecord(record({ holder: "me" }), 99), {
    holder: "",
    durationSeconds: 1,
    renewedAt: 99,
    transitions: 3,
  });
});
