import t from "tap";
import { reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { flagsOf, idleFlags } from "../../src/options/flags.ts";
import { loadOptions } from "../../src/options/load.ts";
import { createComputedDefaults } from "../../src/options/pod-identity.ts";
import type { Options } from "../../src/options/table.ts";

// Each flag and variable of Stakater Reloader v1.4.21 (internal/pkg/util/util.go, README.md): `restamp reloader` takes it,
// reads it as Reloader does, and has Reloader's default. Lists are compared as their texts.

type Option = keyof Options<"reloader">;

interface ReloaderFlag {
  readonly flag: string;
  readonly option: Option;
  readonly byDefault: unknown;
  /** Arguments, and what the option is with them. */
  readonly says: readonly (readonly [argv: readonly string[], want: unknown])[];
}

const { kinds, ...keys } = reloaderKeys;
const { ConfigMap, Secret } = kinds;

const flags: readonly ReloaderFlag[] = [
  toggle("auto-reload-all", "autoReloadAll"),
  texts("reload-strategy", "reloadStrategy", ["env-vars", "annotations"], "env-vars"),
  exactlyTrue("reload-on-create", "reloadOnCreate"),
  exactlyTrue("reload-on-delete", "reloadOnDelete"),
  exactlyTrue("is-Argo-Rollouts", "argoRollouts"),
  exactlyTrue("is-argo-rollouts", "argoRollouts"),
  toggle("enable-csi-integration", "secretProviderClasses"),
  toggle("enable-ha", "leaderElect"),
  texts("resources-to-ignore", "resourcesToIgnore", ["configmaps", "secrets"], ""),
  {
    ...texts("resources-to-ignore", "resourcesToIgnore", [], ""),
    says: [[["--resources-to-ignore=Secrets"], "secrets"]],
  },
  list("ignored-workload-types", "ignoredWorkloadTypes", ["jobs", "cronjobs"]),
  list("namespaces", "watchNamespaces", ["shop", "bank"]),
  list("namespaces-to-ignore", "namespacesToIgnore", ["shop", "bank"]),
  list("namespace-selector", "namespaceSelector", ["team=shop", "!legacy"]),
  legacy("namespace-selector", "namespaceSelector"),
  list("resource-label-selector", "resourceLabelSelector", ["team=shop", "env!=test"]),
  legacy("resource-label-selector", "resourceLabelSelector"),
  texts("webhook-url", "webhookUrl", ["http://host:8080/path"], undefined),
  annotation("configmap-annotation", "configmapAnnotation", ConfigMap.reload),
  annotation("secret-annotation", "secretAnnotation", Secret.reload),
  annotation("auto-annotation", "autoAnnotation", keys.auto),
  annotation("configmap-auto-annotation", "configmapAutoAnnotation", ConfigMap.auto),
  annotation("secret-auto-annotation", "secretAutoAnnotation", Secret.auto),
  annotation("auto-search-annotation", "autoSearchAnnotation", keys.search),
  annotation("search-match-annotation", "searchMatchAnnotation", keys.match),
  annotation("ignore-annotation", "ignoreAnnotation", keys.ignore),
  annotation("pause-deployment-annotation", "pauseDeploymentAnnotation", keys.pausePeriod),
  annotation("pause-deployment-time-annotation", "pauseDeploymentTimeAnnotation", keys.pausedAt),
  texts("log-format", "logFormat", ["json"], "text"),
  { ...texts("log-format", "logFormat", [], "text"), says: [[["--log-format="], "text"]] },
  texts("log-level", "logLevel", ["debug", "info", "error"], "info"),
  {
    ...texts("log-level", "logLevel", [], "info"),
    says: Object.entries({ trace: "debug", warning: "warn", warn: "warn", fatal: "error", panic: "error" }).map(
      ([theirs, ours]) => [[`--log-level=${theirs}`], ours] as const,
    ),
  },
];

for (const { flag, option, byDefault, says } of flags) {
  t.test(`--${flag} is Reloader's`, async (t) => {
    t.strictSame(await value(option, []), byDefault, "without it");
    for (const [argv, want] of says) t.strictSame(await value(option, argv), want, argv.join(" "));
  });
}

for (const { name, takesNext } of idleFlags) {
  t.test(`--${name} is accepted without effect`, async (t) => {
    const argv = takesNext === "never" ? [`--${name}`] : [`--${name}`, ":6060"];
    const { warnings, options } = await load(argv);
    t.equal(warnings.length, 1);
    t.match(warnings[0], /has no effect: /);
    t.strictSame(options, (await load([])).options);
  });
}

t.test("no flag of Reloader is missing", async (t) => {
  const named = new Set([...flags.map(({ flag }) => flag), ...idleFlags.map(({ name }) => name)]);
  t.equal(named.size, 30, "29 flags, one of them in two spellings");
  for (const name of named) t.ok(flagsOf("reloader").has(name), `--${name}`);
});

const refused = [
  {
    argv: ["--reload-strategy=rolling"],
    want: /"rolling": not one of the choices; write stamp, env-vars or annotations/,
  },
  { argv: ["--resources-to-ignore=configmaps,secrets"], want: /\(configmaps,secrets\).*write one of/ },
  { argv: ["--resources-to-ignore=pods"], want: /"pods": not one of the choices; write configmaps or secrets/ },
  { argv: ["--ignored-workload-types=pods"], want: /"pods" is not a type of workload; write some of deployments, / },
  { argv: ["--log-format=xml"], want: /"xml": not one of the choices; write json or text/ },
  { argv: ["--log-level=loud"], want: /"loud": not one of the choices/ },
  { argv: ["--namespace-selector=a in"], want: /"a in": not understood; write a label selector/ },
  { argv: ["--auto-reload-all=on"], want: /"on": not understood; write true or false/ },
  { argv: ["--reload-everything"], want: /^Unknown option --reload-everything: / },
];
for (const { argv, want } of refused) {
  t.test(`${argv.join(" ")} is refused at the start, as Reloader does, with what to write`, async (t) => {
    const loaded = await loadOptions("reloader", input(argv, {}));
    t.match(loaded, { kind: "problems", problems: [want] });
  });
}

const url = "https://hooks.example/in";
const variables: readonly { env: Record<string, string>; want: Partial<Record<Option, unknown>> }[] = [
  { env: { KUBERNETES_NAMESPACE: "shop" }, want: { watchNamespaces: "shop" } },
  { env: { POD_NAME: "reloader-1", POD_NAMESPACE: "ops" }, want: { podName: "reloader-1", namespace: "ops" } },
  {
    env: { RELOADER_NAMESPACE: "ops", RELOADER_DEPLOYMENT_NAME: "reloader" },
    want: { metaInfoNamespace: "ops", metaInfoDeployment: "reloader" },
  },
  { env: { METRICS_COUNT_BY_NAMESPACE: "enabled" }, want: { metricsByNamespace: true } },
  { env: { ALERT_SINK: "slack", ALERT_WEBHOOK_URL: url }, want: { alertSink: "none", alertUrl: undefined } },
  {
    env: { ALERT_ON_RELOAD: "true", ALERT_SINK: "TEAMS", ALERT_WEBHOOK_URL: url, ALERT_ADDITIONAL_INFO: "blue" },
    want: { alertSink: "teams", alertUrl: url, alertAdditionalInfo: "blue", alertPer: "workload" },
  },
  {
    env: { ALERT_ON_RELOAD: "true", ALERT_SINK: "raw", ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_PROXY: "http://proxy" },
    want: { alertSink: "webhook", alertProxy: "http://proxy" },
  },
];
for (const { env, want } of variables) {
  t.test(`environment ${Object.keys(env).join(", ")} is Reloader's`, async (t) => {
    for (const [option, text] of Object.entries(want))
      t.strictSame(await value(option as Option, [], env), text, option);
  });
}

/** A flag that is there or not, as Go's pflag reads it. */
function toggle(flag: string, option: Option): ReloaderFlag {
  const on = ["", "=true", "=1", "=T"].map((text) => [[`--${flag}${text}`], true] as const);
  const off = ["=false", "=0", "=F"].map((text) => [[`--${flag}${text}`], false] as const);
  return { flag, option, byDefault: false, says: [...on, ...off] };
}

/** A flag whose text is compared with "true". */
function exactlyTrue(flag: string, option: Option): ReloaderFlag {
  const says: ReloaderFlag["says"] = [
    [[`--${flag}=true`], true],
    [[`--${flag}`, "true"], true],
    [[`--${flag}=false`], false],
    [[`--${flag}`, "false"], false],
    [[`--${flag}=1`], false],
  ];
  return { flag, option, byDefault: false, says };
}

function texts(flag: string, option: Option, values: readonly string[], byDefault: string | undefined): ReloaderFlag {
  const says = values.flatMap((text) => [[[`--${flag}=${text}`], text] as const, [[`--${flag}`, text], text] as const]);
  return { flag, option, byDefault, says };
}

/** A list, of which `a` and `b` are good values. */
function list(flag: string, option: Option, [a, b]: readonly [string, string]): ReloaderFlag {
  const both = [[`--${flag}=${a},${b}`], [`--${flag}`, `${a},${b}`], [`--${flag}=${a}`, `--${flag}=${b}`]];
  return { flag, option, byDefault: "", says: both.map((argv) => [argv, `${a},${b}`] as const) };
}

function legacy(flag: string, option: Option): ReloaderFlag {
  return { flag, option, byDefault: "", says: [[[`--${flag}=team:shop,env:*,tier=*`], "team:shop,env:*,tier=*"]] };
}

function annotation(flag: string, option: Option, byDefault: string): ReloaderFlag {
  return { flag, option, byDefault, says: [[[`--${flag}=example.com/key`], "example.com/key"]] };
}

async function value(option: Option, argv: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { options } = await load(argv, env);
  const found: unknown = options[option];
  return Array.isArray(found) ? found.join(",") : found;
}

async function load(argv: readonly string[], env: Record<string, string> = {}) {
  const loaded = await loadOptions("reloader", input(argv, env));
  if (loaded.kind !== "options") throw new Error(`Cannot load ${argv.join(" ")}: ${JSON.stringify(loaded)}`);
  return loaded;
}

function input(argv: readonly string[], env: Record<string, string>) {
  const computed = createComputedDefaults({ env, hostname: "host", kubeconfigNamespace: async () => undefined });
  return { argv, env, computed };
}
