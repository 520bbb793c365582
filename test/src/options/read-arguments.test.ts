import t from "tap";
import { readArguments } from "../../../src/options/read-arguments.ts";

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
  t.strictSame(Object.fromEntries(read.given), want, `readArguments() ${title}`);
}

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
