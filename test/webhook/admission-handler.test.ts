import t from "tap";
import { stampAnnotation } from "../../src/core/stamp.ts";
import type { Mutate } from "../../webhook/mutate.ts";
import { deployment, readAnswer, review } from "../helpers/admission.ts";
import { testedHandler } from "../helpers/admission-app.ts";
import { admissionBench, oldStamp } from "../helpers/admission-bench.ts";
import { quickest } from "../helpers/quickest.ts";

const update = { object: deployment({ image: "cart:2" }), oldObject: deployment({ stamp: oldStamp }) };

t.test("handle() answers a review", async (t) => {
  const bench = await admissionBench(t);
  const { handle, log, metrics } = testedHandler(bench.mutate);
  const answer = readAnswer(await handle(review({ object: deployment() }), performance.now()));
  t.match(answer, {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    allowed: true,
    auditAnnotations: { outcome: "stamped" },
  });
  t.match(answer.patch, [{ op: "add" }]);
  t.notOk(answer.warnings);
  t.match(log.lines, [
    { level: "info", message: "Admission", fields: { workload: "Deployment shop/cart", outcome: "stamped" } },
  ]);
  t.match(await metrics(), 'restamp_admissions_total{operation="CREATE",outcome="stamped"} 1');
  t.match(await metrics(), 'restamp_admission_duration_seconds_count{operation="CREATE"} 1');
  const wrong = deployment({ annotations: { "restamp.dev/extra": "flags" } });
  t.match(readAnswer(await handle(review({ object: wrong }), performance.now())).warnings, [
    /^restamp: Cannot read restamp.dev\/extra/,
  ]);
  t.match(await metrics(), "restamp_invalid_annotations_total 1", "counts annotations that it cannot read");
  t.notMatch(JSON.stringify(log.lines), "containers", "logs no objects");
});

t.test("handle() lets through what it cannot read", async (t) => {
  const bench = await admissionBench(t);
  const { handle } = testedHandler(bench.mutate);
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const cases = [
    { title: "an empty body", body: "", uid: "" },
    { title: "a body that is not JSON", body: "{", uid: "" },
    { title: "a JSON number", body: "7", uid: "" },
    { title: "an array", body: "[]", uid: "" },
    { title: "null", body: "null", uid: "" },
    { title: "no request", body: '{"kind":"AdmissionReview"}', uid: "" },
    { title: "another kind", body: '{"kind":"Pod","request":{"uid":"u1"}}', uid: "u1" },
    { title: "a uid that is no text", body: '{"kind":"AdmissionReview","request":{"uid":7}}', uid: "" },
    { title: "a request of nothing", body: '{"kind":"AdmissionReview","request":{"uid":"u1"}}', uid: "u1" },
    { title: "a body nested too deeply", body: deep, uid: "" },
    {
      title: "an object nested too deeply",
      body: review({ uid: "u1" }).replace('"dryRun":false', `"object":{"spec":{"template":{"spec":${deep}}}}`),
      uid: "u1",
    },
    {
      title: "wrong types everywhere",
      body: '{"kind":"AdmissionReview","request":{"uid":"u1","operation":[],"resource":7,"object":[{}],"userInfo":"x","options":null}}',
      uid: "u1",
    },
  ];
  for (const { title, body, uid } of cases) {
    const answer = readAnswer(await handle(body, performance.now()));
    t.match(answer, { uid, allowed: true, patch: undefined }, `handle() lets through ${title}`);
  }
});

