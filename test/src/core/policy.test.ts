import fc from "fast-check";
import t from "tap";
import type { Dialect, Marks } from "../../../src/core/dialects/dialect.ts";
import { createReloaderDialect, deckhouseKeys, reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import { keys } from "../../../src/core/dialects/restamp.ts";
import { waveDialect } from "../../../src/core/dialects/wave.ts";
import { type Policy, readPolicy } from "../../../src/core/policy.ts";

const marks = (annotations: Record<string, string> = {}, labels: Record<string, string> = {}): Marks => ({
  labels,
  annotations,
});
const none = marks();
const enabled = marks({}, { [keys.enabled]: "true" });
const refusing = { [keys.enabled]: "false" };
const pacing = { settleMs: 3_000, minIntervalMs: 30_000 };

const reloader = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
const reloadAll = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: true });
const deckhouse = createReloaderDialect("deckhouse", deckhouseKeys, { autoReloadAll: false });

interface Given {
  readonly workload?: Marks;
  readonly namespace?: Marks;
  readonly dialects?: readonly Dialect[];
}

function read({ workload = none, namespace = none, dialects = [reloader] }: Given): Policy {
  return readPolicy(workload, namespace, { ...pacing, dialects });
}

const auto = { [reloaderKeys.auto]: "true" };
const every = (counting: string) => ({ ConfigMap: counting, Secret: counting, SecretProviderClass: counting });
const all = every("all");
const texts = (patterns: Policy["extra"]) => patterns.map(({ kind, text }) => `${kind} ${text}`);

const takingPart: readonly (Given & {
  readonly title: string;
  readonly enabled: boolean;
  readonly said?: boolean;
  readonly counts?: object;
})[] = [
  { title: "nobody asks", enabled: false },
  { title: "the workload asks in restamp's words", workload: enabled, enabled: true, said: true, counts: all },
  { title: "the Namespace asks", namespace: enabled, enabled: true, counts: all },
  { title: "the workload asks in another dialect", workload: marks(auto), enabled: true, said: true, counts: all },
  { title: "the dialect is not understood", workload: marks(auto), dialects: [], enabled: false },
  { title: "a flag asks for all", dialects: [reloadAll], enabled: true, counts: all },
  {
    title: "only a name is asked for",
    workload: marks({ [reloaderKeys.kinds.Secret.reload]: "db" }),
    enabled: true,
    said: true,
  },
  { title: "the workload refuses", workload: marks({ ...auto, ...refusing }), enabled: false, said: true },
  { title: "it refuses by its label", workload: marks(auto, refusing), namespace: enabled, enabled: false, said: true },
  {
    title: "it refuses what a flag asks for",
    workload: marks(refusing),
    dialects: [reloadAll],
    enabled: false,
    said: true,
  },
  {
    title: "its own word cannot be read",
    workload: marks({ ...auto, [keys.enabled]: "yes" }),
    enabled: false,
    said: true,
  },
  {
    title: "another dialect's no is no refusal",
    workload: marks({ [reloaderKeys.auto]: "false" }),
    namespace: enabled,
    enabled: true,
    said: true,
    counts: all,
  },
  {
    title: "each asks for a part",
    workload: marks({ [keys.enabled]: "matched", [reloaderKeys.kinds.Secret.auto]: "true" }),
    enabled: true,
    said: true,
    counts: { ConfigMap: "matched", Secret: "all", SecretProviderClass: "matched" },
  },
  {
    title: "kinds that count for nobody",
    workload: marks({ [keys.kinds]: "configmap" }),
    namespace: enabled,
    enabled: true,
    counts: { ConfigMap: "all", Secret: "none", SecretProviderClass: "none" },
  },
  {
    title: "one narrows the kinds and another does not",
    workload: marks({ ...auto, [keys.enabled]: "true", [keys.kinds]: "configmap" }),
    enabled: true,
    said: true,
    counts: all,
  },
  {
    title: "three dialects",
    workload: marks({ [deckhouseKeys.search]: "true", "wave.pusher.com/update-on-config-change": "true" }),
    dialects: [reloader, deckhouse, waveDialect],
    enabled: true,
    said: true,
    counts: { ConfigMap: "all", Secret: "all", SecretProviderClass: "matched" },
  },
];
for (const { title, enabled: want, said = false, counts = every("none"), ...given } of takingPart) {
  const policy = read(given);
  t.match(policy, { enabled: want, said, counts }, `readPolicy() knows who takes part: ${title}`);
}

const extraOf = { [keys.extra]: "configmap/flags, secret/x-*" };
const named = { [reloaderKeys.kinds.ConfigMap.reload]: "app,other-.*" };

