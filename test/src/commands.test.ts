import t from "tap";
import { commands, findCommand, overviewText } from "../../src/commands.ts";

for (const { name, summary } of commands) {
  t.ok(overviewText().includes(`${name.padEnd(12)}${summary}\n`), `overviewText() has ${name}`);
  t.equal(findCommand(name)?.summary, summary, `findCommand() finds ${name}`);
}
t.equal(findCommand("none"), undefined, "findCommand() does not find others");
t.strictSame(
  overviewText()
    .split("\n")
    .filter((line) => line.length > 120),
  [],
  "overviewText() fits a terminal",
);
