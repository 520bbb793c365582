import t from "tap";
import { changedSources } from "../../controller/changed-sources.ts";
import type { Case } from "../../controller/examination.ts";
import type { Change } from "../../src/core/decision.ts";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { isMark, readPolicy } from "../../src/core/policy.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { workloadReferences } from "../../src/core/workload-references.ts";

const rules = {
  ...{ settleMs: 0, minIntervalMs: 0 },
  dialects: [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false })],
};
const kind = createWorkloadKinds().find("apps", "Deployment");
if (kind === undefined) throw new Error("There are no Deployments");
const annotations = {
  [keys.enabled]: "true",
  [keys.extra]: "configmap/flags, secret/x-*",
  [reloaderKeys.kinds.ConfigMap.reload]: "app-.+",
};
const containers = [{ envFrom: [{ configMapRef: { name: "app" } }, { secretRef: { name: "db" } }] }];
const workload = readWorkload(
  kind,
  { metadata: { name: "cart", namespace: "shop", annotations }, spec: { template: { spec: { containers } } } },
  (key) => isMark(key, rules),
);
const policy = readPolicy(workload.marks, { labels: {}, annotations: {} }, rules);
const references = workloadReferences(workload.template?.references ?? [], policy);
const [expression = ""] = [...references.patterns.keys()].filter((entry) => entry.startsWith("configmap/~"));

/** The sources, in words, of a decision; `seen`: entries of sources that were seen to change. */
function sourcesOf(changes: readonly Change[], seen: readonly string[] = []): readonly string[] {
  const changedKeys = new Map(seen.map((entry) => [entry, { names: new Set<string>(), total: 1 }]));
  const look = { tracked: { workload, changedKeys }, decision: { changes }, scope: { references } };
  return changedSources(look as unknown as Case).map(
    ({ namespace, name, kind: of, how, named }) => `${of} ${namespace}/${name} ${how}${named ? ", by name" : ""}`,
  );
}

const cases: readonly {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly seen?: readonly string[];
  readonly want: readonly string[];
}[] = [
  { title: "nothing", changes: [], seen: ["configmap/app"], want: [] },
  {
    title: "what the template refers to",
    changes: [
      { entry: "configmap/app", how: "changed" },
      { entry: "secret/db", how: "disappeared" },
    ],
    want: ["ConfigMap shop/app changed", "Secret shop/db disappeared"],
  },
  {
    title: "what is named",
    changes: [{ entry: "configmap/flags", how: "appeared" }],
    want: ["ConfigMap shop/flags appeared, by name"],
  },
  {
    title: "what a pattern matches, by its own entry",
    changes: [{ entry: "secret/x-1", how: "changed" }],
    want: ["Secret shop/x-1 changed, by name"],
  },
  {
    title: "of what one entry of a pattern stands for, what was seen to change",
    changes: [{ entry: "secret/x-*", how: "changed" }],
    seen: ["secret/x-1", "configmap/x-2", "secret/y-3", "secret/x-4"],
    want: ["Secret shop/x-1 changed, by name", "Secret shop/x-4 changed, by name"],
  },
  {
    title: "that of an expression, too",
    changes: [{ entry: expression, how: "changed" }],
    seen: ["configmap/app", "configmap/app-1"],
    want: ["ConfigMap shop/app-1 changed, by name"],
  },
  { title: "none that nobody saw change", changes: [{ entry: "secret/x-*", how: "changed" }], want: [] },
  {
    title: "of the entry that stands for all, what was seen to change",
    changes: [{ entry: "*", how: "changed" }],
    seen: ["configmap/app", "secret/x-1"],
    want: ["ConfigMap shop/app changed", "Secret shop/x-1 changed, by name"],
  },
  {
    title: "each once, as its own entry tells",
    changes: [
      { entry: "secret/x-1", how: "appeared" },
      { entry: "secret/x-*", how: "changed" },
    ],
    seen: ["secret/x-1"],
    want: ["Secret shop/x-1 appeared, by name"],
  },
];
for (const { title, changes, seen, want } of cases) {
  t.same(sourcesOf(changes, seen), want, `changedSources() are ${title}`);
}