const sources: readonly (Given & {
  readonly title: string;
  readonly extra?: readonly string[];
  readonly exclude?: readonly string[];
})[] = [
  {
    title: "all dialects' extra sources",
    workload: marks({ ...extraOf, ...named }),
    extra: ["ConfigMap flags", "Secret x-*", "ConfigMap app", "ConfigMap other-.*"],
  },
  {
    title: "restamp's extra sources, whoever asks for the workload",
    workload: marks({ ...auto, ...extraOf }),
    extra: ["ConfigMap flags", "Secret x-*"],
  },
  {
    title: "no other dialect's extra sources of what refuses",
    workload: marks({ ...named, ...refusing }),
  },
  {
    title: "exclusions of all dialects",
    workload: marks({ ...auto, [keys.exclude]: "secret/a", [reloaderKeys.kinds.Secret.exclude]: "b" }),
    exclude: ["Secret a", "Secret b"],
  },
  {
    title: "restamp's exclusions before another dialect's names",
    workload: marks({ ...named, [keys.exclude]: "configmap/app" }),
    extra: ["ConfigMap other-.*"],
    exclude: ["ConfigMap app"],
  },
  {
    title: "patterns of restamp's exclusions before another dialect's names",
    workload: marks({ ...named, [keys.exclude]: "configmap/a*, secret/app" }),
    extra: ["ConfigMap other-.*"],
    exclude: ["ConfigMap a*", "Secret app"],
  },
  {
    title: "names in restamp's extra before exclusions",
    workload: marks({
      [keys.extra]: "configmap/a, secret/b, secret/c*",
      [keys.exclude]: "configmap/a, secret/c*, secret/*",
      [reloaderKeys.kinds.Secret.exclude]: "b,d",
    }),
    extra: ["ConfigMap a", "Secret b", "Secret c*"],
    exclude: ["Secret c*", "Secret *", "Secret d"],
  },
];
for (const { title, extra = [], exclude = [], ...given } of sources) {
  const policy = read(given);
  t.same([texts(policy.extra), texts(policy.exclude)], [extra, exclude], `readPolicy() takes ${title}`);
}

t.test("readPolicy() takes the workload's word on pacing, then the Namespace's, then the flag", async (t) => {
  t.match(read({}), pacing);
  const namespace = marks({ [keys.settle]: "1m", [keys.minInterval]: "2m" });
  t.match(read({ namespace }), { settleMs: 60_000, minIntervalMs: 120_000 });
  t.match(read({ workload: marks({ [keys.settle]: "0s" }), namespace }), { settleMs: 0, minIntervalMs: 120_000 });
});

t.test("readPolicy() takes the flag where pacing cannot be read, and says so", async (t) => {
  const { problems, settleMs } = read({ workload: marks({ [keys.settle]: "soon", [keys.extra]: "x" }) });
  t.equal(settleMs, pacing.settleMs);
  t.match(problems, [
    /restamp.dev\/extra on the workload: "x" is not/,
    'Cannot read restamp.dev/settle on the workload: "soon" is not a duration, write for example "10s"',
  ]);
  t.match(read({ namespace: marks({ [keys.settle]: "-1s" }) }).problems, [/on the Namespace: "-1s"/]);
});

const pauses = [
  { title: "nobody's", annotations: {}, want: undefined },
  { title: "restamp's", annotations: { [keys.pausePeriod]: "1m" }, want: [60_000, keys.pausedAt] },
  { title: "another's", annotations: { [reloaderKeys.pausePeriod]: "2m" }, want: [120_000, reloaderKeys.pausedAt] },
  {
    title: "restamp's before another's",
    annotations: { [keys.pausePeriod]: "1m", [reloaderKeys.pausePeriod]: "2m" },
    want: [60_000, keys.pausedAt],
  },
  {
    title: "restamp's, be it none",
    annotations: { [keys.pausePeriod]: "0s", [reloaderKeys.pausePeriod]: "2m" },
    want: undefined,
  },
  {
    title: "another's where restamp's cannot be read",
    annotations: { [keys.pausePeriod]: "never", [reloaderKeys.pausePeriod]: "2m" },
    want: [120_000, reloaderKeys.pausedAt],
  },
  {
    title: "nobody's, of what refuses",
    annotations: { ...refusing, [reloaderKeys.pausePeriod]: "2m" },
    want: undefined,
  },
];
for (const { title, annotations, want } of pauses) {
  const { pause } = read({ workload: marks(annotations) });
  t.same(pause && [pause.milliseconds, pause.pausedAt], want, `readPolicy() takes a pause: ${title}`);
}

t.test("readPolicy() restarts a Rollout by restartAt if any dialect asks for it", async (t) => {
  const strategy = (annotations: Record<string, string>) => read({ workload: marks(annotations) }).restartAt;
  t.notOk(strategy({}));
  t.ok(strategy({ [keys.rolloutStrategy]: "restart" }));
  t.ok(strategy({ [reloaderKeys.rolloutStrategy]: "restart" }));
  t.notOk(strategy({ [reloaderKeys.rolloutStrategy]: "rollout" }));
});

t.test("readPolicy() tells what is wrong in any dialect, also of what refuses", async (t) => {
  const workload = marks({ ...refusing, [reloaderKeys.kinds.Secret.reload]: "(", [reloaderKeys.match]: "true" });
  const { problems, mistakes } = read({ workload });
  t.match([problems, mistakes], [{ length: 1 }, { length: 1 }]);
});

t.test("readPolicy() reads whatever is written, and asks for nothing by itself", async () => {
  const known = [...Object.values(keys), reloaderKeys.auto, reloaderKeys.search, reloaderKeys.kinds.Secret.reload];
  const some = fc.dictionary(
    fc.constantFrom<string>(...known),
    fc.oneof(fc.string(), fc.constantFrom("true", "false")),
  );
  const any = fc.record({ labels: some, annotations: some, template: some });
  fc.assert(
    fc.property(any, any, (workload, namespace) => {
      const policy = read({ workload, namespace });
      const refuses = (workload.labels[keys.enabled] ?? workload.annotations[keys.enabled]) === "false";
      return policy.settleMs >= 0 && policy.minIntervalMs >= 0 && !(refuses && policy.enabled);
    }),
  );
});
