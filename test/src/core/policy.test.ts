import fc from "fast-check";
import t from "tap";
import {
  isWildcard,
  keys,
  type Marks,
  matchesPattern,
  namespaceEnabled,
  readIgnore,
  readPolicy,
} from "../../../src/core/policy.ts";

const marks = (annotations: Record<string, string> = {}, labels: Record<string, string> = {}): Marks => ({
  labels,
  annotations,
});
const none = marks();
const defaults = { settleMs: 3_000, minIntervalMs: 30_000 };
const label = (value: string) => marks({}, { [keys.enabled]: value });
const annotation = (value: string) => marks({ [keys.enabled]: value });

const optIn = [
  { title: "nothing", workload: none, namespace: none, want: false },
  { title: "the Namespace's label", workload: none, namespace: label("true"), want: true },
  { title: "not the Namespace's annotation", workload: none, namespace: annotation("true"), want: false },
  { title: "another value of the Namespace", workload: none, namespace: label("yes"), want: false },
  { title: "the workload's label", workload: label("true"), namespace: none, want: true },
  { title: "the workload's annotation", workload: annotation("true"), namespace: none, want: true },
  { title: "the workload's no", workload: label("false"), namespace: label("true"), want: false },
  {
    title: "the label before the annotation",
    workload: { ...annotation("false"), ...{ labels: { [keys.enabled]: "true" } } },
    namespace: none,
    want: true,
  },
  { title: "a value that is none", workload: label("True"), namespace: label("true"), want: false, problems: 1 },
];
for (const { title, workload, namespace, want, problems = 0 } of optIn) {
  const policy = readPolicy(workload, namespace, defaults);
  t.equal(policy.enabled, want, `readPolicy() opt-in: ${title}`);
  t.equal(policy.problems.length, problems, `readPolicy() opt-in: ${title}: problems`);
}

t.test("readPolicy() takes the workload's word, then the Namespace's, then the flag", async (t) => {
  t.match(readPolicy(none, none, defaults), { ...defaults, extra: [], exclude: [], problems: [] });
  const namespace = marks({
    [keys.settle]: "1m",
    [keys.minInterval]: "2m",
    [keys.extra]: "secret/a",
    [keys.exclude]: "secret/b",
  });
  const inherited = {
    settleMs: 60_000,
    minIntervalMs: 120_000,
    extra: [{ kind: "Secret", pattern: "a" }],
    exclude: [{ pattern: "b" }],
  };
  t.match(readPolicy(none, namespace, defaults), inherited);
  const own = marks({ [keys.settle]: "0s", [keys.extra]: "" });
  t.match(readPolicy(own, namespace, defaults), { settleMs: 0, minIntervalMs: 120_000, extra: { length: 0 } });
});

t.test("readPolicy() reads sources", async (t) => {
  const { extra, problems } = readPolicy(
    marks({ [keys.extra]: " configmap/a , Secret/b-*,, SECRET/c?d.e " }),
    none,
    defaults,
  );
  t.same(extra, [
    { kind: "ConfigMap", pattern: "a" },
    { kind: "Secret", pattern: "b-*" },
    { kind: "Secret", pattern: "c?d.e" },
  ]);
  t.same(problems, []);
});

t.test("readPolicy() says what it cannot read, and reads on", async (t) => {
  const long = "x".repeat(500);
  const policy = readPolicy(
    marks({ [keys.settle]: "soon", [keys.extra]: `pod/x,secret/A,${long},secret/ok` }),
    none,
    defaults,
  );
  t.equal(policy.settleMs, defaults.settleMs);
  t.same(policy.extra, [{ kind: "Secret", pattern: "ok" }]);
  t.match(
    policy.problems,
    [
      /restamp.dev\/extra on the workload: "pod\/x" is not/,
      /"secret\/A" is not/,
      /"x{80}…" is not/,
      'Cannot read restamp.dev/settle on the workload: "soon" is not a duration, write for example "10s"',
    ].toSorted((left, right) => Number(String(left).includes("settle")) - Number(String(right).includes("settle"))),
  );
  t.match(readPolicy(none, marks({ [keys.settle]: "-1s" }), defaults).problems, [/on the Namespace: "-1s"/]);
});

t.test("readPolicy() reads an exclusion that it cannot read in the way of which no restart comes", async (t) => {
  const { exclude, problems } = readPolicy(marks({ [keys.exclude]: "app, pod/db-*, secret/A_B" }), none, defaults);
  t.equal(problems.length, 3);
  t.same(
    exclude.map(({ kind, pattern }) => `${kind}/${pattern}`),
    ["ConfigMap/app", "Secret/app", "ConfigMap/db-*", "Secret/db-*"],
  );
});

t.test("readPolicy() never throws", async (t) => {
  const texts = fc.dictionary(fc.constantFrom(...Object.values(keys)), fc.string());
  const any = fc.record({ labels: texts, annotations: texts });
  fc.assert(fc.property(any, any, (workload, namespace) => readPolicy(workload, namespace, defaults).settleMs >= 0));
  t.pass();
});

t.test("matchesPattern() is what a regular expression would say", async (t) => {
  const letters = fc.array(fc.constantFrom("a", "b", "."), { maxLength: 8 }).map((each) => each.join(""));
  const patterns = fc.array(fc.constantFrom("a", "b", ".", "*", "?"), { maxLength: 8 }).map((each) => each.join(""));
  fc.assert(
    fc.property(patterns, letters, (pattern, name) => {
      const model = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".")}$`);
      return matchesPattern({ kind: "Secret", pattern }, { kind: "Secret", name }) === model.test(name);
    }),
    { numRuns: 1_000 },
  );
  t.notOk(matchesPattern({ kind: "Secret", pattern: "*" }, { kind: "ConfigMap", name: "a" }), "of its kind only");
  const start = performance.now();
  matchesPattern({ kind: "Secret", pattern: "*a".repeat(120) }, { kind: "Secret", name: `${"a".repeat(250)}b` });
  t.ok(performance.now() - start < 1_000, "without an exponential case");
});

t.same(
  ["a", "a*", "a?"].map((pattern) => isWildcard({ kind: "Secret", pattern })),
  [false, true, true],
  "isWildcard()",
);
t.same([none, label("true"), label("false")].map(namespaceEnabled), [false, true, false], "namespaceEnabled()");
t.same(
  [{}, { [keys.ignore]: "true" }, { [keys.ignore]: "false" }, { [keys.ignore]: "yes" }].map(
    (each) => readIgnore(each).ignored,
  ),
  [false, true, false, true],
  "readIgnore() takes what it cannot read for the wish not to restart anything",
);
t.match(readIgnore({ [keys.ignore]: "yes" }).problem, /restamp\.dev\/ignore: "yes" is neither/, "readIgnore() says so");
