import t from "tap";
import { waitFor } from "../controlplane/wait-for.ts";
import { deploymentPath, engineBench } from "../helpers/engine-bench.ts";

t.test("createEngine() tells what became of the events of sources", async (t) => {
  const bench = await engineBench(t);
  bench.source(8, "first");
  t.strictSame(bench.counted.splice(0), ["unreferenced app"], "nobody refers to it yet, and it is not read");
  bench.namespace(5);
  bench.workload(20);
  await bench.reconcile();
  t.strictSame(bench.counted.splice(0), [], "the first read answers no event");
  bench.source(30, "first");
  await bench.reconcile();
  t.strictSame(bench.counted.splice(0), ["unchanged app"]);
  bench.source(31, "second");
  await bench.reconcile();
  t.strictSame(bench.counted.splice(0), ["changed app", "concerned web"]);
});

t.test("createEngine() tells of a restart that the API server did not answer", async (t) => {
  const bench = await engineBench(t);
  bench.source(8, "first");
  bench.namespace(5);
  bench.workload(20);
  await bench.reconcile();
  bench.source(31, "second");
  bench.cluster.answers.set(`${deploymentPath}?fieldManager=restamp`, { status: 500 });
  await t.rejects(bench.reconcile());
  t.match(bench.counted, ["unreferenced app", "changed app", "concerned web", "failed web"]);
});

t.test("createEngine() counts the time of a change from its event, also if it cannot be read at once", async (t) => {
  const bench = await engineBench(t);
  const sourcePath = "/api/v1/namespaces/shop/configmaps/app";
  bench.source(8, "first");
  bench.namespace(5);
  bench.workload(20);
  await bench.reconcile();
  const before = Date.now();
  bench.source(31, "second");
  const answer = bench.cluster.answers.get(sourcePath);
  bench.cluster.answers.set(sourcePath, { status: 500 });
  const failed = (): boolean => bench.cluster.asked.filter((path) => path === sourcePath).length === 2;
  await waitFor(failed, { intervalMs: 5, describe: "the read to fail" });
  if (answer !== undefined) bench.cluster.answers.set(sourcePath, answer);
  await bench.reconcile();
  const unrest = bench.engine.store.get("Deployment.apps/shop/web")?.unrest;
  t.ok(unrest !== undefined && unrest.reported >= before);
  t.ok(unrest !== undefined && unrest.first - unrest.reported >= 90, "the read was repeated after a wait");
});
