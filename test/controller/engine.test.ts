import t, { type Test } from "tap";
import { arrived } from "../../controller/advances.ts";
import { readReach } from "../../controller/reach.ts";
import { configMaps } from "../../src/core/object-ref.ts";
import { deploymentKey, deploymentPath, type EngineBench, engineBench } from "../helpers/engine-bench.ts";

t.test(
  "createEngine() takes a workload that is reported before its Namespace as watched, not as new in its reach",
  async (t) => {
    const bench = await engineBench(t);
    bench.source(30, "changed after the creation");
    bench.workload(20);
    t.match(await bench.reconcile(), { is: "waiting" }, "it is not known to be outside");
    bench.namespace(5);
    await bench.reconcile();
    t.equal(bench.patches(), 1, "content that is newer than the workload rolls");
  },
);

for (const { title, labeledAt, patches } of [
  {
    title: "rolls newer content of a workload that was created under a label which is reported later",
    labeledAt: 5,
    patches: 1,
  },
  { title: "adopts a workload that was created before the label", labeledAt: 15, patches: 0 },
]) {
  t.test(`createEngine() ${title}`, async (t) => {
    const bench = await engineBench(t);
    bench.source(30, "changed after the creation");
    bench.namespace();
    bench.workload(20);
    t.same(await bench.reconcile(), { is: "unchanged" });
    bench.namespace(labeledAt);
    await bench.reconcile();
    t.equal(bench.patches(), patches);
  });
}

t.test("createEngine() adopts what it has seen leave, but not what left when it led before", async (t) => {
  for (const { again, patches } of [
    { again: false, patches: 0 },
    { again: true, patches: 1 },
  ]) {
    const bench = await engineBench(t);
    bench.source(8, "first");
    bench.namespace(5);
    bench.workload(20);
    t.same(await bench.reconcile(), { is: "recorded" });
    bench.namespace();
    await bench.reconcile();
    bench.namespace(30);
    bench.source(40, "second", 31);
    if (again) bench.engine.takeOver();
    await bench.reconcile();
    t.equal(
      bench.patches(),
      patches,
      again ? "another leader may have adopted something older" : "it was seen to leave",
    );
  }
});

for (const { title, advancedAt, kept } of [
  { title: "by its own restart", advancedAt: 10_000, kept: true },
  { title: "not where another leader has restarted since", advancedAt: 11_000, kept: false },
]) {
  t.test(`createEngine() that takes over again goes on at its own pace, ${title}`, async (t) => {
    const bench = await engineBench(t);
    bench.namespace(5);
    bench.workload(20);
    const [tracked] = bench.engine.store.all();
    if (tracked === undefined) throw new Error("Cannot test: there is no workload");
    tracked.workload = { ...tracked.workload, advancedAt };
    tracked.pace = { lastAt: 10_900, streak: 5 };
    bench.engine.takeOver();
    t.same(tracked.pace, kept ? { lastAt: 10_900, streak: 5 } : undefined);
  });
}

t.test("createEngine() waits for the watch when a write meets a workload that has changed", async (t) => {
  const bench = await outdatedBench(t);
  bench.cluster.fallback = { status: 422 };
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "60" };
  const template = { metadata: { annotations: { "restamp.dev/stamp": "v1:k1" } }, spec: { containers: [] } };
  bench.cluster.answers.set(deploymentPath, { object: { metadata, spec: { template } } });
  t.match(await bench.reconcile(), { is: "waiting", until: Number });
  t.equal(bench.patches(), 1);
  const [tracked] = bench.engine.store.all();
  t.equal(tracked?.workload.resourceVersion, 20, "when the template changed is not known from a GET");
});

t.test("createEngine() judges an undone template by what was recorded of it, not of the one in between", async (t) => {
  const bench = await outdatedBench(t);
  bench.workload(40, { type: "modified", image: "app:2" });
  t.same(await bench.reconcile(), { is: "recorded" }, "its pods have started with the second content");
  bench.workload(50, { type: "modified" });
  await bench.reconcile();
  t.equal(bench.patches(), 1, "pods of the first template may be alive");
});

