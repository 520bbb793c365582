import t, { type Test } from "tap";
import { waitFor } from "../controlplane/wait-for.ts";
import {
  deploymentKey,
  deploymentPath,
  type EngineBench,
  type EngineBenchOptions,
  engineBench,
  sourcePath,
} from "../helpers/engine-bench.ts";
import type { LocalAnswer } from "../helpers/local-api-server.ts";

const patchPath = `${deploymentPath}?fieldManager=restamp`;
const never = new AbortController().signal;

t.test("reconcile() waits for a change that is reported and not read yet, up to the cap", async (t) => {
  const clock = { time: 1_000_000 };
  const bench = await adopted(t, { settleMs: 3_000, settleMaxMs: 10_000, now: () => clock.time });
  bench.source(40, "second", 31);
  t.equal(await waiting(bench), 1_003_000);
  bench.cluster.answers.set(sourcePath, "hang");
  bench.changed(50);
  t.equal(await waiting(bench), 1_003_000, "not more often than it has to");
  clock.time = 1_003_000;
  t.equal(await waiting(bench), 1_003_100, "soon, as nobody tells of a read that shows no change");
  clock.time = 1_009_950;
  t.equal(await waiting(bench), 1_010_000);
  t.equal(bench.patches(), 0);
  clock.time = 1_010_000;
  await bench.engine.reconcile(deploymentKey, never);
  t.equal(bench.patches(), 1, "one source that does not answer holds nothing up for longer");
});

t.test("reconcile() collects anew what changes while a restart is under way", async (t) => {
  const clock = { time: 1_000_000 };
  const bench = await adopted(t, { settleMs: 3_000, settleMaxMs: 10_000, now: () => clock.time });
  bench.source(40, "second", 31);
  clock.time = await waiting(bench);
  const answer = Promise.withResolvers<LocalAnswer>();
  bench.cluster.answers.set(patchPath, answer.promise);
  const restart = bench.reconcile();
  await waitFor(() => bench.stamps().length === 1, { describe: "the PATCH" });
  clock.time += 500;
  // Later than the template that is being written: its pods may have started without it.
  bench.source(70, "third", 32);
  await bench.read();
  answer.resolve(written({ version: 60, stamp: bench.stamps()[0] ?? "" }));
  t.match(await restart, { is: "advanced" });
  t.equal(await waiting(bench), clock.time + 3_000);
  clock.time += 3_000;
  bench.cluster.answers.delete(patchPath);
  await bench.reconcile();
  t.equal(bench.patches(), 2);
});

for (const { title, happens } of [
  { title: "the content is what it was", happens: (bench: EngineBench) => bench.source(50, "first", 32) },
  { title: "the workload leaves", happens: (bench: EngineBench) => bench.namespace() },
]) {
  t.test(`reconcile() forgets a restart that admission put back when ${title}`, async (t) => {
    const bench = await adopted(t);
    bench.cluster.answers.set(patchPath, written({ version: 30, stamp: "" }));
    bench.source(40, "second", 31);
    t.same(await bench.reconcile(), { is: "rejected" });
    t.same([...bench.engine.reverted], [deploymentKey]);
    happens(bench);
    t.same(await bench.reconcile(), { is: "unchanged" });
    t.equal(bench.engine.reverted.size, 0, "readiness holds again");
  });
}

t.test("reconcile() tries again what is refused with a 404, if the workload is there", async (t) => {
  const bench = await adopted(t);
  bench.cluster.answers.set(deploymentPath, written({ version: 20, stamp: "" }));
  bench.source(40, "second", 31);
  t.same(await bench.reconcile(), { is: "rejected" });
  bench.cluster.answers.delete(deploymentPath);
  t.same(await bench.reconcile(), { is: "unchanged" }, "and not if it is gone");
});

t.test("reconcile() takes an answer that is not the source for none: it is asked for again", async (t) => {
  const bench = await adopted(t);
  bench.cluster.answers.set(sourcePath, { object: {} });
  const reads = () => bench.cluster.asked.filter((path) => path === sourcePath).length;
  const before = reads();
  bench.changed(40);
  await waitFor(() => reads() >= before + 2, { describe: "another try" });
  t.same(await bench.engine.reconcile(deploymentKey, never), { is: "unchanged" });
  bench.source(40, "second", 31);
  await bench.reconcile();
  t.equal(bench.patches(), 1, "only what is there in the end counts");
});

/** A Deployment that runs with the first content, whose creation is some time ago. */
async function adopted(t: Test, options: EngineBenchOptions = {}): Promise<EngineBench> {
  const bench = await engineBench(t, options);
  bench.source(8, "first");
  bench.namespace(5);
  bench.workload(20);
  t.same(await bench.reconcile(), { is: "recorded" });
  t.match(await bench.reconcile(), { is: "unchanged" });
  return bench;
}

/** Reconciles; returns until when it waits. */
async function waiting(bench: EngineBench): Promise<number> {
  const outcome =
    bench.cluster.answers.get(sourcePath) === "hang"
      ? await bench.engine.reconcile(deploymentKey, never)
      : await bench.reconcile();
  if (outcome.is !== "waiting" || outcome.until === undefined) throw new Error(`It does not wait: ${outcome.is}`);
  return outcome.until;
}

function written({ version, stamp }: { readonly version: number; readonly stamp: string }): LocalAnswer {
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: `${version}` };
  const annotations = stamp === "" ? {} : { "restamp.dev/stamp": stamp };
  const container = { name: "main", image: "app:1", envFrom: [{ configMapRef: { name: "app" } }] };
  const template = { metadata: { annotations }, spec: { containers: [container] } };
  return { object: { metadata: { ...metadata, creationTimestamp: "2026-06-01T12:00:10Z" }, spec: { template } } };
}
