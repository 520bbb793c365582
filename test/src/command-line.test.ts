import { EventEmitter } from "node:events";
import t from "tap";
import { runCommandLine } from "../../src/command-line.ts";
import type { Frame } from "../../src/frame.ts";
import { createComputedDefaults } from "../../src/options/pod-identity.ts";

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const started: { command: string; options: object }[] = [];
  const process = Object.assign(new EventEmitter(), {
    version: "v26.0.0",
    exit: (code: number): never => {
      throw new Error(`exit ${code}`);
    },
  });
  const main = (command: string) => async (options: object, _frame: Frame) => {
    started.push({ command, options });
    setImmediate(() => process.emit("SIGTERM", "SIGTERM"));
  };
  const kubeconfigNamespace = async () => undefined;
  const code = await runCommandLine({
    input: { argv, env, hostname: "host", columns: 80 },
    computed: createComputedDefaults({ env: { POD_NAMESPACE: "ns" }, hostname: "host", kubeconfigNamespace }),
    kubeconfigProblem: async () => "no current context is set",
    version: () => "1.2.3",
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    process,
    processes: { webhook: main("webhook"), controller: main("controller") },
    manifests: async (options) => JSON.stringify(options),
    compare: async (options, frame) => {
      frame.out(JSON.stringify(options));
      return options.watchNamespaces.length > 0;
    },
  });
  return { code, out: out.join(""), err: err.join(""), started };
}

const printing = [
  { argv: ["version"], code: 0, out: /^restamp 1\.2\.3 \(Node 26\.0\.0\)\n$/ },
  { argv: ["--version"], code: 0, out: /^restamp 1\.2\.3/ },
  { argv: ["help"], code: 0, out: /^Usage: restamp COMMAND/ },
  { argv: ["--help"], code: 0, out: /^Usage: restamp COMMAND/ },
  { argv: ["help", "webhook"], code: 0, out: /^Usage: restamp webhook .*--drain=/s },
  { argv: ["help", "version"], code: 0, out: /^Usage: restamp version/ },
  { argv: ["controller", "--help"], code: 0, out: /^Usage: restamp controller .*--settle=/s },
  { argv: ["controller", "--print-config"], code: 0, out: /^--settle=3s +# default$/m },
  { argv: ["help", "reloader"], code: 0, out: /^Usage: restamp reloader .*--is-Argo-Rollouts/s },
  { argv: ["help"], code: 0, out: /^ {2}reloader /m },
  {
    argv: ["reloader", "--print-config", "--is-Argo-Rollouts=true", "--log-format="],
    code: 0,
    out: /^--log-format=text +# flag\n.*^--argo-rollouts +# flag --is-Argo-Rollouts$/ms,
  },
  { argv: ["compare", "--watch-namespaces=a"], code: 0, out: /"watchNamespaces":\["a"\]/ },
  { argv: ["compare"], code: 1, out: /"sinceMs":3600000/ },
  { argv: ["compare", "--help"], code: 0, out: /^Usage: restamp compare .*list events.*--for=/s },
  { argv: ["manifests"], code: 0, out: /"namespace":"restamp-system"/ },
  { argv: ["manifests", "--namespace=x"], code: 0, out: /"namespace":"x"/ },
];
for (const { argv, code, out } of printing) {
  t.test(`runCommandLine() prints for "${argv.join(" ")}"`, async (t) => {
    t.match(await run(argv), { code, out, err: "", started: [] });
  });
}

const refusing = [
  { argv: [], err: /^Usage: restamp COMMAND/ },
  { argv: ["webhok"], err: /^Unknown command "webhok": did you mean "restamp webhook"\?\n$/ },
  { argv: ["help", "xyz"], err: /^Unknown command "xyz": the commands are webhook, controller, / },
  {
    argv: ["webhook", "--drian=3s", "--log-level=loud"],
    err: /^Cannot start "restamp webhook": wrong options\n {2}Unknown option --drian: did you mean --drain\?\n {2}--log-level "loud": .+\n"restamp webhook --help" shows all options\n$/,
  },
  {
    argv: ["reloader", "--reload-strategy=rolling", "--resources-to-ignore=configmaps,secrets"],
    err: /^Cannot start "restamp reloader": wrong options\n {2}--reload-strategy "rolling": .+; write stamp, env-vars or annotations\n {2}--resources-to-ignore /,
  },
  {
    argv: ["reloader", "--namespace-selectr=a"],
    err: /Unknown option --namespace-selectr: did you mean --namespace-selector\?/,
  },
  { argv: ["manifests", "--nonsense"], err: /Unknown option --nonsense/ },
  {
    argv: ["compare", `--kubeconfig=${import.meta.filename}`],
    err: /^ {2}--kubeconfig ".+": no current context is set; /m,
  },
];
for (const { argv, err } of refusing) {
  t.test(`runCommandLine() refuses "${argv.join(" ")}" with 2`, async (t) => {
    t.match(await run(argv), { code: 2, out: "", err, started: [] });
  });
}

for (const command of ["webhook", "controller"]) {
  t.test(`runCommandLine() runs ${command} with its options until it is stopped`, async (t) => {
    const { code, started } = await run([command, "--ops-address=127.0.0.1:0", "--log-level=error"]);
    t.equal(code, 0);
    t.match(started, [{ command, options: { namespace: "ns", podName: "host", logLevel: "error" } }]);
  });
}

t.test("runCommandLine() runs reloader as the controller, told in Reloader's words", async (t) => {
  const argv = [
    "reloader",
    "--ops-address=127.0.0.1:0",
    "--log-level=fatal",
    "--reload-on-create",
    "true",
    "--enable-pprof",
  ];
  const { code, started } = await run(argv, { KUBERNETES_NAMESPACE: "shop" });
  t.equal(code, 0);
  const options = {
    ...{ reloadOnCreate: true, reloadStrategy: "env-vars", watchNamespaces: ["shop"], logLevel: "error" },
    ...{ compatibility: ["reloader"], leaderElect: false, leaseName: "stakater-reloader-lock" },
  };
  t.match(started, [{ command: "controller", options }]);
});

t.test("runCommandLine() warns of unknown variables where there is no log", async (t) => {
  t.match(await run(["controller", "--print-config"], { RESTAMP_SETLE: "1s" }), {
    code: 0,
    err: "Warning: Environment variable RESTAMP_SETLE is ignored: no such option; did you mean RESTAMP_SETTLE?\n",
  });
});
