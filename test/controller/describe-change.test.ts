import t from "tap";
import { changedKeyNames, describeChanges } from "../../controller/describe-change.ts";
import type { Change } from "../../src/core/decision.ts";
import { podReferences } from "../../src/core/pod-references.ts";
import { readPolicy } from "../../src/core/policy.ts";
import { workloadReferences } from "../../src/core/workload-references.ts";
import { glob, regex } from "../helpers/patterns.ts";

const marks = { labels: { "restamp.dev/enabled": "true" }, annotations: {} };
const policy = readPolicy(marks, marks, { settleMs: 0, minIntervalMs: 0 });
const env = ["log.level", "currency"].map((key) => ({ valueFrom: { configMapKeyRef: { name: "app", key } } }));
const containers = [{ env, envFrom: [{ secretRef: { name: "db" } }] }];
const references = workloadReferences(podReferences({ spec: { containers } }), policy);
const app: Change = { entry: "configmap/app", how: "changed" };
const db: Change = { entry: "secret/db", how: "changed" };
const many = Array.from({ length: 8 }, (_, index): Change => ({ entry: `secret/s${index}`, how: "changed" }));

const cases: { title: string; changes: Change[]; keys?: Record<string, string[]>; want: string }[] = [
  { title: "a change", changes: [app], want: "ConfigMap app changed" },
  { title: "an appearance", changes: [{ ...db, how: "appeared" }], want: "Secret db appeared" },
  {
    title: "the keys that the template names, in order",
    changes: [app],
    keys: { "configmap/app": ["log.level", "currency"] },
    want: 'ConfigMap app (key "currency", "log.level") changed',
  },
  {
    title: "of changed keys only those that are used",
    changes: [app],
    keys: { "configmap/app": ["log.level", "other"] },
    want: 'ConfigMap app (key "log.level") changed',
  },
  {
    title: "the number of keys that the template does not name",
    changes: [db],
    keys: { "secret/db": ["password", "user"] },
    want: "Secret db (2 of 7 keys) changed",
  },
  { title: "several changes", changes: [app, db], want: "ConfigMap app changed, Secret db changed" },
  {
    title: "five of many changes",
    changes: many,
    want: `${["s0", "s1", "s2", "s3", "s4"].map((name) => `Secret ${name} changed`).join(", ")} and 3 more`,
  },
  { title: "the entry that stands for all", changes: [{ ...app, entry: "*" }], want: "Configuration changed" },
];
for (const { title, changes, keys = {}, want } of cases) {
  t.test(`describeChanges() tells ${title}`, async (t) => {
    const changed = Object.entries(keys).map(([entry, names]) => [entry, { names: new Set(names), total: 7 }] as const);
    t.equal(describeChanges(changes, references, new Map(changed)), want);
  });
}

t.test("describeChanges() names a pattern as its author wrote it", async (t) => {
  const extra = [glob("Secret", "db-*"), regex("ConfigMap", "app|flags-.+")];
  const found = workloadReferences([], { ...policy, extra });
  const all = [...found.patterns.keys()].map((entry): Change => ({ entry, how: "changed" }));
  t.equal(describeChanges(all, found, new Map()), 'Secret db-* changed, ConfigMap "app|flags-.+" changed');
});

t.test("changedKeyNames() has what the workload uses; of Secrets only what its template names", async (t) => {
  const changed = new Map([
    ["configmap/app", { names: new Set(["log.level", "other"]), total: 9 }],
    ["secret/db", { names: new Set(["password", "user"]), total: 2 }],
  ]);
  const names = (kind: "ConfigMap" | "Secret", name: string) => changedKeyNames({ kind, name }, references, changed);
  t.strictSame(names("ConfigMap", "app"), { names: ["log.level"], count: 1 });
  t.strictSame(names("Secret", "db"), { names: [], count: 2 });
  t.equal(names("ConfigMap", "unseen"), undefined);
});
