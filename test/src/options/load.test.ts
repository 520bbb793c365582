import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { defaultOptions, loadOptions } from "../../../src/options/load.ts";
import { createComputedDefaults } from "../../../src/options/pod-identity.ts";

const folder = t.testdir({
  kubeconfig: "good",
  other: "",
  empty: {},
  dangling: t.fixture("symlink", "nowhere"),
  loop: t.fixture("symlink", "loop"),
});

const writeKubeconfig = "write the path of a kubeconfig whose current context names a cluster and a user";

function input(argv: readonly string[], env: Record<string, string> = {}) {
  const computed = createComputedDefaults({
    env: { POD_NAMESPACE: "restamp-system", ...env },
    hostname: "host",
    kubeconfigNamespace: async () => undefined,
  });
  const kubeconfigProblem = async (file: string) =>
    readFileSync(file, "utf8") === "good" ? undefined : "no current context is set";
  return { argv, env, computed, kubeconfigProblem };
}

t.test("loadOptions() prefers the flag to the environment to the default", async (t) => {
  const env = { RESTAMP_SETTLE: "6s", RESTAMP_WORKERS: "4" };
  const loaded = await loadOptions("controller", input(["--settle=5s"], env));
  if (loaded.kind !== "options") return t.fail("loads");
  t.match(loaded.options, { settleMs: 5_000, workers: 4, settleMaxMs: 10_000, namespace: "restamp-system" });
  const sources = new Map(loaded.settings.map(({ row, source }) => [row.name, source]));
  t.equal(sources.get("settle"), "flag");
  t.equal(sources.get("workers"), "environment RESTAMP_WORKERS");
  t.equal(sources.get("settle-max"), "default");
  t.equal(sources.get("namespace"), "environment POD_NAMESPACE");
  return undefined;
});

t.test("loadOptions() gives frozen options of this command alone", async (t) => {
  const loaded = await loadOptions("webhook", input([], { RESTAMP_SETTLE: "not looked at" }));
  if (loaded.kind !== "options") return t.fail("loads");
  t.equal(Object.isFrozen(loaded.options), true);
  t.notOk("settleMs" in loaded.options);
  t.equal(loaded.options.clientCaFile, undefined);
  t.strictSame(loaded.options.webhookAddress, { host: undefined, port: 10_250 });
  return undefined;
});

t.test("loadOptions() reports all problems together, each with its source and what to write", async (t) => {
  const loaded = await loadOptions(
    "controller",
    input(["--setle=3s", "--workers=0", "--kubeconfig", join(folder, "missing"), "--settle=20s"], {
      RESTAMP_API_TIMEOUT: "10",
      RESTAMP_NAMESPACE: "Bad_Name",
    }),
  );
  t.strictSame(loaded, {
    kind: "problems",
    problems: [
      "Unknown option --setle: did you mean --settle?",
      `--kubeconfig "${join(folder, "missing")}": no such file; ${writeKubeconfig}`,
      'RESTAMP_API_TIMEOUT "10": not understood; write a duration such as 300ms, 3s, 1m30s or 24h',
      'RESTAMP_NAMESPACE "Bad_Name": not understood; write a Kubernetes name: lower case letters, digits, "-" and "."',
      '--workers "0": too small; write 1 or more',
      "--settle (20s) must not be longer than --settle-max (10s): a change would be acted on before it could settle",
    ],
    warnings: [],
  });
});

// The last two stand for a file that may not be read, which root always may.
const files = [
  { file: "other", want: "no current context is set" },
  { file: "empty", want: "not a file" },
  { file: "dangling", want: "no such file" },
  { file: "loop", want: "cannot be read (ELOOP)" },
  { file: "other/config", want: "cannot be read (ENOTDIR)" },
];
for (const { file, want } of files) {
  t.test(`loadOptions() refuses the kubeconfig "${file}"`, async (t) => {
    const path = join(folder, file);
    const problems = [`RESTAMP_KUBECONFIG "${path}": ${want}; ${writeKubeconfig}`];
    t.match(await loadOptions("webhook", input([], { RESTAMP_KUBECONFIG: path })), { kind: "problems", problems });
  });
}

t.test("loadOptions() takes files that can be read, and a kubeconfig that can be used", async (t) => {
  const argv = [`--kubeconfig=${join(folder, "kubeconfig")}`, `--client-ca-file=${join(folder, "other")}`];
  t.match(await loadOptions("webhook", input(argv)), { kind: "options" });
  t.match(await loadOptions("webhook", input([`--client-ca-file=${join(folder, "empty")}`])), {
    problems: [/: not a file; write the path of a readable file$/],
  });
});

