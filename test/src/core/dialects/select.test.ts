import t from "tap";
import type { Dialect, Marks } from "../../../../src/core/dialects/dialect.ts";
import { deckhouseKeys, reloaderKeys } from "../../../../src/core/dialects/reloader.ts";
import { type DialectOptions, selectDialects } from "../../../../src/core/dialects/select.ts";

const { ConfigMap, Secret } = reloaderKeys.kinds;
const defaults: DialectOptions = {
  compatibility: ["reloader"],
  autoReloadAll: false,
  configmapAnnotation: ConfigMap.reload,
  secretAnnotation: Secret.reload,
  autoAnnotation: reloaderKeys.auto,
  configmapAutoAnnotation: ConfigMap.auto,
  secretAutoAnnotation: Secret.auto,
  autoSearchAnnotation: reloaderKeys.search,
  searchMatchAnnotation: reloaderKeys.match,
  ignoreAnnotation: reloaderKeys.ignore,
  pauseDeploymentAnnotation: reloaderKeys.pausePeriod,
  pauseDeploymentTimeAnnotation: reloaderKeys.pausedAt,
};
const none: Marks = { labels: {}, annotations: {} };

function only(options: Partial<DialectOptions>): Dialect {
  const [dialect] = selectDialects({ ...defaults, ...options });
  if (dialect === undefined) throw new Error("No dialect is selected");
  return dialect;
}

function countsBy(dialects: readonly Dialect[], annotations: Record<string, string>): boolean {
  const wishes = dialects.map((dialect) => dialect.readWorkload({ ...none, annotations }, none));
  return wishes.some(({ counts }) => counts.Secret === "all");
}

const selections = [
  { compatibility: [], want: [] },
  { compatibility: ["reloader"], want: ["reloader"] },
  { compatibility: ["deckhouse"], want: ["deckhouse"] },
  { compatibility: ["wave", "deckhouse", "reloader"], want: ["reloader", "deckhouse", "wave"] },
];
for (const { compatibility, want } of selections) {
  const names = selectDialects({ ...defaults, compatibility }).map(({ name }) => name);
  t.same(names, want, `selectDialects() of ${compatibility.join(",")}`);
}

t.test("selectDialects() leaves Reloader's keys as they are without its flags", async (t) => {
  const keys = [ConfigMap, Secret].flatMap(({ auto, reload, exclude }) => [auto, reload, exclude]);
  t.ok([...keys, reloaderKeys.auto, reloaderKeys.rolloutStrategy].every(only({}).isMark));
});

/** Each flag, and what its key says on a workload, or on a source. */
const flags: readonly {
  readonly option: keyof DialectOptions;
  readonly former: string;
  readonly value?: string;
  readonly says: (dialect: Dialect, annotations: Record<string, string>) => unknown;
}[] = [
  {
    option: "configmapAnnotation",
    former: ConfigMap.reload,
    value: "app",
    says: (dialect, annotations) => wish(dialect, annotations).extra[0]?.kind === "ConfigMap",
  },
  {
    option: "secretAnnotation",
    former: Secret.reload,
    value: "app",
    says: (dialect, annotations) => wish(dialect, annotations).extra[0]?.kind === "Secret",
  },
  {
    option: "autoAnnotation",
    former: reloaderKeys.auto,
    says: (dialect, annotations) => wish(dialect, annotations).counts.SecretProviderClass === "all",
  },
  {
    option: "configmapAutoAnnotation",
    former: ConfigMap.auto,
    says: (dialect, annotations) => wish(dialect, annotations).counts.ConfigMap === "all",
  },
  {
    option: "secretAutoAnnotation",
    former: Secret.auto,
    says: (dialect, annotations) => wish(dialect, annotations).counts.Secret === "all",
  },
  {
    option: "autoSearchAnnotation",
    former: reloaderKeys.search,
    says: (dialect, annotations) => wish(dialect, annotations).counts.Secret === "matched",
  },
  {
    option: "searchMatchAnnotation",
    former: reloaderKeys.match,
    says: (dialect, annotations) => dialect.readSource(annotations).matched,
  },
  {
    option: "ignoreAnnotation",
    former: reloaderKeys.ignore,
    says: (dialect, annotations) => dialect.readSource(annotations).ignored,
  },
  {
    option: "pauseDeploymentAnnotation",
    former: reloaderKeys.pausePeriod,
    value: "5m",
    says: (dialect, annotations) => wish(dialect, annotations).pauseMs === 300_000,
  },
  {
    option: "pauseDeploymentTimeAnnotation",
    former: reloaderKeys.pausedAt,
    says: (dialect, annotations) => Object.keys(annotations)[0] === dialect.pausedAt,
  },
];
for (const { option, former, value = "true", says } of flags) {
  t.test(`selectDialects() takes a key of ${option}`, async (t) => {
    const dialect = only({ [option]: "example.com/key" });
    t.ok(dialect.isMark("example.com/key"));
    t.notOk(dialect.isMark(former));
    t.equal(says(dialect, { "example.com/key": value }), true, "the new key is read");
    t.not(says(dialect, { [former]: value }), true, "the former one is not");
    t.equal(says(only({}), { [former]: value }), true, "without the flag it is");
  });
}

t.test("selectDialects() renames nothing of Deckhouse's build", async (t) => {
  const dialect = only({ compatibility: ["deckhouse"], autoAnnotation: "example.com/auto" });
  t.ok(countsBy([dialect], { [deckhouseKeys.auto]: "true" }));
  t.notOk(countsBy([dialect], { "example.com/auto": "true" }));
});

const reloadAll = [
  { compatibility: ["reloader"], annotations: {}, want: true },
  { compatibility: ["deckhouse"], annotations: {}, want: true },
  { compatibility: ["reloader", "deckhouse"], annotations: {}, want: true },
  { compatibility: ["wave"], annotations: {}, want: false },
  { compatibility: ["reloader"], annotations: { [reloaderKeys.auto]: "false" }, want: false },
  { compatibility: ["deckhouse"], annotations: { [deckhouseKeys.auto]: "false" }, want: false },
  { compatibility: ["reloader", "deckhouse"], annotations: { [reloaderKeys.auto]: "false" }, want: false },
  { compatibility: ["reloader", "deckhouse"], annotations: { [deckhouseKeys.auto]: "false" }, want: false },
  {
    compatibility: ["reloader", "deckhouse"],
    annotations: { [deckhouseKeys.auto]: "false", [reloaderKeys.auto]: "true" },
    want: true,
  },
];
for (const { compatibility, annotations, want } of reloadAll) {
  const counts = countsBy(selectDialects({ ...defaults, compatibility, autoReloadAll: true }), annotations);
  t.equal(counts, want, `auto-reload-all with ${compatibility.join(" and ")}, ${JSON.stringify(annotations)}`);
}

function wish(dialect: Dialect, annotations: Record<string, string>) {
  return dialect.readWorkload({ ...none, annotations }, none);
}
