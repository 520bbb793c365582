import t from "tap";
import { sending } from "../../controller/advances.ts";
import { createWorkloadStore } from "../../controller/workload-store.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { type WorkloadKind, workloadKinds } from "../../src/core/workload-kinds.ts";

// Where workloads may not be watched, they are listed all the time, and writes of our own fall into listings.

const deployments = kindOf("Deployment");

function kindOf(name: string): WorkloadKind {
  const found = workloadKinds.find(({ kind }) => kind === name);
  if (found === undefined) throw new Error(`There is no kind "${name}"`);
  return found;
}

const deployment = (version: number, stamp?: string) =>
  readWorkload(deployments, {
    metadata: { name: "web", namespace: "shop", uid: "u1", resourceVersion: String(version) },
    spec: {
      template: {
        metadata: { annotations: stamp === undefined ? {} : { "restamp.dev/stamp": stamp } },
        spec: { containers: [{ name: "main", image: "app:1" }] },
      },
    },
  });

function setUp() {
  const store = createWorkloadStore({ now: () => 0, onChange: () => undefined, onGone: () => undefined });
  const handler = store.handler(deployments, undefined);
  const list = (...versions: ReturnType<typeof deployment>[]): void => {
    handler.asking?.();
    handler.listing();
    for (const each of versions) handler.item(each);
    handler.listed();
  };
  list(deployment(10));
  const [stored] = store.all();
  if (stored === undefined) throw new Error("It was not stored");
  return { store, handler, list, stored };
}

t.test(
  "createWorkloadStore() does not take a listing that a write of its own has overtaken for the undoing of it",
  async (t) => {
    const { store, handler, list, stored } = setUp();
    handler.asking?.();
    sending(stored.advances, "v1:key;");
    store.written(deployment(12, "v1:key;"));
    handler.listing();
    handler.item(deployment(10));
    handler.listed();
    t.equal(stored.workload.resourceVersion, 12);
    t.same(stored.advances.undone, []);
    list(deployment(12, "v1:key;"));
    t.equal(stored.workload.template?.stamp, "v1:key;");
  },
);

t.test("createWorkloadStore() knows the version that a write of its own has led to, and no other", async (t) => {
  const { store, handler } = setUp();
  const version = { namespace: "shop", name: "web", uid: "u1", resourceVersion: "12" };
  t.notOk(handler.knows?.(version));
  store.written(deployment(12));
  t.ok(handler.knows?.(version));
  for (const other of [{ resourceVersion: "13" }, { uid: "u2" }, { name: "api" }, { namespace: "other" }]) {
    t.notOk(handler.knows?.({ ...version, ...other }), JSON.stringify(other));
  }
  t.notOk(handler.knows?.({}));
});

t.test("createWorkloadStore() believes a listing that began after its write, whatever its version", async (t) => {
  const { store, list, stored } = setUp();
  store.written(deployment(12, "v1:key;"));
  // An etcd that was restored from a backup counts from an older number again.
  list(deployment(7));
  t.equal(stored.workload.resourceVersion, 7);
});

t.test("createWorkloadStore() notices in a listing what is gone", async (t) => {
  const { store, list } = setUp();
  list();
  t.same([...store.all()], []);
});
