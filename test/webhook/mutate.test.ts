import t from "tap";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { deployment, podSpec } from "../helpers/admission.ts";
import {
  admissionBench,
  controllerUser,
  oldStamp,
  stampPointer as path,
  setNamespace,
  shopPath,
  testKey,
} from "../helpers/admission-bench.ts";

t.test("mutate() on CREATE", async (t) => {
  const b = await admissionBench(t);
  const made = await b.run({ object: deployment() });
  t.match(made, { outcome: "stamped", warnings: [], problems: 0 }, "stamps a new workload");
  const [operation] = made.operations;
  t.match(operation, { op: "add", path: "/spec/template/metadata/annotations" }, "where there is no map, adds one");
  const stamp = await b.stampFor({ object: deployment() });
  t.match(
    stamp,
    /^v1:k1-aaaaaa;configmap\/app-config=[\w-]{22};secret\/db=[\w-]{22}$/,
    "names each source with a digest",
  );
  t.notMatch(JSON.stringify(made), "hunter2", "shows no value");
  t.notMatch(JSON.stringify(made), "aHVudGVyMg", "shows no encoded value");
  const exported = await b.run({ object: deployment({ stamp: oldStamp }) });
  t.same(exported.operations, [{ op: "add", path, value: stamp }], "replaces the stamp of an exported manifest");
  const again = await b.run({ object: deployment({ stamp: stamp ?? "" }) });
  t.match(
    again,
    { outcome: "unchanged", operations: [], warnings: [] },
    "called again with its own result does nothing",
  );
  t.equal(await b.stampFor({ object: deployment(), dryRun: true }), stamp, "a dry run gets the same stamp");
  const bare = await b.run({ object: deployment({ spec: { containers: [] } }) });
  t.match(bare, { outcome: "unchanged", operations: [] }, "without references there is no stamp");
  const bareStamped = await b.run({ object: deployment({ spec: { containers: [] }, stamp: oldStamp }) });
  t.same(bareStamped.operations, [{ op: "remove", path }], "without references a stamp of the manifest is taken away");
});

t.test("mutate() on an UPDATE that changes the template", async (t) => {
  const b = await admissionBench(t);
  const stamp = await b.stampFor({ object: deployment() });
  const update = {
    object: deployment({ image: "cart:2", stamp: oldStamp }),
    oldObject: deployment({ stamp: oldStamp }),
  };
  const fresh = await b.run(update);
  t.same(fresh.operations, [{ op: "add", path, value: stamp }], "gives the stamp of the content at this moment");
  const dropped = await b.run({ ...update, object: deployment({ image: "cart:2" }) });
  t.equal(dropped.outcome, "stamped", "also where the request dropped the stored one");
  const bare = await b.run({ ...update, object: deployment({ spec: { containers: [] }, stamp: oldStamp }) });
  t.same(bare.operations, [{ op: "remove", path }], "takes the stamp away with the last reference");
  const ref = await b.run({ object: deployment(), oldObject: { ...deployment(), spec: { workloadRef: {} } } });
  t.equal(ref.outcome, "stamped", "a template that was not there before is new");
});

t.test("mutate() on an UPDATE with the stored template", async (t) => {
  const b = await admissionBench(t);
  b.cluster.fallback = "hang";
  b.cluster.answers.clear();
  const stored = deployment({ stamp: oldStamp });
  const dropped = await b.run({ object: deployment(), oldObject: stored });
  t.match(dropped, { outcome: "carried", warnings: [] }, "carries the stored stamp forward without a word");
  const annotations = {
    op: "add",
    path: "/spec/template/metadata/annotations",
    value: { [stampAnnotation]: oldStamp },
  };
  t.same(dropped.operations, [annotations], "puts exactly the stored text there");
  const scaled = { ...stored, spec: { ...Reflect.get(stored, "spec"), replicas: 7 } };
  t.match(
    await b.run({ object: scaled, oldObject: stored }),
    { outcome: "unchanged", operations: [] },
    "leaves an equal stamp",
  );
  const weird = deployment({ stamp: "no stamp at all" });
  const carried = await b.run({ object: deployment(), oldObject: weird });
  t.equal(carried.outcome, "carried", "a text that is no stamp is carried all the same");
  const added = await b.run({ object: deployment({ stamp: "made up" }), oldObject: deployment() });
  t.same(added.operations, [{ op: "remove", path }], "a made-up stamp does not get in");
  t.same(b.cluster.asked, [], "reads nothing for all that");
});

