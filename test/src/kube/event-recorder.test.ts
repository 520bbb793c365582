import t, { type Test } from "tap";
import type { EventNote } from "../../../src/core/ports.ts";
import { createApiClient } from "../../../src/kube/client.ts";
import { createEventRecorder, type EventDrop, type EventRecorderOptions } from "../../../src/kube/event-recorder.ts";
import type { ClusterAccess } from "../../../src/kube/kube-config.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../../controlplane/kube.ts";
import { planeAccess } from "../../helpers/plane-access.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";
import { type Answer, json, refusal, startScriptedServer } from "../../helpers/scripted-server.ts";

t.setTimeout(120_000);

const cart = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "cart", uid: "u-cart" };
const note = (more: Partial<EventNote> = {}): EventNote => ({
  regarding: cart,
  type: "Normal",
  reason: "Restamped",
  note: 'ConfigMap "app" changed',
  ...more,
});

function start(t: Test, access: ClusterAccess, options: Partial<EventRecorderOptions> = {}) {
  const api = createApiClient({ access }, { component: "test", version: "0" });
  t.teardown(() => api.close());
  const dropped: EventDrop[] = [];
  let now = Date.parse("2026-11-21T08:00:00Z");
  const log = createRecordingLog();
  const clock = { now: () => now };
  const onDropped = (reason: EventDrop) => void dropped.push(reason);
  const all = { component: "controller", instance: "pod-1", retryMs: 5, ...options };
  const pass = (ms: number) => {
    now += ms;
  };
  return { recorder: createEventRecorder({ api, log, clock, onDropped }, all), dropped, log, pass };
}

t.test("createEventRecorder() on a real API server", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);
  const { recorder, dropped, log, pass } = start(t, planeAccess(plane));
  const events = () => kube.list<KubeObject>("/apis/events.k8s.io/v1/namespaces/default/events");
  const about = async (name: string) =>
    (await events()).filter(({ regarding }) => (regarding as { name: string }).name === name);

  await t.test("record() is shown by kubectl describe", async (t) => {
    const created = await kube.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "described", namespace: "default" },
    });
    const regarding = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "described" };
    const related = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "db" };
    recorder.record(note({ regarding: { ...regarding, uid: created.metadata.uid ?? "" }, related, type: "Warning" }));
    await recorder.flush(5000);
    const [event] = await about("described");
    t.match(event, {
      type: "Warning",
      reason: "Restamped",
      note: 'ConfigMap "app" changed',
      action: "Restamp",
      reportingController: "restamp.dev/controller",
      reportingInstance: "pod-1",
      eventTime: "2026-11-21T08:00:00.000000Z",
      related: { name: "db" },
    });
    t.match(event?.metadata.name, /^described\.[0-9a-f]{16}$/);
    t.match(await kube.kubectl(["describe", "configmap", "described"]), /Warning\s+Restamped.*ConfigMap "app" changed/);
  });

  await t.test("record() makes a series of equal Events, and writes it once a minute", async (t) => {
    for (let i = 0; i < 4; i++) recorder.record(note());
    await recorder.flush(5000);
    t.match(await about("cart"), [{ series: { count: 4 } }], "flush() writes what a series still owes");
    for (let i = 0; i < 3; i++) {
      pass(61_000);
      recorder.record(note());
    }
    await recorder.flush(5000);
    const [event, ...others] = await about("cart");
    t.same(others, []);
    t.match(event, { series: { count: 7, lastObservedTime: "2026-11-21T08:03:03.000000Z" } });
    recorder.record(note({ note: "something else" }));
    pass(361_000);
    recorder.record(note());
    await recorder.flush(5000);
    t.equal((await about("cart")).length, 3, "after six minutes, or with another note, a new one begins");
  });

  await t.test("record() starts again when the Event of a series has expired", async (t) => {
    const regarding = { ...cart, name: "expired", uid: "u-expired" };
    recorder.record(note({ regarding }));
    await recorder.flush(5000);
    for (const { metadata } of await about("expired"))
      await kube.delete(`/apis/events.k8s.io/v1/namespaces/default/events/${metadata.name}`);
    pass(61_000);
    recorder.record(note({ regarding }));
    await recorder.flush(5000);
    t.match(await about("expired"), [{ series: { count: 2 } }]);
  });

  await t.test("record() accepts any name, long notes and cluster-scoped objects", async (t) => {
    const long = { ...cart, name: `${"x".repeat(250)}--z`, uid: "u-long" };
    recorder.record(note({ regarding: long, note: "€".repeat(2000) }));
    recorder.record(note({ regarding: { apiVersion: "v1", kind: "Namespace", namespace: "", name: "shop" } }));
    await recorder.flush(5000);
    t.equal((await about(long.name)).length, 1);
    t.equal((await about("shop")).length, 1);
  });
  t.same(dropped, []);
  t.same(log.lines, []);
});

