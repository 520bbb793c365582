import t from "tap";
import { idleFlags } from "../../../src/options/flags.ts";
import { helpText, settingsText } from "../../../src/options/help.ts";
import { loadOptions } from "../../../src/options/load.ts";
import { environmentName, type OptionRow } from "../../../src/options/option-row.ts";
import { createComputedDefaults } from "../../../src/options/pod-identity.ts";
import { optionTable, rowsOf } from "../../../src/options/table.ts";

const commands = ["webhook", "controller", "manifests", "reloader"] as const;

for (const name of commands) {
  t.test(`helpText() of ${name} is complete and fits`, async (t) => {
    const text = helpText({ name, summary: "What it does" }, 72);
    for (const row of rowsOf(name)) {
      t.match(text, new RegExp(`--(\\[no-\\])?${row.name}(=|\\n)`));
      t.ok(text.includes(environmentName(row)), environmentName(row));
    }
    t.match(text, /--print-config/);
    const tooLong = text.split("\n").filter((line) => line.length > 72);
    t.strictSame(tooLong, []);
    t.match(text, /[^\n]\n$/);
  });
}

t.test("helpText() shows no option of another command", async (t) => {
  const text = helpText({ name: "webhook", summary: "What it does" }, 80);
  const others = optionTable.filter((row: OptionRow) => !row.commands.includes("webhook"));
  t.strictSame(
    others.filter((row) => text.includes(`--${row.name}=`)).map(({ name }) => name),
    [],
  );
});

t.test("helpText() of reloader has both spellings, its variables, words and defaults", async (t) => {
  const text = helpText({ name: "reloader", summary: "What it does" }, 100);
  for (const { reloader } of rowsOf("reloader")) {
    for (const flag of reloader?.flags ?? []) t.match(text, new RegExp(`^ {2}--(\\[no-\\])?${flag}(=|$)`, "m"));
    for (const variable of reloader?.environment ?? []) t.ok(text.includes(variable), variable);
  }
  for (const { name } of idleFlags) t.match(text, new RegExp(`^ {2}--${name}$`, "m"));
  t.match(text, /\[RESTAMP_RELOAD_STRATEGY; default: env-vars\]/);
  t.match(text, /Also trace for debug, warning for warn/);
  t.notMatch(helpText({ name: "controller", summary: "" }, 100), /--is-Argo-Rollouts|KUBERNETES_NAMESPACE|trace/);
});

t.test("settingsText() never shows what opens a door", async (t) => {
  const computed = createComputedDefaults({ env: {}, hostname: "host", kubeconfigNamespace: async () => "dev" });
  const argv = ["--alert-sink=slack", "--alert-url=https://host/token", "--alert-proxy=http://user:token@host"];
  const loaded = await loadOptions("controller", {
    argv: [...argv, "--webhook-url=https://host/token"],
    env: {},
    computed,
  });
  if (loaded.kind !== "options") return t.fail("loads");
  const text = settingsText(loaded.settings);
  t.match(text, /^# --alert-url is set +# flag$/m);
  t.notMatch(text, /token/);
  return undefined;
});

t.test("settingsText() can be given back as flags and says where each value came from", async (t) => {
  const computed = createComputedDefaults({ env: {}, hostname: "my host", kubeconfigNamespace: async () => "dev" });
  const argv = ["--no-leader-elect", "--watch-namespaces=a,b", "--ops-address=[::1]:9090"];
  const first = await loadOptions("controller", { argv, env: { RESTAMP_SETTLE: "1500ms" }, computed });
  if (first.kind !== "options") return t.fail("loads");
  const text = settingsText(first.settings);
  t.match(text, /^--settle=1s500ms +# environment RESTAMP_SETTLE$/m);
  t.match(text, /^--no-leader-elect +# flag$/m);
  t.match(text, /^--settle-max=10s +# default$/m);
  t.match(text, /^--pod-name='my host' +# host name$/m);
  t.match(text, /^# --kubeconfig is not set +# default$/m);
  const again = text
    .split("\n")
    .filter((line) => line.startsWith("--"))
    .map((line) => line.replace(/ +# .*$/, "").replaceAll("'", ""));
  const second = await loadOptions("controller", { argv: again, env: {}, computed });
  t.strictSame(second.kind === "options" && second.options, first.options);
  return undefined;
});