t.test("mutate() on a requested stamp that is another than the stored one", async (t) => {
  const b = await admissionBench(t);
  const before = (await b.stampFor({ object: deployment() })) ?? "";
  const stored = deployment({ stamp: before });
  b.put("configmaps", "app-config", { data: { LOG: "debug" } });
  const now = (await b.stampFor({ object: deployment() })) ?? "";
  t.not(now, before, "the content has changed");
  const advance = { object: deployment({ stamp: now }), oldObject: stored };
  t.match(
    await b.run(advance),
    { outcome: "unchanged", operations: [], warnings: [] },
    "accepts the stamp that it would make itself",
  );

  const undo = { object: deployment({ stamp: oldStamp }), oldObject: stored };
  const undone = await b.run(undo);
  t.same(undone.operations, [{ op: "add", path, value: before }], "an undo to another content keeps the stored stamp");
  t.match(undone.warnings, [/nothing is rolled back/], "and tells the user");
  const program = await b.run({
    ...undo,
    userInfo: { username: "system:serviceaccount:flux-system:kustomize-controller" },
  });
  t.match(program, { outcome: "carried", warnings: [] }, "and does not tell a program");

  const asked = b.cluster.asked.length;
  const own = await b.run({ ...undo, userInfo: { username: controllerUser } });
  t.match(own, { outcome: "unchanged", operations: [] }, "lets the controller write what it wants");
  t.equal(b.cluster.asked.length, asked, "without a read");

  setNamespace(b, {});
  t.equal((await b.run(advance)).outcome, "carried", "accepts nothing in a namespace that does not take part");
  setNamespace(b, { labels: { "restamp.dev/enabled": "true" } });
  b.cluster.answers.set(shopPath("configmaps", "app-config"), "hang");
  t.equal((await b.run(advance, 50)).outcome, "carried", "accepts nothing that it cannot check in time");
});

t.test("mutate() on an undo to the same content under a former key", async (t) => {
  const b = await admissionBench(t);
  const former = (await b.stampFor({ object: deployment() })) ?? "";
  b.keys.push(testKey("k2-bbbbbb", 2));
  const stored = (await b.stampFor({ object: deployment() })) ?? "";
  t.match(stored, /^v1:k2-bbbbbb/, "new stamps are made with the new key");
  const undo = { object: deployment({ stamp: former }), oldObject: deployment({ stamp: stored }) };
  t.equal((await b.run(undo)).outcome, "carried", "keeps the stored stamp");
  const round = { object: deployment({ stamp: stored.replace(";", ":1;") }), oldObject: deployment({ stamp: stored }) };
  t.equal((await b.run(round)).outcome, "carried", "another round is nothing that a user can ask for");
  const restamp = await b.run({ ...round, options: { fieldManager: "restamp" } });
  t.equal(restamp.outcome, "unchanged", "another round is the controller's to start");
});

t.test("mutate() looks for the key of a stored stamp, which may be newer than those it knows", async (t) => {
  const b = await admissionBench(t);
  const newKey = testKey("k2-bbbbbb", 2);
  b.keys.push(newKey);
  const stored = (await b.stampFor({ object: deployment() })) ?? "";
  b.keys.pop();
  b.newKeys.push(newKey);
  b.cluster.answers.set(shopPath("secrets", "db"), { status: 403 });
  const deploy = { object: deployment({ image: "cart:2" }), oldObject: deployment({ stamp: stored }) };
  t.equal(await b.stampFor(deploy), stored, "so what cannot be read keeps what is recorded of it");
  t.equal(b.unknownKeys(), 0);
});

t.test("mutate() on stamps of a later release", async (t) => {
  const b = await admissionBench(t);
  const newer = "v2:k9;whatever";
  const cases = [
    { title: "keeps a requested one on CREATE", request: { object: deployment({ stamp: newer }) }, want: [] },
    {
      title: "keeps a requested one on UPDATE",
      request: { object: deployment({ stamp: newer }), oldObject: deployment({ stamp: oldStamp }) },
      want: [],
    },
    {
      title: "keeps a stored one when the template changes",
      request: { object: deployment({ image: "cart:2", stamp: oldStamp }), oldObject: deployment({ stamp: newer }) },
      want: [{ op: "add", path, value: newer }],
    },
  ];
  for (const { title, request, want } of cases) t.same((await b.run(request)).operations, want, `mutate() ${title}`);
});

t.test("mutate() reads everything at the same time", async (t) => {
  const b = await admissionBench(t);
  const spec = podSpec();
  await b.run({ object: deployment({ spec }) });
  t.same(b.cluster.asked.toSorted(), [
    "/api/v1/namespaces/shop",
    shopPath("configmaps", "app-config"),
    shopPath("secrets", "db"),
  ]);
});
