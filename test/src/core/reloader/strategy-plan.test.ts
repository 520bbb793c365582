import t from "tap";
import { planStrategy } from "../../../../src/core/reloader/strategy-plan.ts";
import { changeOf, hashOf, podTemplate, variable, writeOf } from "../../../helpers/strategy-cases.ts";

const change = changeOf("ConfigMap", "app", hashOf(2));

t.test("planStrategy() has nothing for what is as it should be", async (t) => {
  const template = podTemplate({ name: "one", env: [variable("STAKATER_APP_CONFIGMAP", hashOf(2))] });
  t.strictSame(planStrategy(template, writeOf("env-vars", [change])), { annotations: {}, containers: [] });
  t.strictSame(planStrategy(template, writeOf("stamp", [change])), { annotations: {}, containers: [] });
});

t.test("planStrategy() replaces the first variable of the name, whatever it was", async (t) => {
  const name = "STAKATER_APP_CONFIGMAP";
  const env = [{ name, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }, variable(name, hashOf(2))];
  t.strictSame(planStrategy(podTemplate({ name: "one", env }), writeOf("env-vars", [change])).containers, [
    { list: "containers", index: 0, set: [{ index: 0, name, value: hashOf(2) }], remove: [] },
  ]);
});

t.test("planStrategy() takes whatever a template holds", async (t) => {
  for (const template of [undefined, null, "text", [], { spec: null }, { spec: { containers: [null, 1] } }]) {
    for (const strategy of ["stamp", "env-vars", "annotations"] as const) {
      const write = writeOf(strategy, [change], { removeLeftovers: true });
      t.strictSame(planStrategy(template, write), { annotations: {}, containers: [] });
    }
  }
});
