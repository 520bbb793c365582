import t from "tap";
import { type ReadArguments, readArguments } from "../../../src/options/read-arguments.ts";

const good = [
  { title: "reads a value after =", argv: ["--settle=5s"], want: { settle: "5s" } },
  { title: "reads a value as the next argument", argv: ["--settle", "5s"], want: { settle: "5s" } },
  { title: "keeps = inside a value", argv: ["--pod-name=a=b"], want: { "pod-name": "a=b" } },
  { title: "reads a value that begins with one hyphen", argv: ["--pod-name", "-x"], want: { "pod-name": "-x" } },
  { title: "reads an empty value", argv: ["--watch-namespaces="], want: { "watch-namespaces": "" } },
  { title: "reads a boolean", argv: ["--leader-elect"], want: { "leader-elect": "true" } },
  { title: "reads a negated boolean", argv: ["--no-leader-elect"], want: { "leader-elect": "false" } },
  { title: "reads a boolean's value", argv: ["--leader-elect=false"], want: { "leader-elect": "false" } },
  { title: "takes the last of several", argv: ["--settle=1s", "--settle=2s"], want: { settle: "2s" } },
  {
    title: "adds up lists",
    argv: ["--watch-namespaces=a", "--watch-namespaces", "b,c"],
    want: { "watch-namespaces": "a,b,c" },
  },
];
for (const { title, argv, want } of good) {
  const read = readArguments("controller", argv);
  t.strictSame(read.problems, [], `readArguments() ${title} without a problem`);
  t.strictSame(textsOf(read), want, `readArguments() ${title}`);
  t.strictSame(read.warnings, [], `readArguments() ${title} without a warning`);
}

function textsOf(read: ReadArguments): Record<string, string> {
  return Object.fromEntries([...read.given].map(([name, { text }]) => [name, text]));
}

const reloader = [
  { title: "a name of its own", argv: ["--namespaces=a"], want: { "watch-namespaces": "a" } },
  {
    title: "lists in both spellings together",
    argv: ["--namespaces=a,b", "--watch-namespaces", "c", '--namespaces="d"'],
    want: { "watch-namespaces": "a,b,c,d" },
  },
  { title: "a switch alone", argv: ["--auto-reload-all"], want: { "auto-reload-all": "true" } },
  { title: "a switch as Go reads it", argv: ["--enable-ha=T"], want: { "leader-elect": "true" } },
  { title: "a switch that is off", argv: ["--enable-ha=0"], want: { "leader-elect": "false" } },
  { title: "a switch that is negated", argv: ["--no-enable-ha"], want: { "leader-elect": "false" } },
  { title: "a text that is a switch", argv: ["--reload-on-create=true"], want: { "reload-on-create": "true" } },
  {
    title: "its value as the next argument",
    argv: ["--reload-on-create", "true"],
    want: { "reload-on-create": "true" },
  },
  {
    title: "a text that is a switch before another flag",
    argv: ["--reload-on-create", "--auto-reload-all"],
    want: { "reload-on-create": "true", "auto-reload-all": "true" },
  },
  { title: "capital letters", argv: ["--is-Argo-Rollouts=true"], want: { "argo-rollouts": "true" } },
  { title: "the spelling of its README", argv: ["--is-argo-rollouts", "true"], want: { "argo-rollouts": "true" } },
  { title: "restamp's name", argv: ["--argo-rollouts"], want: { "argo-rollouts": "true" } },
  { title: "its default format", argv: ["--log-format="], want: { "log-format": "text" } },
  { title: "its words", argv: ["--log-level=Warning"], want: { "log-level": "warn" } },
];
for (const { title, argv, want } of reloader) {
  const read = readArguments("reloader", argv);
  t.strictSame(read.problems, [], `readArguments() of reloader reads ${title} without a problem`);
  t.strictSame(textsOf(read), want, `readArguments() of reloader reads ${title}`);
}

t.strictSame(
  readArguments("reloader", [
    "--sync-after-restart",
    "--enable-pprof=true",
    "--pprof-addr",
    ":6060",
    "--reload-on-delete=1",
  ]),
  {
    given: new Map([["reload-on-delete", { text: "false", label: "--reload-on-delete" }]]),
    help: false,
    printConfig: false,
    problems: [],
    warnings: [
      '--sync-after-restart "true" has no effect: what pods run with is recorded, so that changes of any time are found after a restart',
      '--enable-pprof "true" has no effect: profiles are a matter of Go programs',
      '--pprof-addr ":6060" has no effect: profiles are a matter of Go programs',
      '--reload-on-delete "1" is off, as in Reloader: only the text true switches it on',
    ],
  },
  "readArguments() of reloader warns of what does less than somebody may expect",
);
t.strictSame(
  readArguments("reloader", ["--auto-reload-all=yes", "--namespaces", "--is-Argo-Rolouts=true", "--drain=1s"]).problems,
  [
    "--namespaces has no value: write --namespaces=VALUE",
    '--auto-reload-all "yes": not understood; write true or false',
    "Unknown option --is-Argo-Rolouts: did you mean --is-Argo-Rollouts?",
    'Unknown option --drain: it belongs to "restamp webhook"; leave it out',
  ],
  "readArguments() of reloader names what is wrong as it was written",
);
t.match(
  readArguments("controller", ["--namespaces=a"]).problems,
  [/^Unknown option --namespaces: /],
  "readArguments() knows Reloader's flags in reloader only",
);

const bad = [
  { title: "misses a value", argv: ["--settle"], want: ["--settle has no value: write --settle=VALUE"] },
  {
    title: "does not take a flag for a value",
    argv: ["--settle", "--workers", "3"],
    want: ["--settle has no value: write --settle=VALUE"],
  },
  { title: "suggests a flag", argv: ["--setle=3s"], want: ["Unknown option --setle: did you mean --settle?"] },
  {
    title: "suggests a flag together with its value",
    argv: ["--setle", "3s"],
    want: ["Unknown option --setle: did you mean --settle?"],
  },
  {
    title: "names the command of another command's flag",
    argv: ["--drain=3s"],
    want: ['Unknown option --drain: it belongs to "restamp webhook"; leave it out'],
  },
  {
    title: "refuses to negate what is not a boolean",
    argv: ["--no-settle"],
    want: ["Unknown option --no-settle: did you mean --settle?"],
  },
  {
    title: "refuses arguments without a flag",
    argv: ["--leader-elect", "false"],
    want: ['Unexpected argument "false": options are written --name=value'],
  },
  { title: "refuses a single hyphen", argv: ["-x"], want: ['Unknown option -x: see "restamp controller --help"'] },
];
for (const { title, argv, want } of bad)
  t.strictSame(readArguments("controller", argv).problems, want, `readArguments() ${title}`);

t.equal(readArguments("webhook", ["--settle", "--workers"]).given.size, 0, "readArguments() gives nothing unknown");
t.equal(readArguments("webhook", ["-h"]).help, true, "readArguments() knows -h");
t.equal(readArguments("webhook", ["--print-config"]).printConfig, true, "readArguments() knows --print-config");
