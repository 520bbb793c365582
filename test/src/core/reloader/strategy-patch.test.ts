import fc from "fast-check";
import t from "tap";
import { asArray, at, canonicalJson } from "../../../../src/core/json.ts";
import { annotationOperations } from "../../../../src/core/reloader/annotation-patch.ts";
import { reloaderDeletedHash } from "../../../../src/core/reloader/content-hash.ts";
import { lastReloadedFromAnnotation } from "../../../../src/core/reloader/last-reloaded-from.ts";
import { strategyOperations, strategyPatch, withStrategy } from "../../../../src/core/reloader/strategy-patch.ts";
import type { StrategyWrite } from "../../../../src/core/reloader/strategy-plan.ts";
import { stampAnnotation } from "../../../../src/core/stamp.ts";
import { applyJsonPatch } from "../../../helpers/json-patch.ts";
import {
  changeOf,
  hashOf,
  podTemplate,
  templates,
  variable,
  writeOf,
  writes,
} from "../../../helpers/strategy-cases.ts";

const path = ["spec", "template"];
const wrap = (template: unknown): unknown => ({ spec: { template } });

t.test("env-vars: the operations are guarded by the names that were seen", async (t) => {
  const template = podTemplate(
    { name: "one" },
    { name: "two", env: [variable("MINE", "1"), variable("STAKATER_APP_CONFIGMAP", hashOf(1))] },
  );
  const write = writeOf("env-vars", [changeOf("ConfigMap", "app", hashOf(2)), changeOf("Secret", "db", hashOf(3))]);
  t.strictSame(strategyOperations(wrap(template), path, write), [
    { op: "test", path: "/spec/template/spec/containers/1/name", value: "two" },
    { op: "test", path: "/spec/template/spec/containers/1/env/1/name", value: "STAKATER_APP_CONFIGMAP" },
    {
      op: "replace",
      path: "/spec/template/spec/containers/1/env/1",
      value: { name: "STAKATER_APP_CONFIGMAP", value: hashOf(2) },
    },
    {
      op: "add",
      path: "/spec/template/spec/containers/1/env/-",
      value: { name: "STAKATER_DB_SECRET", value: hashOf(3) },
    },
  ]);
});

t.test("env-vars: a container without variables gets its first", async (t) => {
  const write = writeOf("env-vars", [{ ...changeOf("ConfigMap", "other", hashOf(1)), named: true }]);
  t.strictSame(strategyOperations(wrap(podTemplate({ name: "one" })), path, write), [
    { op: "test", path: "/spec/template/spec/containers/0/name", value: "one" },
    { op: "test", path: "/spec/template/spec/containers/0/env", value: null },
    {
      op: "add",
      path: "/spec/template/spec/containers/0/env",
      value: [{ name: "STAKATER_OTHER_CONFIGMAP", value: hashOf(1) }],
    },
  ]);
});

t.test("env-vars: a deleted source's variable is taken away, and only if it is Reloader's", async (t) => {
  const write = writeOf("env-vars", [changeOf("ConfigMap", "app", reloaderDeletedHash)]);
  const there = podTemplate({
    name: "two",
    env: [variable("STAKATER_APP_CONFIGMAP", hashOf(1)), variable("MINE", "1")],
  });
  t.strictSame(
    at(withStrategy(there, write), ["spec"]),
    at(podTemplate({ name: "two", env: [variable("MINE", "1")] }), ["spec"]),
  );
  const mine = podTemplate({ name: "two", env: [variable("STAKATER_APP_CONFIGMAP", "mine")] });
  t.strictSame(strategyOperations(wrap(mine), path, write), []);
});

t.test("env-vars: of two sources with one variable, the last is kept", async (t) => {
  const write = writeOf("env-vars", [
    { ...changeOf("ConfigMap", "foo.bar", hashOf(1)), named: true },
    { ...changeOf("ConfigMap", "foo-bar", hashOf(2)), named: true },
  ]);
  const env = [variable("STAKATER_FOO_BAR_CONFIGMAP", hashOf(2))];
  t.strictSame(withStrategy(podTemplate({ name: "one" }), write), podTemplate({ name: "one", env }));
});

t.test("env-vars: a source that no container uses is written only if it is named", async (t) => {
  const write = writeOf("env-vars", [changeOf("ConfigMap", "nobody", hashOf(1))]);
  t.strictSame(strategyOperations(wrap(podTemplate({ name: "one" })), path, write), []);
});

t.test("annotations: the last source is kept, with the container that uses it", async (t) => {
  const changes = [
    changeOf("Secret", "db", hashOf(1)),
    changeOf("ConfigMap", "app", hashOf(2)),
    changeOf("Secret", "nobody", hashOf(3)),
  ];
  const write = writeOf("annotations", changes);
  const template = podTemplate({ name: "one" }, { name: "two" });
  const value = `{"type":"CONFIGMAP","name":"app","namespace":"shop","hash":"${hashOf(2)}","containerRefs":["two"],"observedAt":1700000000}`;
  t.strictSame(strategyPatch(wrap(template), path, write), {
    annotations: { [lastReloadedFromAnnotation]: value },
    operations: [],
  });
  const later = { ...write, observedAt: 1_800_000_000 };
  t.strictSame(
    strategyOperations(wrap(withStrategy(template, write)), path, later),
    [],
    "nothing new: nothing is written",
  );
});

