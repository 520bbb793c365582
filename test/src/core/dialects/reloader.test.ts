import fc from "fast-check";
import t from "tap";
import type { Marks } from "../../../../src/core/dialects/dialect.ts";
import {
  createReloaderDialect,
  deckhouseKeys,
  type ReloaderKeys,
  reloaderKeys,
} from "../../../../src/core/dialects/reloader.ts";

const marks = (annotations: Record<string, string> = {}, template?: Record<string, string>): Marks => ({
  labels: {},
  annotations,
  ...(template === undefined ? {} : { template }),
});
const none = marks();

function dialect(keys: ReloaderKeys = reloaderKeys, autoReloadAll = false) {
  return createReloaderDialect("reloader", keys, { autoReloadAll });
}
const read = (workload: Marks) => dialect().readWorkload(workload, none);

t.test("the keys are Reloader's own", async (t) => {
  t.same(reloaderKeys, {
    auto: "reloader.stakater.com/auto",
    search: "reloader.stakater.com/search",
    match: "reloader.stakater.com/match",
    ignore: "reloader.stakater.com/ignore",
    pausePeriod: "deployment.reloader.stakater.com/pause-period",
    pausedAt: "deployment.reloader.stakater.com/paused-at",
    rolloutStrategy: "reloader.stakater.com/rollout-strategy",
    kinds: {
      ConfigMap: {
        auto: "configmap.reloader.stakater.com/auto",
        reload: "configmap.reloader.stakater.com/reload",
        exclude: "configmaps.exclude.reloader.stakater.com/reload",
      },
      Secret: {
        auto: "secret.reloader.stakater.com/auto",
        reload: "secret.reloader.stakater.com/reload",
        exclude: "secrets.exclude.reloader.stakater.com/reload",
      },
      SecretProviderClass: {
        auto: "secretproviderclass.reloader.stakater.com/auto",
        reload: "secretproviderclass.reloader.stakater.com/reload",
        exclude: "secretproviderclasses.exclude.reloader.stakater.com/reload",
      },
    },
  });
});

t.test("the keys of Deckhouse's build are its own where it renames them", async (t) => {
  t.match(deckhouseKeys, {
    auto: "pod-reloader.deckhouse.io/auto",
    search: "pod-reloader.deckhouse.io/search",
    match: "pod-reloader.deckhouse.io/match",
    ignore: reloaderKeys.ignore,
    pausePeriod: "pod-reloader.deckhouse.io/pause-period",
    pausedAt: "pod-reloader.deckhouse.io/paused-at",
    rolloutStrategy: reloaderKeys.rolloutStrategy,
    kinds: {
      ConfigMap: {
        auto: "configmap.pod-reloader.deckhouse.io/auto",
        reload: "pod-reloader.deckhouse.io/configmap-reload",
        exclude: reloaderKeys.kinds.ConfigMap.exclude,
      },
      Secret: {
        auto: "secret.pod-reloader.deckhouse.io/auto",
        reload: "pod-reloader.deckhouse.io/secret-reload",
        exclude: reloaderKeys.kinds.Secret.exclude,
      },
      SecretProviderClass: reloaderKeys.kinds.SecretProviderClass,
    },
  });
  const { readWorkload, readSource, pausedAt } = createReloaderDialect("deckhouse", deckhouseKeys, {
    autoReloadAll: false,
  });
  const wish = readWorkload(
    marks({
      "pod-reloader.deckhouse.io/search": "true",
      "pod-reloader.deckhouse.io/secret-reload": "db",
      "secret.pod-reloader.deckhouse.io/auto": "true",
      "reloader.stakater.com/auto": "true",
    }),
    none,
  );
  t.same(wish.counts, { ConfigMap: "matched", Secret: "all", SecretProviderClass: "matched" });
  t.match(wish.extra, [{ kind: "Secret", text: "db" }]);
  t.ok(readSource({ "pod-reloader.deckhouse.io/match": "true" }).matched);
  t.notOk(readSource({ "reloader.stakater.com/match": "true" }).matched);
  t.equal(pausedAt, "pod-reloader.deckhouse.io/paused-at");
});

const periods = [
  { text: "30s", want: 30_000 },
  { text: "5m", want: 300_000 },
  { text: "1h30m", want: 5_400_000 },
  { text: "0", want: 0 },
  { text: "5", want: undefined },
  { text: "-5m", want: undefined },
  { text: "5 minutes", want: undefined },
  { text: "", want: undefined },
];
for (const { text, want } of periods) {
  const { pauseMs, problems } = read(marks({ [reloaderKeys.pausePeriod]: text }));
  t.equal(pauseMs, want, `a pause of ${JSON.stringify(text)}`);
  const problem = `Cannot read ${reloaderKeys.pausePeriod}: ${JSON.stringify(text)} is not a duration of Go, write for example "5m"`;
  t.same(problems, want === undefined ? [problem] : [], `a pause of ${JSON.stringify(text)}: problems`);
}

