import t from "tap";
import { createNotices } from "../../controller/notices.ts";
import type { EventNote } from "../../src/core/ports.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";

function create() {
  const notes: EventNote[] = [];
  const kind = createWorkloadKinds().find("apps", "Deployment");
  if (kind === undefined) throw new Error("There are no Deployments");
  const metadata = { name: "cart", namespace: "shop", uid: "u1" };
  return {
    notices: createNotices({ record: (note) => notes.push(note) }),
    notes,
    cart: readWorkload(kind, { metadata }),
  };
}

t.test("tell() records what was done each time, on the workload", async (t) => {
  const { notices, notes, cart } = create();
  notices.tell(cart, { reason: "Restamped", note: "A changed" });
  notices.tell(cart, { reason: "Restamped", note: "A changed" });
  const regarding = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart", uid: "u1" };
  const note = { type: "Normal", reason: "Restamped", note: "A changed", regarding };
  t.same(notes, [note, note]);
});

t.test("warn() records a state once for as long as it lasts", async (t) => {
  const { notices, notes, cart } = create();
  const missing = { reason: "SourceMissing", note: "A is missing" };
  t.strictSame([notices.warn(cart, missing), notices.warn(cart, missing)], [true, false]);
  t.ok(notices.warn(cart, { ...missing, note: "B is missing" }), "it reads differently");
  t.ok(notices.warn(cart, { reason: "Suspended", note: "A is missing" }), "another state");
  notices.clear(cart, "Suspended");
  t.notOk(notices.warn(cart, { ...missing, note: "B is missing" }), "the end of another state");
  notices.clear(cart, "SourceMissing");
  t.ok(notices.warn(cart, missing), "it was over, and is back");
  notices.forget("u1");
  t.ok(notices.warn(cart, missing), "another workload of that name");
  t.ok(notes.every(({ type }) => type === "Warning"));
});
