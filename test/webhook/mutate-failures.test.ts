import t from "tap";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { afterFailure } from "../../webhook/mutate.ts";
import { admissionRequest, deployment } from "../helpers/admission.ts";
import { admissionBench, oldStamp, setNamespace, shopPath, testKey } from "../helpers/admission-bench.ts";
import { quickest } from "../helpers/quickest.ts";

const kinds = createWorkloadKinds();

t.test("mutate() warns of required sources that do not exist", async (t) => {
  const b = await admissionBench(t);
  b.put("configmaps", "app-config", undefined);
  b.put("secrets", "db", { data: {} });
  const made = await b.run({ object: deployment() });
  t.equal(made.outcome, "stamped");
  t.same(made.warnings, [
    'ConfigMap "app-config" does not exist: pods cannot start until it is created',
    'key "password" of Secret "db" does not exist: pods cannot start until it is created',
  ]);
  t.match(await b.stampFor({ object: deployment() }), "configmap/app-config=absent;secret/db=absent");
});

t.test("mutate() when reads fail", async (t) => {
  const b = await admissionBench(t);
  const stored = (await b.stampFor({ object: deployment() })) ?? "";
  const update = { object: deployment({ image: "cart:2" }), oldObject: deployment({ stamp: stored }) };
  const secret = shopPath("secrets", "db");
  const cases = [
    { title: "a read that hangs", answer: "hang" as const, outcome: "timeout", reason: /no answer in time/ },
    { title: "a 500", answer: { status: 500 }, outcome: "error", reason: /did not answer/ },
    { title: "a 429", answer: { status: 429 }, outcome: "error", reason: /too many requests/ },
    { title: "a 403", answer: { status: 403 }, outcome: "error", reason: /not permitted/ },
    { title: "a 401", answer: { status: 401 }, outcome: "error", reason: /not logged in/ },
  ];
  for (const { title, answer, outcome, reason } of cases) {
    b.cluster.answers.set(secret, answer);
    const timeoutMs = answer === "hang" ? 1_000 : 10_000;
    const made = await b.run(update, timeoutMs);
    t.equal(made.outcome, outcome, `${title} is told`);
    t.match(made.warnings, [reason], `${title} is a warning`);
    t.match(made.warnings, [/could not read Secret "db": .*its stamp is kept/], `${title} names the source`);
    t.equal(await b.stampFor(update, timeoutMs), stored, `${title} keeps the stored value`);
    const fresh = await b.run({ object: deployment() }, timeoutMs);
    t.match(JSON.stringify(fresh.operations), "secret/db=unknown", `${title} is unknown where nothing is stored`);
  }
  b.keys.splice(0, 1, testKey("k2-bbbbbb", 2));
  t.match(await b.stampFor(update), /^v1:k2-bbbbbb;.*secret\/db=unknown/, "a value of a key that is lost is not kept");
  t.ok(b.unknownKeys() > 0, "a key that is lost is told");
});

t.test("mutate() when nothing can be read", async (t) => {
  const b = await admissionBench(t);
  b.cluster.fallback = "hang";
  b.cluster.answers.clear();
  const update = { object: deployment({ image: "cart:2" }), oldObject: deployment({ stamp: oldStamp }) };
  const { result: late, ms } = await quickest(1_000, () => b.run(update, 100));
  t.ok(ms < 1_000, `ends with the deadline: ${Math.round(ms)} ms`);
  t.match(late, {
    outcome: "timeout",
    warnings: [/could not read the Namespace: no answer in time: the stored stamp is kept/],
  });
  t.match(late.operations, [{ op: "add", value: { [stampAnnotation]: oldStamp } }], "keeps the stored stamp");
  const created = await b.run({ object: deployment() }, 20);
  t.match(
    created,
    { outcome: "timeout", operations: [], warnings: [/goes through without/] },
    "leaves a new workload as it is",
  );
  t.match(
    await b.run(update, 0),
    { outcome: "timeout", operations: [{ op: "add" }] },
    "without any time does the same",
  );
  setNamespace(b, { labels: { "restamp.dev/enabled": "true" } });
  const blind = await b.run(update, 20);
  t.match(blind.operations, [{ value: { [stampAnnotation]: oldStamp } }], "keeps it where no source can be read");
  t.match(await b.run({ object: deployment() }, 20), { operations: [] }, "makes no stamp of nothing but unknowns");
});

t.test("mutate() without a digest key", async (t) => {
  const b = await admissionBench(t);
  b.keys.length = 0;
  const update = { object: deployment({ image: "cart:2" }), oldObject: deployment({ stamp: oldStamp }) };
  const made = await b.run(update);
  t.match(made, { outcome: "error", warnings: [/no digest key yet: the stored stamp is kept/] });
  t.match(made.operations, [{ value: { [stampAnnotation]: oldStamp } }]);
  const bare = await b.run({ object: deployment({ spec: { containers: [] } }) });
  t.match(bare, { outcome: "unchanged", warnings: [] }, "does not miss it where there is nothing to stamp");
});

t.test("mutate() with no room for a stamp", async (t) => {
  const b = await admissionBench(t);
  const full = { templateAnnotations: { big: "x".repeat(256 * 1024 - 3) } };
  const created = await b.run({ object: deployment(full) });
  t.match(created, { outcome: "error", operations: [], warnings: [/leave no room/] }, "leaves it out");
  const carried = await b.run({ object: deployment(full), oldObject: deployment({ ...full, stamp: oldStamp }) });
  t.match(carried, { operations: [], warnings: [/leave no room/] }, "leaves out the stored one, too");
});

t.test("mutate() collapses a stamp that would be too long", async (t) => {
  const b = await admissionBench(t);
  const volumes = Array.from({ length: 400 }, (_, i) => ({
    name: `v${i}`,
    configMap: { name: `config-${i}-${"x".repeat(40)}` },
  }));
  for (const { configMap } of volumes) b.put("configmaps", configMap.name, { data: { a: "1" } });
  const mounting = (all: readonly { readonly name: string }[]) => [{ volumeMounts: all.map(({ name }) => ({ name })) }];
  const stamp = await b.stampFor({ object: deployment({ spec: { volumes, containers: mounting(volumes) } }) });
  t.match(stamp, /^v1:k1-aaaaaa;\*=[\w-]{22}$/);
  const many = Array.from({ length: 1_001 }, (_, i) => ({ name: `v${i}`, secret: { secretName: `s${i}` } }));
  const asked = b.cluster.asked.length;
  const made = await b.run({ object: deployment({ spec: { volumes: many, containers: mounting(many) } }) });
  t.match(
    made,
    { outcome: "error", operations: [], warnings: [/more than 1000 sources/] },
    "does not read without end",
  );
  t.equal(b.cluster.asked.length, asked);
});

t.test("afterFailure() keeps the stored stamp", async (t) => {
  const request = admissionRequest({
    object: deployment({ image: "cart:2" }),
    oldObject: deployment({ stamp: oldStamp }),
  });
  const made = afterFailure(request, kinds);
  t.match(made, { outcome: "error", warnings: [/internal error: the stored stamp is kept/] });
  t.match(made.operations, [{ value: { [stampAnnotation]: oldStamp } }]);
  t.match(
    afterFailure(admissionRequest({ object: deployment() }), kinds),
    { operations: [] },
    "leaves a new workload as it is",
  );
  t.match(
    afterFailure(admissionRequest({ object: 7 }), kinds),
    { outcome: "skipped", operations: [] },
    "leaves anything else alone",
  );
});
