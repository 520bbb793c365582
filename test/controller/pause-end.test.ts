import t from "tap";
import { type PauseState, withPause } from "../../controller/pause-end.ts";
import type { Outcome } from "../../controller/reconciler.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { deploymentKey, deploymentPath, type EngineBench, engineBench } from "../helpers/engine-bench.ts";

// Refusals by a policy of a real API server are a test in test/reloader/pause.test.ts.

const kind = createWorkloadKinds().find("apps", "Deployment");
if (kind === undefined) throw new Error("There is no kind Deployment");
const patchPath = `${deploymentPath}?fieldManager=restamp`;
const never = new AbortController().signal;

/** The Deployment of the bench, in a pause of restamp's that is over. */
function pausedObject(paused: boolean, version: number) {
  const metadata = { name: "web", namespace: "shop", uid: "u1", resourceVersion: `${version}` };
  const annotations = { [keys.pausedAt]: "2026-06-01T12:00:00Z" };
  const containers = [{ name: "main", image: "app:1", envFrom: [{ configMapRef: { name: "app" } }] }];
  return {
    metadata: { ...metadata, annotations, creationTimestamp: "2026-06-01T12:00:10Z" },
    spec: { paused, template: { spec: { containers } } },
  };
}

/** Reports it, and has the API server refuse every write of it. */
function refusing(bench: EngineBench, { paused = true, version = 20 } = {}): void {
  if (kind === undefined) return;
  const object = pausedObject(paused, version);
  bench.engine.store.handler(kind, undefined).event("modified", readWorkload(kind, object));
  bench.cluster.answers.set(deploymentPath, { object });
  bench.cluster.answers.set(patchPath, { status: 422 });
}

const told = (bench: EngineBench) => bench.events.map(({ reason, note }) => `${reason}: ${note}`);

t.test("a pause whose end is refused is told once, and everything else is decided", async (t) => {
  const clock = { time: Date.parse("2026-06-01T13:00:00Z") };
  const bench = await engineBench(t, { now: () => clock.time });
  bench.source(8, "first");
  bench.namespace(5);
  refusing(bench);
  t.same(await bench.reconcile(), { is: "rejected" });
  t.equal(bench.ledger.entries().size, 1, "what it runs with is recorded");
  const [event = ""] = told(bench);
  t.match(event, /^PauseNotEnded: Cannot end the pause, so what was gathered is not rolled out: Cannot PATCH .*: 422 /);
  t.match(event, /: let restamp remove the annotation restamp\.dev\/paused-at and set spec\.paused to false, or do it/);
  t.equal(bench.patches(), 1);
  await bench.reconcile();
  t.equal(bench.patches(), 1, "not tried again at once");
  clock.time += 1_000;
  t.same(await bench.reconcile(), { is: "rejected" });
  t.equal(bench.patches(), 2);
  t.equal(bench.events.length, 1);
  bench.source(40, "second", 31);
  clock.time += 500;
  await bench.reconcile();
  t.equal(bench.stamps().length, 1, "a restart is tried");
});

t.test("a pause whose end is not refused any more ends", async (t) => {
  const clock = { time: Date.parse("2026-06-01T13:00:00Z") };
  const bench = await engineBench(t, { now: () => clock.time });
  bench.source(8, "first");
  bench.namespace(5);
  refusing(bench);
  await bench.reconcile();
  const { metadata, spec } = pausedObject(false, 21);
  bench.cluster.answers.set(patchPath, { object: { metadata: { ...metadata, annotations: {} }, spec } });
  clock.time += 1_000;
  t.match(await bench.reconcile(), { is: "unchanged" });
  t.match(told(bench), [/^PauseNotEnded/, /^RolloutResumed/]);
  refusing(bench, { version: 30 });
  await bench.reconcile();
  t.match(told(bench)[2], /^PauseNotEnded/, "a new refusal is told anew");
});

t.test("a mark of a pause that may not be removed is told in other words", async (t) => {
  const bench = await engineBench(t);
  bench.source(8, "first");
  bench.namespace(5);
  refusing(bench, { paused: false });
  await bench.reconcile();
  t.match(told(bench), [
    /^PauseNotEnded: Cannot remove what is left of a pause: .* remove the annotation [^ ]+, or do/,
  ]);
});

t.test("a pause that cannot be ended for a moment is for the caller to try again", async (t) => {
  const bench = await engineBench(t);
  bench.source(8, "first");
  bench.namespace(5);
  refusing(bench);
  bench.cluster.answers.set(patchPath, { status: 503 });
  await t.rejects(bench.engine.reconcile(deploymentKey, never), { code: "unavailable" });
  t.same(bench.events, []);
});

const [lasting, refused] = [{ is: "lasting", until: 50 } as const, { is: "rejected", until: 50 } as const];
const cases: readonly { outcome: Outcome; pause: PauseState; want: Outcome }[] = [
  { outcome: { is: "unchanged" }, pause: { is: "none" }, want: { is: "unchanged" } },
  { outcome: { is: "advanced" }, pause: lasting, want: { is: "advanced", until: 50 } },
  { outcome: { is: "waiting", until: 10 }, pause: lasting, want: { is: "waiting", until: 10 } },
  { outcome: { is: "blocked", until: undefined }, pause: lasting, want: { is: "blocked", until: 50 } },
  { outcome: { is: "rejected" }, pause: lasting, want: { is: "rejected" } },
  { outcome: { is: "unchanged" }, pause: refused, want: { is: "rejected" } },
  { outcome: { is: "advanced" }, pause: refused, want: { is: "rejected" } },
  { outcome: { is: "waiting", until: 70 }, pause: refused, want: { is: "waiting", until: 50 } },
  { outcome: { is: "error" }, pause: refused, want: { is: "error" } },
];
for (const { outcome, pause, want } of cases) {
  t.same(withPause(outcome, pause), want, `withPause(): ${outcome.is}, and the pause is ${pause.is}`);
}
