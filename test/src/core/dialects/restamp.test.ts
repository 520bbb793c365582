import fc from "fast-check";
import t from "tap";
import type { Marks } from "../../../../src/core/dialects/dialect.ts";
import { keys, namespaceEnabled, namespaceMistakes, restampDialect } from "../../../../src/core/dialects/restamp.ts";
import { sourceEntry } from "../../../../src/core/source.ts";
import type { SourcePattern } from "../../../../src/core/source-pattern.ts";

const marks = (annotations: Record<string, string> = {}, labels: Record<string, string> = {}): Marks => ({
  labels,
  annotations,
});
const none = marks();
const label = (value: string) => marks({}, { [keys.enabled]: value });
const annotation = (value: string) => marks({ [keys.enabled]: value });

const read = (workload: Marks, namespace: Marks = none) => restampDialect.readWorkload(workload, namespace);
const every = (counting: string) => ({ ConfigMap: counting, Secret: counting, SecretProviderClass: counting });
const shown = (patterns: readonly SourcePattern[]) =>
  patterns.map(({ kind, text, isName }) => `${sourceEntry({ kind, name: text })}${isName ? "" : " by pattern"}`);

const optIn = [
  { title: "nothing", workload: none, namespace: none, counts: "none" },
  { title: "the Namespace's label", workload: none, namespace: label("true"), counts: "all" },
  { title: "not the Namespace's annotation", workload: none, namespace: annotation("true"), counts: "none" },
  { title: "another value of the Namespace", workload: none, namespace: label("yes"), counts: "none" },
  { title: "no matching of the Namespace", workload: none, namespace: label("matched"), counts: "none" },
  { title: "the workload's label", workload: label("true"), namespace: none, counts: "all", said: true },
  { title: "the workload's annotation", workload: annotation("true"), namespace: none, counts: "all", said: true },
  {
    title: "the workload's no",
    workload: label("false"),
    namespace: label("true"),
    counts: "none",
    said: true,
    refuses: true,
  },
  {
    title: "the workload's wish for marked sources",
    workload: label("matched"),
    namespace: label("true"),
    counts: "matched",
    said: true,
  },
  {
    title: "the label before the annotation",
    workload: { ...annotation("false"), labels: { [keys.enabled]: "true" } },
    namespace: none,
    counts: "all",
    said: true,
  },
  {
    title: "a value that is none, safely",
    workload: label("True"),
    namespace: label("true"),
    counts: "none",
    said: true,
    refuses: true,
    problems: [
      'Cannot read restamp.dev/enabled on the workload: "True" is neither "true" nor "false", so nothing is restarted',
    ],
  },
];
for (const { title, workload, namespace, counts, said = false, refuses = false, problems = [] } of optIn) {
  const wish = read(workload, namespace);
  t.match(wish, { counts: every(counts), said, refuses }, `the opt-in is ${title}`);
  t.same(wish.problems, problems, `the opt-in is ${title}: problems`);
}

t.test("kinds narrows what counts", async (t) => {
  const counts = (text: string) => read({ ...label("true"), annotations: { [keys.kinds]: text } });
  t.same(counts(" ConfigMap ,secret").counts, { ConfigMap: "all", Secret: "all" });
  t.same(counts("secretproviderclass").counts, { SecretProviderClass: "all" });
  t.same(counts("").counts, {}, "to nothing, where nothing is named");
  const wrong = counts("secret,pods");
  t.same(wrong.counts, { Secret: "all" });
  t.same(wrong.problems, [
    'Cannot read restamp.dev/kinds on the workload: "pods" is none of configmap, secret, secretproviderclass',
  ]);
  const inherited = read(none, marks({ [keys.kinds]: "secret" }, { [keys.enabled]: "true" }));
  t.same(inherited.counts, { Secret: "all" }, "by the Namespace's word, too");
  const matched = read({ ...label("matched"), annotations: { [keys.kinds]: "secret" } });
  t.same(matched.counts, { Secret: "matched" });
});