t.test("record() limits Events for each object", async (t) => {
  const server = await startScriptedServer(json(201, {}));
  t.teardown(() => server.close());
  const { recorder, dropped, pass } = start(t, server.access);
  for (let i = 0; i < 40; i++) recorder.record(note({ note: `note ${i}` }));
  recorder.record(note({ regarding: { ...cart, uid: "u-other" } }));
  await recorder.flush(5000);
  t.equal(server.seen.length, 26);
  t.same(dropped, Array(15).fill("rate-limited"));
  pass(300_000);
  recorder.record(note({ note: "later" }));
  await recorder.flush(5000);
  t.equal(server.seen.length, 27);
});

t.test("record() never waits, and forgets what does not fit", async (t) => {
  const server = await startScriptedServer(() => undefined);
  t.teardown(() => server.close());
  const { recorder, dropped, log } = start(t, server.access, { maxQueued: 10 });
  for (let i = 0; i < 50; i++) recorder.record(note({ regarding: { ...cart, uid: `u${i}` } }));
  t.same(dropped, Array(38).fill("queue-full"), "2 under way, 10 queued");
  await recorder.flush(50);
  t.same(dropped.slice(38), Array(12).fill("shutdown"));
  t.match(log.lines, [{ level: "warn", fields: { left: 12 } }]);
});

t.test("record() repeats what may pass and gives up what may not", async (t) => {
  const cases: readonly {
    title: string;
    answers: readonly Answer[];
    requests: number;
    dropped: readonly EventDrop[];
  }[] = [
    { title: "503", answers: [refusal(503, "x", "x"), json(201, {})], requests: 2, dropped: [] },
    { title: "403", answers: [refusal(403, "x", "x")], requests: 1, dropped: ["failed"] },
    {
      title: "a write that had succeeded",
      answers: [refusal(503, "x", "x"), refusal(409, "AlreadyExists", "x")],
      requests: 2,
      dropped: [],
    },
    { title: "503 for ever", answers: [refusal(503, "x", "x")], requests: 5, dropped: ["failed"] },
  ];
  for (const { title, answers, requests, dropped: want } of cases) {
    const server = await startScriptedServer(...answers);
    t.teardown(() => server.close());
    const { recorder, dropped } = start(t, server.access);
    recorder.record(note());
    await recorder.flush(5000);
    t.equal(server.seen.length, requests, title);
    t.same(dropped, want, title);
  }
});

t.test("record() keeps the count of a series whose first Event comes late", async (t) => {
  const exists = refusal(409, "AlreadyExists", "x");
  const server = await startScriptedServer(json(201, {}), refusal(404, "NotFound", "x"), exists, json(200, {}));
  t.teardown(() => server.close());
  const { recorder, dropped } = start(t, server.access);
  recorder.record(note());
  recorder.record(note());
  await recorder.flush(5000);
  t.equal(server.seen.length, 4, "POST, PATCH (not there yet), POST (there now), PATCH");
  t.same(dropped, []);
});