t.test("annotations: the operation does not collide with the one that sets the stamp", async (t) => {
  const write = writeOf("annotations", [changeOf("ConfigMap", "app", hashOf(2))]);
  for (const metadata of [undefined, {}, { annotations: {} }, { annotations: { a: "b" } }]) {
    const object = wrap({ ...podTemplate({ name: "two" }), metadata });
    const { annotations, operations } = strategyPatch(object, path, write);
    const all = { ...annotations, [stampAnnotation]: "v1:x" };
    const after = applyJsonPatch(object, [...annotationOperations(object, path, all), ...operations]);
    const set = at(after, [...path, "metadata", "annotations"]);
    t.match(set, { ...(metadata?.annotations ?? {}), ...all }, JSON.stringify(metadata));
  }
});

t.test("left-overs are removed from all containers, from the last to the first", async (t) => {
  const env = [
    variable("STAKATER_A_SECRET", hashOf(1)),
    variable("MINE", "1"),
    variable("STAKATER_B_SECRET", hashOf(1)),
  ];
  const template = {
    spec: { containers: [{ name: "one", env }], initContainers: [{ name: "init", env }] },
  };
  const write = writeOf("stamp", [], { removeLeftovers: true });
  const container = (list: string): readonly object[] => [
    { op: "test", path: `/spec/template/spec/${list}/0/name`, value: list === "containers" ? "one" : "init" },
    { op: "test", path: `/spec/template/spec/${list}/0/env/2/name`, value: "STAKATER_B_SECRET" },
    { op: "test", path: `/spec/template/spec/${list}/0/env/2/value`, value: hashOf(1) },
    { op: "remove", path: `/spec/template/spec/${list}/0/env/2` },
    { op: "test", path: `/spec/template/spec/${list}/0/env/0/name`, value: "STAKATER_A_SECRET" },
    { op: "test", path: `/spec/template/spec/${list}/0/env/0/value`, value: hashOf(1) },
    { op: "remove", path: `/spec/template/spec/${list}/0/env/0` },
  ];
  t.strictSame(strategyOperations(wrap(template), path, write), [
    ...container("containers"),
    ...container("initContainers"),
  ]);
  t.strictSame(strategyOperations(wrap(template), path, writeOf("stamp", [])), [], "but only if asked");
  const keep = [
    { kind: "Secret", name: "a" },
    { kind: "Secret", name: "b" },
  ] as const;
  t.strictSame(strategyOperations(wrap(template), path, { ...write, keep }), []);
});

t.test("left-overs: a variable that is current in its container is none, its copies elsewhere are", async (t) => {
  const env = [variable("STAKATER_APP_CONFIGMAP", hashOf(1))];
  const template = podTemplate({ name: "one", env }, { name: "two", env });
  const keep = [{ kind: "ConfigMap", name: "app" }] as const;
  const write = writeOf("env-vars", [changeOf("ConfigMap", "app", hashOf(1))], { removeLeftovers: true, keep });
  t.strictSame(at(withStrategy(template, write), ["spec", "containers"]), [
    { name: "one", env: [] },
    { ...(asArray(at(template, ["spec", "containers"])).at(-1) as object) },
  ]);
});

t.test("the operations make what withStrategy() makes, and a second time nothing", async (t) => {
  fc.assert(
    fc.property(templates, writes, (template, write) => {
      const after = applyJsonPatch(wrap(template), strategyOperations(wrap(template), path, write));
      const made = withStrategy(template, write);
      return (
        canonicalJson(after) === canonicalJson(wrap(made)) &&
        strategyOperations(wrap(made), path, write).length === 0 &&
        canonicalJson(made) === canonicalJson(withStrategy(made, write))
      );
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test("whatever happens to the lists meanwhile, no variable but Reloader's is touched", async (t) => {
  const foreign = (object: unknown): unknown =>
    ["containers", "initContainers"].map((list) =>
      asArray(at(object, ["spec", "template", "spec", list])).map((container) => [
        at(container, ["name"]),
        asArray(at(container, ["env"])).filter(
          (each) => !/^STAKATER_.*_(CONFIGMAP|SECRET)$/.test(String(at(each, ["name"]))),
        ),
      ]),
    );
  let applied = 0;
  fc.assert(
    fc.property(templates, templates, writes, (seen, live, write: StrategyWrite) => {
      const operations = strategyPatch(wrap(seen), path, write).operations;
      const after = applyJsonPatch(wrap(live), operations);
      if (after === undefined || operations.length === 0) return true;
      applied += 1;
      return canonicalJson(foreign(after)) === canonicalJson(foreign(wrap(live)));
    }),
    { numRuns: 2000 },
  );
  t.ok(applied > 0, "some patches applied to another template");
});