t.test(
  "createEngine() rolls once, at whatever moment of a look the watch tells of a write whose answer was lost",
  async (t) => {
    for (let moment = 0; moment < 20; moment++) {
      const bench = await outdatedBench(t);
      bench.cluster.fallback = { status: 500 };
      await t.rejects(bench.reconcile(), { code: "unavailable" });
      const [stamp] = bench.stamps();
      if (stamp === undefined) throw new Error("Nothing was written");
      const look = bench.engine.reconcile(deploymentKey, AbortSignal.timeout(60_000)).catch(() => undefined);
      for (let turn = 0; turn < moment; turn++) await undefined;
      bench.workload(40, { type: "modified", stamp });
      await look;
      await bench.reconcile().catch(() => undefined);
      t.same([...new Set(bench.stamps())], [stamp], `after ${moment} turns`);
    }
  },
);

t.test("createEngine() does not take what another leader wrote for the undoing of its own", async (t) => {
  const bench = await outdatedBench(t);
  const [tracked] = bench.engine.store.all();
  if (tracked === undefined) throw new Error("It is not tracked");
  arrived(tracked.advances, "v1:its-own;");
  bench.workload(40, { type: "modified", stamp: "v1:its-own;" });
  bench.workload(50, { type: "modified", stamp: "v1:of-another-leader;" });
  t.equal(tracked.advances.undone.length, 1, "while it does not know better");
  bench.engine.takeOver();
  t.same(tracked.advances.undone, []);
});

t.test("createEngine() that takes over again does not know of any restart that admission has put back", async (t) => {
  const bench = await outdatedBench(t);
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: "40" };
  const object = { metadata, spec: { template: { spec: { containers: [] } } } };
  bench.cluster.answers.set(`${deploymentPath}?fieldManager=restamp`, { object });
  t.same(await bench.reconcile(), { is: "rejected" });
  t.equal(bench.engine.reverted.size, 1);
  bench.engine.takeOver();
  t.equal(bench.engine.reverted.size, 0, "another leader may have met with no such thing");
});

t.test(
  "createEngine() tells of misplaced annotations when it learns that their namespace is looked after",
  async (t) => {
    const reach = readReach({
      ...{ watchNamespaces: [], namespacesToIgnore: [], resourceLabelSelector: "" },
      ...{ namespaceSelector: "restamp.dev/enabled", namespaceOptIn: true },
    });
    const bench = await engineBench(t, { reach });
    const annotations = { "restamp.dev/enabled": "true" };
    bench.engine.misplaced.see(configMaps, { metadata: { name: "app", namespace: "shop", uid: "c1", annotations } });
    t.same(bench.events, []);
    bench.namespace(5);
    t.match(bench.events, [{ reason: "AnnotationWithoutEffect", regarding: { kind: "ConfigMap", name: "app" } }]);
  },
);

t.test(
  "createEngine() keeps what is recorded of a workload that a listing lacks: it may be back as it was",
  async (t) => {
    const bench = await outdatedBench(t);
    const [tracked] = bench.engine.store.all();
    if (tracked === undefined) throw new Error("It is not tracked");
    const handler = bench.engine.store.handler(tracked.workload.kind, undefined);
    // An API that is not served for a moment.
    for (const items of [[], [tracked.workload]]) {
      handler.listing();
      for (const item of items) handler.item(item);
      handler.listed();
      t.equal([...bench.engine.store.all()].length, items.length);
    }
    await bench.reconcile();
    t.equal(bench.patches(), 1, "its pods run with the first content");
    handler.event("deleted", tracked.workload);
    t.equal(bench.ledger.find(tracked.workload.uid), undefined, "until its deletion is watched");
  },
);

/** A bench whose workload was recorded with the first content, and has not been looked at since the second was written. */
async function outdatedBench(t: Test): Promise<EngineBench> {
  const bench = await engineBench(t);
  bench.namespace(5);
  bench.source(8, "first");
  bench.workload(20);
  await bench.reconcile();
  bench.source(30, "second");
  return bench;
}
