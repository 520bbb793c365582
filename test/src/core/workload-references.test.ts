import t from "tap";
import { podReferences } from "../../../src/core/pod-references.ts";
import { keys, readPolicy } from "../../../src/core/policy.ts";
import { workloadReferences } from "../../../src/core/workload-references.ts";

const template = {
  spec: {
    containers: [
      {
        envFrom: [{ configMapRef: { name: "app" } }],
        env: [{ valueFrom: { secretKeyRef: { name: "db", key: "k" } } }],
      },
    ],
  },
};

function referencesWith(annotations: Record<string, string>) {
  const policy = readPolicy(
    { labels: {}, annotations },
    { labels: {}, annotations: {} },
    { settleMs: 0, minIntervalMs: 0 },
  );
  return workloadReferences(podReferences(template), policy);
}

const cases = [
  { title: "the template's alone", annotations: {}, sources: ["configmap/app", "secret/db"], patterns: [] },
  {
    title: "without those excluded by name",
    annotations: { [keys.exclude]: "secret/db" },
    sources: ["configmap/app"],
    patterns: [],
  },
  {
    title: "without those excluded by pattern",
    annotations: { [keys.exclude]: "secret/*,configmap/a??" },
    sources: [],
    patterns: [],
  },
  {
    title: "with an extra one",
    annotations: { [keys.extra]: "secret/x" },
    sources: ["configmap/app", "secret/db", "secret/x"],
    patterns: [],
  },
  {
    title: "with a pattern",
    annotations: { [keys.extra]: "secret/x-*" },
    sources: ["configmap/app", "secret/db"],
    patterns: ["secret/x-*"],
  },
  {
    title: "with what is both excluded and extra",
    annotations: { [keys.exclude]: "secret/*", [keys.extra]: "secret/db" },
    sources: ["configmap/app", "secret/db"],
    patterns: [],
  },
];
for (const { title, annotations, sources, patterns } of cases) {
  const found = referencesWith(annotations);
  t.same([...found.sources.keys()], sources, `workloadReferences() ${title}: sources`);
  t.same([...found.patterns.keys()], patterns, `workloadReferences() ${title}: patterns`);
}

t.test("workloadReferences() of an extra source", async (t) => {
  const { sources } = referencesWith({ [keys.extra]: "secret/db,secret/x" });
  t.match(
    sources.get("secret/x"),
    { optional: true, allFiles: true, allEnv: false, keys: [] },
    "all of it counts, none is required",
  );
  const both = { optional: false, allFiles: true, keys: [{ key: "k", env: true, optional: false }] };
  t.match(sources.get("secret/db"), both, "what the template requires stays required");
});
