import t from "tap";
import { createReloaderDialect, reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import { keys } from "../../../src/core/dialects/restamp.ts";
import { podReferences } from "../../../src/core/pod-references.ts";
import { type ReferenceRules, readPolicy } from "../../../src/core/policy.ts";
import { isNamedByPattern, matchesAny, whole, workloadReferences } from "../../../src/core/workload-references.ts";
import { glob } from "../../helpers/patterns.ts";

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
const dialects = [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false })];

/** What a workload with these annotations refers to; it takes part, unless they say something else. */
function referencesWith(annotations: Record<string, string>, rules: ReferenceRules = {}) {
  const policy = readPolicy(
    { labels: {}, annotations: { [keys.enabled]: "true", ...annotations } },
    { labels: {}, annotations: {} },
    { settleMs: 0, minIntervalMs: 0, dialects },
  );
  return workloadReferences(podReferences(template), policy, rules);
}

const { ConfigMap, Secret } = reloaderKeys.kinds;
const both = ["configmap/app", "secret/db"];
const matched = { [keys.enabled]: "matched" };
/** It takes part by what it names alone. */
const naming = { [keys.enabled]: "true", [keys.kinds]: "" };

const cases: readonly {
  readonly title: string;
  readonly annotations: Record<string, string>;
  readonly rules?: ReferenceRules;
  readonly sources?: readonly string[];
  readonly patterns?: readonly RegExp[];
  readonly excluded?: readonly string[];
  readonly matchedOnly?: readonly string[];
}[] = [
  { title: "the template's alone", annotations: {}, sources: both },
  { title: "none where nothing counts", annotations: { [keys.enabled]: "false" } },
  { title: "the template's of the kinds that count", annotations: { [keys.kinds]: "secret" }, sources: ["secret/db"] },
  {
    title: "without those excluded by name",
    annotations: { [keys.exclude]: "secret/db" },
    sources: ["configmap/app"],
    excluded: ["secret/db"],
  },
  {
    title: "without those excluded by pattern",
    annotations: { [keys.exclude]: "secret/*,configmap/a??" },
    excluded: both,
  },
  {
    title: "without exclusions of what does not count",
    annotations: { [keys.kinds]: "configmap", [keys.exclude]: "secret/db" },
    sources: ["configmap/app"],
  },
  {
    title: "with an extra one",
    annotations: { [keys.extra]: "secret/x" },
    sources: [...both, "secret/x"],
  },
  {
    title: "with a pattern",
    annotations: { [keys.extra]: "secret/x-*" },
    sources: both,
    patterns: [/^secret\/x-\*$/],
  },
  {
    title: "with an expression of Reloader's, by a name that fits into a stamp",
    annotations: { [Secret.reload]: "x|y" },
    sources: both,
    patterns: [/^secret\/~[0-9a-f]{16}$/],
  },
  {
    title: "with what is both excluded and extra",
    annotations: { [keys.exclude]: "secret/*", [keys.extra]: "secret/db" },
    sources: both,
  },
  {
    title: "without what is excluded and only a pattern names",
    annotations: { [keys.exclude]: "secret/db", [keys.extra]: "secret/*" },
    sources: ["configmap/app"],
    patterns: [/^secret\/\*$/],
    excluded: ["secret/db"],
  },
  {
    title: "without what Reloader's annotation names and restamp's excludes",
    annotations: { [keys.exclude]: "configmap/*", [ConfigMap.reload]: "app,x" },
    sources: ["secret/db"],
    excluded: ["configmap/app"],
  },
  { title: "those that are marked to match", annotations: matched, sources: both, matchedOnly: both },
  {
    title: "those that are marked to match, but for what is named",
    annotations: { ...matched, [keys.extra]: "secret/db, secret/x" },
    sources: [...both, "secret/x"],
    matchedOnly: ["configmap/app"],
  },
  {
    title: "those that are marked to match, but for what a pattern names",
    annotations: { ...matched, [ConfigMap.reload]: "a.*" },
    sources: both,
    patterns: [/^configmap\/~/],
    matchedOnly: ["secret/db"],
  },
  {
    title: "what is named where nothing else counts",
    annotations: { ...naming, [keys.extra]: "configmap/app, secret/d*" },
    sources: both,
    patterns: [/^secret\/d\*$/],
  },
  {
    title: "no kind that is not followed",
    annotations: { [keys.extra]: "secret/x, secret/y*, configmap/z", [keys.exclude]: "secret/db" },
    rules: { ignoredKinds: new Set(["Secret"]) },
    sources: ["configmap/app", "configmap/z"],
  },
];
for (const { title, annotations, rules, sources = [], patterns = [], excluded = [], matchedOnly = [] } of cases) {
  t.test(`workloadReferences() are ${title}`, async (t) => {
    const found = referencesWith(annotations, rules);
    t.same([...found.sources.keys()], sources);
    t.match([...found.patterns.keys()], patterns);
    t.equal(found.patterns.size, patterns.length);
    t.same([...found.excluded], excluded);
    t.same([...found.matchedOnly], matchedOnly);
  });
}

t.test("workloadReferences() of an extra source: all of it counts", async (t) => {
  for (const annotations of [
    { [keys.extra]: "secret/db,secret/x" },
    { ...naming, [keys.extra]: "secret/d*,secret/x" },
  ]) {
    const { sources } = referencesWith(annotations);
    t.same(sources.get("secret/x"), whole({ kind: "Secret", name: "x" }), "none is required");
    const known = { optional: false, allFiles: true, keys: [{ key: "k", env: true, optional: false }] };
    t.match(sources.get("secret/db"), known, "what the template requires stays required");
  }
  const excluded = referencesWith({ [keys.exclude]: "secret/*", [keys.extra]: "secret/db" });
  t.match(excluded.sources.get("secret/db"), { optional: false }, "also of what is excluded otherwise");
});

t.test("workloadReferences() of what the template selects: keys, or the whole object", async (t) => {
  const byKey = referencesWith({}).sources.get("secret/db");
  t.match(byKey, { allFiles: false, allEnv: false, keys: [{ key: "k" }] });
  const byObject = referencesWith({}, { granularity: "object" }).sources.get("secret/db");
  t.match(byObject, { allFiles: true, optional: false, keys: [{ key: "k" }] });
});

t.same(
  whole({ kind: "Secret", name: "x" }),
  { kind: "Secret", name: "x", optional: true, allEnv: false, allFiles: true, keys: [] },
  "whole() is everything, and none of it required",
);

t.test("matchesAny() matches within a kind", async (t) => {
  t.ok(matchesAny([glob("Secret", "b*"), glob("Secret", "a*")], { kind: "Secret", name: "app" }));
  t.notOk(matchesAny([glob("Secret", "a*")], { kind: "ConfigMap", name: "app" }));
  t.notOk(matchesAny([], { kind: "Secret", name: "app" }));
});

t.test("isNamedByPattern() knows entries that nothing else names", async (t) => {
  const references = referencesWith({ [keys.extra]: "secret/*, secret/named", [keys.exclude]: "secret/out" });
  const entries = ["secret/x", "secret/named", "secret/db", "secret/out", "configmap/x", "secret/*", "*"];
  t.same(
    entries.filter((entry) => isNamedByPattern(references, entry)),
    ["secret/x"],
  );
});