t.test("extra and exclude name sources", async (t) => {
  const text = " configmap/a , Secret/b-*,, SECRET/c?d.e, secretproviderclass/vault ";
  const named = ["configmap/a", "secret/b-* by pattern", "secret/c?d.e by pattern", "secretproviderclass/vault"];
  const { extra, exclude, problems } = read(marks({ [keys.extra]: text, [keys.exclude]: text }));
  t.same(shown(extra), named);
  t.same(shown(exclude), named);
  t.same(problems, []);
});

t.test("the workload's word comes before its Namespace's", async (t) => {
  const namespace = marks({ [keys.extra]: "secret/a", [keys.exclude]: "secret/b", [keys.pausePeriod]: "5m" });
  const inherited = read(none, namespace);
  t.same([shown(inherited.extra), shown(inherited.exclude)], [["secret/a"], ["secret/b"]]);
  t.equal(inherited.pauseMs, 300_000);
  const own = read(marks({ [keys.extra]: "", [keys.exclude]: "configmap/c", [keys.pausePeriod]: "0" }), namespace);
  t.same([shown(own.extra), shown(own.exclude)], [[], ["configmap/c"]]);
  t.equal(own.pauseMs, 0);
});

t.test("what cannot be read is told, and the rest is read", async (t) => {
  const annotations = {
    [keys.extra]: `pod/x,secret/A,${"x".repeat(500)},secret/ok`,
    [keys.pausePeriod]: "soon",
    [keys.rolloutStrategy]: "Restart",
  };
  const wish = read(marks(annotations));
  t.same(shown(wish.extra), ["secret/ok"]);
  t.match(wish, { pauseMs: undefined, restartAt: false });
  const unread = 'is not "configmap/NAME" or "secret/NAME" (NAME may hold * and ?)';
  t.same(wish.problems, [
    `Cannot read restamp.dev/extra on the workload: "pod/x" ${unread}`,
    `Cannot read restamp.dev/extra on the workload: "secret/A" ${unread}`,
    `Cannot read restamp.dev/extra on the workload: "${"x".repeat(80)}…" ${unread}`,
    'Cannot read restamp.dev/rollout-strategy: "Restart" is neither "restart" nor "rollout"',
    'Cannot read restamp.dev/pause-period on the workload: "soon" is not a duration, write for example "10s"',
  ]);
  t.match(read(none, marks({ [keys.extra]: "x" })).problems, [/on the Namespace: "x" is not/]);
});

t.test("an exclusion that cannot be read is read in the way of which no restart comes", async (t) => {
  const { exclude, problems } = read(marks({ [keys.exclude]: "app, pod/db-*, secret/A_B" }));
  t.equal(problems.length, 3);
  const kinds = ["configmap", "secret", "secretproviderclass"];
  t.same(shown(exclude), [
    ...kinds.map((kind) => `${kind}/app`),
    ...kinds.map((kind) => `${kind}/db-* by pattern`),
    // "A_B" can be no name, however it is read.
  ]);
});

t.test("the strategy of a Rollout", async (t) => {
  const strategy = (value: string) => read(marks({ [keys.rolloutStrategy]: value })).restartAt;
  t.strictSame(["restart", "rollout"].map(strategy), [true, false]);
});

t.test("annotations of a pod template are not read, and their owners are told", async (t) => {
  const template = { [keys.enabled]: "true", [keys.pausePeriod]: "5m", "restamp.dev/other": "" };
  const wish = read({ ...none, template });
  t.match(wish, { counts: every("none"), said: false, pauseMs: undefined });
  t.same(wish.mistakes, [
    "restamp.dev/enabled on the pod template is not read: write it on the workload",
    "restamp.dev/pause-period on the pod template is not read: write it on the workload",
  ]);
});

