import t from "tap";
import { arrived, createAdvances, noteTemplate, sending } from "../../controller/advances.ts";
import { createWorkloadStore } from "../../controller/workload-store.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds, type WorkloadKind } from "../../src/core/workload-kinds.ts";

// Who has undone a restart, where restamp writes Reloader's marks beside its stamp.

const deployments = deploymentKind();
const mark = (digit: number) => ({ name: "STAKATER_APP_CONFIGMAP", value: String(digit).repeat(40) });

interface Written {
  readonly stamp?: string;
  readonly env?: readonly object[];
  readonly image?: string;
}

function deploymentKind(): WorkloadKind {
  const kind = createWorkloadKinds().find("apps", "Deployment");
  if (kind === undefined) throw new Error("There is no such kind");
  return kind;
}

/** How often the restart to `v1:b;` counts as undone by what is written after it. */
function undone(written: Written): number {
  let version = 1;
  const read = ({ stamp, env = [], image = "app:1" }: Written) =>
    readWorkload(deployments, {
      metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: String(version++) },
      spec: {
        template: {
          metadata: { annotations: stamp === undefined ? {} : { "restamp.dev/stamp": stamp } },
          spec: { containers: [{ name: "main", image, env }] },
        },
      },
    });
  const store = createWorkloadStore({ now: () => 0, onChange: () => undefined, onGone: () => undefined });
  const { event } = store.handler(deployments, undefined);
  event("added", read({ stamp: "v1:a;" }));
  const [stored] = store.all();
  if (stored === undefined) throw new Error("It was not stored");
  sending(stored.advances, "v1:b;");
  store.written(read({ stamp: "v1:b;", env: [mark(1)] }));
  event("modified", read(written));
  return stored.advances.undone.length;
}

const cases: readonly (readonly [string, Written, number])[] = [
  ["the stamp is taken away", { env: [mark(1)] }, 1],
  ["stamp and variable are taken away", {}, 1],
  ["both are put back to what they were", { stamp: "v1:a;", env: [mark(9)] }, 1],
  ["Reloader writes its variable", { stamp: "v1:b;", env: [mark(2)] }, 0],
  ["a deploy, from a manifest without them", { image: "app:2" }, 0],
];
for (const [title, written, count] of cases) {
  t.test(title, async (t) => t.equal(undone(written), count));
}

t.test("noteTemplate() takes a write whose answer is lost for what it is", async (t) => {
  const advances = createAdvances();
  const seen = (stamp: string | undefined) => ({ bareHash: "same", stamp });
  sending(advances, "v1:a;");
  arrived(advances, "v1:a;");
  // Nobody knows whether the first attempt was carried out, so there is another, with what has changed meanwhile.
  sending(advances, "v1:b;");
  sending(advances, "v1:c;");
  noteTemplate(advances, { before: seen("v1:a;"), now: seen("v1:b;") }, 1);
  t.same(advances, { stamp: "v1:b;", sent: new Set(), undone: [] }, "the watch reports it");
  noteTemplate(advances, { before: seen("v1:b;"), now: seen(undefined) }, 2);
  t.same(advances.undone, [2], "and then somebody undoes it");
});

t.test("noteTemplate() tells a write of this process from one that comes with the same stamp", async (t) => {
  const template = (stamp: string | undefined, bareHash = "same") => ({ bareHash, stamp });
  const before = template(undefined);
  const afterAnswer = createAdvances();
  sending(afterAnswer, "v1:a;");
  arrived(afterAnswer, "v1:a;");
  t.ok(noteTemplate(afterAnswer, { before, now: template("v1:a;") }, 1), "the answer came first");
  const unanswered = createAdvances();
  sending(unanswered, "v1:a;");
  t.notOk(noteTemplate(unanswered, { before, now: template("v1:a;", "other") }, 1), "a deploy that is stamped alike");
  t.notOk(noteTemplate(unanswered, { before: template("v1:a;"), now: template("v1:b;") }, 2), "another one's");
  sending(unanswered, "v1:c;");
  t.ok(noteTemplate(unanswered, { before: template("v1:b;"), now: template("v1:c;") }, 3), "the watch came first");
});

t.test("sending() keeps no more than a few", async (t) => {
  const advances = createAdvances();
  for (let count = 0; count < 1_000; count++) sending(advances, `v1:${count};`);
  t.ok(advances.sent.size < 100 && advances.sent.has("v1:999;"));
});
