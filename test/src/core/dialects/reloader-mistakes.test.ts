import t from "tap";
import { reloaderKeys } from "../../../../src/core/dialects/reloader.ts";
import { mistakenKind, sourceMistakes, workloadMistakes } from "../../../../src/core/dialects/reloader-mistakes.ts";

const { auto, search, match, ignore, pausePeriod, kinds } = reloaderKeys;

t.test("what is right is no mistake", async (t) => {
  const annotations = { [auto]: "true", [kinds.Secret.exclude]: "db, app", "shop.example/note": "" };
  t.same(workloadMistakes(reloaderKeys, { labels: { app: "web" }, annotations, template: { [auto]: "true" } }), []);
  t.same(sourceMistakes(reloaderKeys, { [match]: "true", [ignore]: "true", "shop.example/note": "" }), []);
});

t.test("workloadMistakes() names what does nothing, and what to write", async (t) => {
  const marks = {
    labels: { [auto]: "true" },
    annotations: { [match]: "true", [mistakenKind]: "configmap" },
    template: { [pausePeriod]: "5m" },
  };
  t.same(workloadMistakes(reloaderKeys, marks), [
    `${match} is read on ConfigMaps and Secrets: on a workload write ${search}: "true"`,
    `${mistakenKind} is not read: write ${kinds.ConfigMap.auto} or ${kinds.Secret.auto}: "true"`,
    `${pausePeriod} on the pod template is not read: write it on the workload`,
    `${auto} is not read as a label: write it as an annotation`,
  ]);
});

t.test("sourceMistakes() names what is read on workloads", async (t) => {
  t.same(sourceMistakes(reloaderKeys, { [auto]: "true", [search]: "true", [kinds.ConfigMap.reload]: "app" }), [
    `${auto} is read on workloads: write it on those that use this`,
    `${search} is read on workloads: on a ConfigMap or Secret write ${match}: "true"`,
    `${kinds.ConfigMap.reload} is read on workloads: write it on those that use this`,
  ]);
});