t.test("what does nothing on a workload is told, with what to write", async (t) => {
  const annotations = { [keys.ignore]: "true", [keys.match]: "true" };
  t.same(read({ labels: { [keys.enabled]: "true", [keys.extra]: "" }, annotations }).mistakes, [
    "restamp.dev/extra is not read as a label: write it as an annotation",
    'restamp.dev/ignore is read on ConfigMaps and Secrets: on a workload write restamp.dev/enabled: "false"',
    'restamp.dev/match is read on ConfigMaps and Secrets: on a workload write restamp.dev/enabled: "matched"',
  ]);
});

t.test("what is read on workloads does nothing on a source", async (t) => {
  const marks = { [keys.enabled]: "true", [keys.ignore]: "true", [keys.match]: "true" };
  t.same(restampDialect.sourceMistakes(marks), [
    "restamp.dev/enabled is read on workloads: write it on those that use this",
  ]);
});

const sources = [
  { title: "nothing", annotations: {}, ignored: false, matched: false },
  { title: "the wish to be ignored", annotations: { [keys.ignore]: "true" }, ignored: true, matched: false },
  { title: "that it is not", annotations: { [keys.ignore]: "false" }, ignored: false, matched: false },
  { title: "that it matches", annotations: { [keys.match]: "true" }, ignored: false, matched: true },
  {
    title: "no other match",
    annotations: { [keys.match]: "True" },
    ignored: false,
    matched: false,
    problem: 'Cannot read restamp.dev/match: "True" is neither "true" nor "false", so it matches nothing',
  },
  {
    title: "what cannot be read as the wish to be ignored",
    annotations: { [keys.ignore]: "yes" },
    ignored: true,
    matched: false,
    problem: 'Cannot read restamp.dev/ignore: "yes" is neither "true" nor "false", so it rolls nothing',
  },
];
for (const { title, annotations, ignored, matched, problem } of sources) {
  t.same(restampDialect.readSource(annotations), { ignored, matched, problem }, `readSource() reads ${title}`);
}

const spaces = [
  {
    title: "a Namespace that opts in",
    labels: { [keys.enabled]: "true" },
    annotations: { [keys.settle]: "10s" },
    mistakes: [],
  },
  { title: "one that does not", labels: { [keys.enabled]: "false" }, annotations: {}, mistakes: [] },
  {
    title: "a word that opts nothing in",
    labels: { [keys.enabled]: "True" },
    annotations: {},
    mistakes: [
      'Cannot read restamp.dev/enabled: "True" is neither "true" nor "false", so no workload takes part by it',
    ],
  },
  {
    title: "what is in the wrong place",
    labels: { [keys.settle]: "10s" },
    annotations: { [keys.enabled]: "true" },
    mistakes: [
      "restamp.dev/enabled on a Namespace is read as a label: write it as one",
      "restamp.dev/settle is not read as a label: write it as an annotation",
    ],
  },
];
for (const { title, labels, annotations, mistakes } of spaces) {
  t.same(namespaceMistakes({ labels, annotations }), mistakes, `namespaceMistakes() looks at ${title}`);
}

t.test("any annotations can be read", async () => {
  const texts = fc.dictionary(fc.constantFrom<string>(...Object.values(keys)), fc.string());
  const any = fc.record({ labels: texts, annotations: texts, template: texts });
  fc.assert(
    fc.property(any, any, (workload, namespace) => {
      const { problems, mistakes } = read(workload, namespace);
      namespaceMistakes(namespace);
      restampDialect.readSource(workload.annotations);
      return [...problems, ...mistakes].every((text) => text.length < 300);
    }),
  );
});

t.ok(Object.values<string>(keys).every(restampDialect.isMark), "isMark() knows each key");
t.notOk(restampDialect.isMark("reloader.stakater.com/auto"), "isMark() knows no other");
t.equal(restampDialect.pausedAt, keys.pausedAt);
t.same([none, label("true"), label("false")].map(namespaceEnabled), [false, true, false], "namespaceEnabled()");