t.test("loadOptions() names where a bad computed value came from", async (t) => {
  t.match(await loadOptions("webhook", input([], { POD_NAMESPACE: "A" })), {
    problems: [/^--namespace \(from environment POD_NAMESPACE\) "A": not understood/],
  });
});

t.test("loadOptions() puts help before problems, and problems before --print-config", async (t) => {
  t.strictSame(await loadOptions("webhook", input(["--nonsense", "--help"])), { kind: "help" });
  t.match(await loadOptions("webhook", input(["--nonsense", "--print-config"])), { kind: "problems" });
  t.match(await loadOptions("webhook", input(["--print-config"])), { kind: "options", printConfig: true });
});

const precedence = [
  { title: "its default", argv: [], env: {}, want: [], source: "default" },
  {
    title: "Reloader's variable",
    argv: [],
    env: { KUBERNETES_NAMESPACE: "a" },
    want: ["a"],
    source: "environment KUBERNETES_NAMESPACE",
  },
  {
    title: "restamp's variable before it",
    argv: [],
    env: { KUBERNETES_NAMESPACE: "a", RESTAMP_WATCH_NAMESPACES: "b" },
    want: ["b"],
    source: "environment RESTAMP_WATCH_NAMESPACES",
  },
  {
    title: "Reloader's flag before both",
    argv: ["--namespaces=c"],
    env: { KUBERNETES_NAMESPACE: "a", RESTAMP_WATCH_NAMESPACES: "b" },
    want: ["c"],
    source: "flag --namespaces",
  },
  {
    title: "restamp's flag before both",
    argv: ["--watch-namespaces=c"],
    env: { KUBERNETES_NAMESPACE: "a" },
    want: ["c"],
    source: "flag",
  },
];
for (const { title, argv, env, want, source } of precedence) {
  t.test(`loadOptions() of reloader takes ${title}`, async (t) => {
    const loaded = await loadOptions("reloader", input(argv, env));
    if (loaded.kind !== "options") return t.fail("loads");
    t.strictSame(loaded.options.watchNamespaces, want);
    t.equal(loaded.settings.find(({ row }) => row.name === "watch-namespaces")?.source, source);
    return undefined;
  });
}

t.test("loadOptions() reads Reloader's variables for reloader only", async (t) => {
  const env = { KUBERNETES_NAMESPACE: "a", RELOADER_NAMESPACE: "b" };
  const loaded = await loadOptions("controller", input([], env));
  t.match(loaded, { options: { watchNamespaces: { length: 0 }, metaInfoNamespace: undefined } });
});

t.test("loadOptions() of reloader names a problem's flag and value as they were written", async (t) => {
  const argv = ["--namespaces=Bad_Name", "--reload-strategy=rolling", "--resources-to-ignore=Secrets,configMaps"];
  t.match(await loadOptions("reloader", input(argv)), {
    kind: "problems",
    problems: [
      '--namespaces "Bad_Name": not understood; write Kubernetes names separated by commas',
      '--reload-strategy "rolling": not one of the choices; write stamp, env-vars or annotations',
      /^--resources-to-ignore \(secrets,configmaps\) ignores everything/,
    ],
  });
});

t.test("loadOptions() does not repeat what may open a door", async (t) => {
  const env = { ALERT_ON_RELOAD: "true", ALERT_WEBHOOK_URL: "htps://host/token" };
  const loaded = await loadOptions("reloader", input(["--webhook-url=host/token"], env));
  t.match(loaded, {
    problems: [
      "--webhook-url: not understood; write a URL such as https://host/path",
      "ALERT_WEBHOOK_URL: not understood; write a URL such as https://host/path",
    ],
  });
});

t.test("loadOptions() takes an empty URL for none, and warns of what has no effect", async (t) => {
  const loaded = await loadOptions("controller", input(["--webhook-url=", "--alert-additional-info=blue"]));
  t.match(loaded, {
    kind: "options",
    options: { webhookUrl: undefined },
    warnings: ["--alert-additional-info has no effect: it is for --alert-sink=slack|teams|gchat|webhook|template"],
  });
});

t.test("loadOptions() checks what has to be given together", async (t) => {
  t.match(await loadOptions("controller", input(["--alert-sink=slack"])), {
    problems: ["--alert-sink (slack) needs --alert-url: messages have to go somewhere"],
  });
});

t.test("defaultOptions() is what nothing given would give, with overrides", async (t) => {
  const loaded = await loadOptions("controller", input(["--settle=0", "--pod-name=pod-name"]));
  if (loaded.kind !== "options") return t.fail("loads");
  t.strictSame(defaultOptions("controller", { settleMs: 0 }), loaded.options);
  return undefined;
});
