import fc from "fast-check";
import t from "tap";
import { readToldEvent, readToldFailure, restartsOf, type ToldEvent } from "../../../src/core/told-event.ts";

const involvedObject = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "u" };
const workload = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const at = (second: number): string => new Date(second * 1_000).toISOString();

const reloaded = {
  metadata: { uid: "e1" },
  involvedObject,
  reason: "Reloaded",
  message:
    "Changes detected in 'app' of type 'CONFIGMAP' in namespace 'shop', Updated 'web' of type 'Deployment' in namespace 'shop'",
  source: { component: "reloader-configmaps" },
  firstTimestamp: at(100),
  lastTimestamp: at(400),
  count: 3,
  type: "Normal",
};
const observed = {
  metadata: { uid: "e2", annotations: { "restamp.dev/sources": "configmap/app", "restamp.dev/waited": "5s" } },
  involvedObject,
  reason: "WouldRestart",
  message: "ConfigMap app changed: …",
  reportingComponent: "restamp.dev/controller",
  eventTime: at(105),
  source: {},
  type: "Normal",
};

t.test("readToldEvent() reads Events of Reloader", async (t) => {
  const told = readToldEvent(reloaded);
  t.match(told, { side: "reloader", uid: "e1", workload, sources: ["configmap/app"], count: 3 });
  t.match(told, { first: 100_000, last: 400_000, combined: false });
  const combined = readToldEvent({ ...reloaded, message: `(combined from similar events): ${reloaded.message}` });
  t.match(combined, { combined: true, sources: ["configmap/app"] });
});

t.test("readToldEvent() reads Events of restamp", async (t) => {
  const told = readToldEvent(observed);
  t.match(told, { side: "restamp", sources: ["configmap/app"], count: 1, waitedMs: 5_000, enforced: false });
  const series = { count: 4, lastObservedTime: at(300) };
  t.match(readToldEvent({ ...observed, series }), { count: 4, first: 105_000, last: 300_000 });
  t.match(readToldEvent({ ...observed, reason: "Restamped" }), { side: "restamp", enforced: true });
  const asReloader = { ...reloaded, reportingComponent: "restamp.dev/controller" };
  t.match(readToldEvent(asReloader), { side: "restamp", enforced: true }, "restamp reloader uses Reloader's reason");
});

t.test("readToldEvent() leaves other Events alone", async (t) => {
  const others = [
    { ...observed, reason: "InvalidAnnotation" },
    { ...observed, reportingComponent: "deployment-controller" },
    { ...reloaded, message: "Reloaded" },
    { ...reloaded, reason: "ScalingReplicaSet" },
    { ...reloaded, involvedObject: { kind: "Deployment" } },
    { ...reloaded, firstTimestamp: null, lastTimestamp: null },
  ];
  for (const event of others) t.equal(readToldEvent(event), undefined, JSON.stringify(event));
  fc.assert(fc.property(fc.anything(), (event) => readToldEvent(event) === undefined));
});

t.test("readToldFailure() reads what Reloader could not do", async (t) => {
  const message = "Update for 'web' of type 'Deployment' in namespace 'shop' failed with error denied";
  const failure = readToldFailure({ ...reloaded, reason: "ReloadFail", type: "Warning", message });
  t.same(failure, { workload, first: 100_000, last: 400_000, message: "denied" });
  t.equal(readToldFailure(reloaded), undefined);
});

const event = (more: Partial<ToldEvent>): ToldEvent => ({
  ...{ side: "reloader", uid: "e", workload, sources: ["secret/a"], enforced: true, waitedMs: 0, combined: false },
  ...{ count: 1, first: 10, last: 10, ...more },
});
const times = (restarts: ReturnType<typeof restartsOf>) => restarts.map(({ from, until }) => [from, until]);

t.test("restartsOf() knows the first and the last time of merged Events", async (t) => {
  t.same(times(restartsOf(event({}))), [[10, 10]]);
  t.same(times(restartsOf(event({ waitedMs: 4, side: "restamp" }))), [[6, 10]]);
  const merged = [
    [10, 10],
    [10, 100],
    [10, 100],
    [100, 100],
  ];
  t.same(times(restartsOf(event({ count: 4, last: 100 }))), merged);
  t.same(
    restartsOf(event({ count: 4, last: 100 })).map(({ at }) => at),
    [10, 40, 70, 100],
  );
  t.same(
    times(restartsOf(event({ count: 2, last: 90, side: "restamp", waitedMs: 3 }))),
    [
      [7, 10],
      [10, 90],
    ],
    "restamp may have held the second one back",
  );
});

t.test("restartsOf() tells only of what has come since", async (t) => {
  const later = event({ count: 3, last: 90 });
  t.same(times(restartsOf(later, { count: 2, last: 50 })), [[90, 90]]);
  t.same(times(restartsOf(later, { count: 1, last: 10 })), [
    [10, 90],
    [90, 90],
  ]);
  t.same(restartsOf(later, { count: 3, last: 90 }), []);
});

t.test("restartsOf() knows the source of the last of combined Events only", async (t) => {
  const sources = restartsOf(event({ count: 3, last: 90, combined: true })).map((restart) => restart.sources);
  t.same(sources, [[], [], ["secret/a"]]);
});

t.test("restartsOf() of an Event read again and again is what it is of the Event read once", async () => {
  const steps = fc.array(fc.record({ more: fc.nat(5), later: fc.nat(100) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(steps, fc.constantFrom("reloader", "restamp"), (deltas, side) => {
      let [count, last] = [1, 10];
      let before: ToldEvent | undefined;
      let total = 0;
      for (const { more, later } of deltas) {
        const now = event({ side, count, last });
        const restarts = restartsOf(now, before);
        total += restarts.length;
        const isInOrder = restarts.every(({ from, at, until }) => from <= at && at <= until && until <= last);
        if (!isInOrder) return false;
        before = now;
        count += more;
        last += later;
      }
      return total === before?.count;
    }),
  );
});