t.test("handle() reads __proto__ and constructor as the names they are", async (t) => {
  const bench = await admissionBench(t);
  bench.put("secrets", "db", JSON.parse('{"data":{"__proto__":"YQ==","constructor":"Yg==","password":"Yw=="}}'));
  const { handle } = testedHandler(bench.mutate);
  const key = (name: string) => ({ name: "X", valueFrom: { secretKeyRef: { name: "db", key: name } } });
  const body = (name: string) =>
    review({ object: deployment({ spec: { containers: [{ name: "app", env: [key(name)] }] } }) });
  for (const name of ["__proto__", "constructor"]) {
    const text = body(name).replace(
      '"labels":{"app":"cart"}',
      '"labels":{"app":"cart"},"__proto__":{"annotations":{"restamp.dev/stamp":"x"}}',
    );
    const answer = readAnswer(await handle(text, performance.now()));
    t.match(JSON.stringify(answer.patch), /secret\/db=[\w-]{22}"/, `handle() finds the key ${name}`);
    t.notOk(answer.warnings, "and misses nothing");
  }
  const missing = readAnswer(await handle(body("toString"), performance.now()));
  t.match(missing.warnings, [/key "toString" of Secret "db" does not exist/], "finds no key that only a prototype has");
  t.notOk(Reflect.get({}, "annotations"), "leaves the prototype alone");
});

t.test("handle() answers within the deadline", async (t) => {
  const bench = await admissionBench(t);
  bench.cluster.answers.clear();
  const failures = [
    { title: "hangs", answer: "hang" as const },
    { title: "answers 500", answer: { status: 500 } },
    { title: "answers 429", answer: { status: 429 } },
  ];
  for (const { title, answer } of failures) {
    bench.cluster.fallback = answer;
    const { handle, log } = testedHandler(bench.mutate, { timeoutMs: 300 });
    const { result, ms } = await quickest(1_000, () => handle(review(update), performance.now()));
    const made = readAnswer(result);
    t.ok(ms < 1_000, `in time, though the API server ${title}: ${Math.round(ms)} ms`);
    t.match(
      made,
      { allowed: true, patch: [{ op: "add", value: { [stampAnnotation]: oldStamp } }] },
      "with the stored stamp",
    );
    t.match(made.warnings, [/the stored stamp is kept/], "and a warning");
    t.match(log.lines.at(-1), { level: "warn", message: "Admission" }, "and a line in the log");
  }
  await bench.cluster.close();
  const { handle } = testedHandler(bench.mutate);
  const alone = readAnswer(await handle(review(update), performance.now()));
  t.match(
    alone,
    { allowed: true, patch: [{ op: "add" }], warnings: [/the stored stamp is kept/] },
    "without an API server, too",
  );
  const old = readAnswer(await handle(review(update), performance.now() - 10_000));
  t.match(old.auditAnnotations, { outcome: "timeout" }, "counts the time from the arrival of the request");
});

t.test("handle() outlives an error of the rules", async (t) => {
  const broken: Mutate = async () => {
    throw new Error("broken");
  };
  const { handle, log } = testedHandler(broken);
  const made = readAnswer(await handle(review(update), performance.now()));
  t.match(made, {
    allowed: true,
    patch: [{ op: "add", value: { [stampAnnotation]: oldStamp } }],
    warnings: [/internal error/],
  });
  t.match(log.lines[0], { level: "error", message: "Cannot decide about an admission" });
});

t.test("handle() answers a flood at once with what is stored", async (t) => {
  const bench = await admissionBench(t);
  bench.cluster.answers.clear();
  bench.cluster.fallback = "hang";
  const { handle } = testedHandler(bench.mutate, { parallel: 5, timeoutMs: 3_000 });
  const start = performance.now();
  const times: number[] = [];
  const answers = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const answer = readAnswer(await handle(review(update), start));
      times.push(performance.now() - start);
      return answer;
    }),
  );
  t.ok(
    answers.every((answer) => answer.allowed && answer.patch?.length === 1),
    "each keeps the stored stamp",
  );
  t.ok(times.filter((ms) => ms < 1_500).length >= 45, "those beyond the limit do not wait");
  t.ok(new Set(bench.cluster.asked).size <= 3 && bench.cluster.asked.length <= 15, "and read nothing");
});