t.test("only the workload asks for pauses, for a strategy and for exclusions", async (t) => {
  const annotations = {
    [reloaderKeys.pausePeriod]: "5m",
    [reloaderKeys.rolloutStrategy]: "restart",
    [reloaderKeys.kinds.Secret.exclude]: "db",
  };
  const own = read(marks(annotations));
  t.match(own, { pauseMs: 300_000, restartAt: true, exclude: [{ kind: "Secret", text: "db" }], mistakes: [] });
  const wish = read(marks({}, annotations));
  t.match(wish, { pauseMs: undefined, restartAt: false, exclude: { length: 0 } });
  t.same(
    wish.mistakes,
    Object.keys(annotations).map((key) => `${key} on the pod template is not read: write it on the workload`),
  );
});

t.test("a Rollout is restarted by restartAt for one value only", async (t) => {
  const strategy = (value: string) => read(marks({ [reloaderKeys.rolloutStrategy]: value })).restartAt;
  t.strictSame(["restart", "rollout", "Restart", ""].map(strategy), [true, false, false, false]);
});

const { ConfigMap, Secret } = reloaderKeys.kinds;
const speaking = [
  { title: "nothing", workload: none, said: false },
  { title: "its own word", workload: marks({ [reloaderKeys.auto]: "false" }), said: true },
  { title: "its pod template's word", workload: marks({}, { [Secret.reload]: "db" }), said: true },
  { title: "a search", workload: marks({ [reloaderKeys.search]: "true" }), said: true },
  { title: "how it is restarted", workload: marks({ [reloaderKeys.pausePeriod]: "5m" }), said: false },
  { title: "what does not count", workload: marks({ [Secret.exclude]: "db" }), said: false },
  { title: "that it was paused", workload: marks({ [reloaderKeys.pausedAt]: "2026-01-01T00:00:00Z" }), said: false },
];
for (const { title, workload, said } of speaking) {
  t.equal(read(workload).said, said, `whether a workload says that it takes part: ${title}`);
  t.equal(dialect(reloaderKeys, true).readWorkload(workload, none).said, said, `${title}, where all take part`);
}

t.test("an expression that cannot be read is told, and the others count", async (t) => {
  const { extra, problems } = read(marks({ [ConfigMap.reload]: "(,app", [Secret.reload]: "*" }));
  t.match(extra, [{ kind: "ConfigMap", text: "app" }]);
  t.same(problems, [
    `Cannot read ${ConfigMap.reload}: "(" is not a regular expression of Go: missing closing ): \`(\``,
    `Cannot read ${Secret.reload}: "*" is not a regular expression of Go: missing argument to repetition operator: \`*\``,
  ]);
});

const mistakes = [
  {
    title: "a source's mark",
    annotations: { [reloaderKeys.match]: "true" },
    says: `${reloaderKeys.match} is read on ConfigMaps and Secrets: on a workload write ${reloaderKeys.search}: "true"`,
  },
  {
    title: "a source's wish to be ignored",
    annotations: { [reloaderKeys.ignore]: "true" },
    says: `${reloaderKeys.ignore} is read on ConfigMaps and Secrets: a workload opts out by leaving ${reloaderKeys.auto} out`,
  },
  {
    title: "a kind",
    annotations: { "reloader.stakater.com/kind": "configmap" },
    says: `reloader.stakater.com/kind is not read: write ${ConfigMap.auto} or ${Secret.auto}: "true"`,
  },
];
for (const { title, annotations, says } of mistakes) {
  t.same(read(marks(annotations)).mistakes, [says], `what does nothing on a workload: ${title}`);
  t.same(read(marks({}, annotations)).mistakes, [says], `what does nothing on a pod template: ${title}`);
}

t.test("patterns in a list of exclusions do nothing, and that is told", async (t) => {
  const { exclude, mistakes: told } = read(marks({ [Secret.exclude]: "db, app-.*, *" }));
  t.match(exclude, [{ kind: "Secret", text: "db", isName: true }]);
  t.equal(exclude.length, 1);
  t.same(told, [
    `${Secret.exclude} takes whole names, and "app-.*, *" is none: for patterns write restamp.dev/exclude`,
  ]);
});

t.test("isMark() knows each key, and nothing that Reloader writes", async (t) => {
  const { isMark } = dialect();
  const { kinds, ...others } = reloaderKeys;
  const keys = [
    ...Object.values(others),
    ...Object.values(kinds).flatMap(({ auto, reload, exclude }) => [auto, reload, exclude]),
  ];
  t.same(
    keys.filter((key) => !isMark(key)),
    [],
  );
  t.notOk(isMark("reloader.stakater.com/last-reloaded-from"));
  t.notOk(isMark(deckhouseKeys.auto));
});

t.test("any annotations can be read", async () => {
  const { kinds, ...others } = reloaderKeys;
  const keys = [
    ...Object.values(others),
    ...Object.values(kinds).flatMap(({ auto, reload, exclude }) => [auto, reload, exclude]),
  ];
  const texts = fc.dictionary(fc.constantFrom(...keys), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(texts, texts, (annotations, template) => {
      const wish = read(marks(annotations, template));
      dialect().readSource(annotations);
      return [...wish.problems, ...wish.mistakes].every((text) => text.length > 0);
    }),
  );
});
