import t from "tap";
import { createNotices } from "../../controller/notices.ts";
import { suspendedUntil } from "../../controller/suspension.ts";
import { createWorkloadStore, type TrackedWorkload } from "../../controller/workload-store.ts";
import type { EventNote } from "../../src/core/ports.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";

const hour = 3_600_000;

/** A workload whose restarts another writer has undone at these times, and the Events about it. */
function undoneAt(times: readonly number[]) {
  const kind = createWorkloadKinds().find("apps", "Deployment");
  const tracked: TrackedWorkload[] = [];
  const store = createWorkloadStore({ now: () => 0, onChange: (each) => tracked.push(each), onGone: () => {} });
  if (kind === undefined) throw new Error("There are no Deployments");
  store.handler(kind, undefined).event("added", readWorkload(kind, { metadata: { name: "cart", uid: "u1" } }));
  const [workload] = tracked;
  if (workload === undefined) throw new Error("The store took nothing in");
  workload.advances.undone.push(...times);
  const notes: EventNote[] = [];
  return { workload, notes, notices: createNotices({ record: (note) => notes.push(note) }) };
}

t.test("suspendedUntil() leaves a workload alone after three undone restarts within an hour", async (t) => {
  const cases = [
    { title: "none", times: [], want: undefined },
    { title: "two", times: [1, 2], want: undefined },
    { title: "three", times: [1, 2, 3], want: hour + 1 },
    { title: "three, the first of which was longer ago", times: [1 - hour, 2, 3], want: undefined },
    { title: "four, of which three count", times: [1 - hour, 2, 3, 4], want: hour + 2 },
  ];
  for (const { title, times, want } of cases) {
    const { workload, notices } = undoneAt(times);
    t.equal(suspendedUntil(workload, { notices, now: () => 10 }), want, title);
  }
});

t.test("suspendedUntil() says so once, and takes it back", async (t) => {
  const { workload, notices, notes } = undoneAt([1, 2, 3]);
  for (const time of [10, 20]) suspendedUntil(workload, { notices, now: () => time });
  t.match(notes, [{ type: "Warning", reason: "Suspended", note: /another writer has undone 3/ }]);
  t.equal(suspendedUntil(workload, { notices, now: () => hour + 10 }), undefined, "an hour later it is tried again");
  t.same(workload.advances.undone, [], "what no longer counts is forgotten");
});
