import t from "tap";
import { createTapProgress } from "./tap-progress.ts";

function shown(output: string, total = 2): string[] {
  const lines: string[] = [];
  const progress = createTapProgress({ total, write: (line) => void lines.push(line) });
  for (const line of output.split("\n")) progress.line(line);
  return lines;
}

const good = `TAP version 14
1..2
# Subtest: test/a.test.ts
    # Subtest: adds
        ok 1 - should be equal
        1..1
    ok 1 - adds # time=1.2ms
    1..1
ok 1 - test/a.test.ts # time=1234.5ms
`;

const bad = `# Subtest: test/b.test.ts
    # Subtest: divides
        ok 1 - should be equal
        not ok 2 - one is two
          ---
          diff: |
            -2
            +1
          ...
        1..2
    not ok 1 - divides # time=3ms
    1..1
not ok 2 - test/b.test.ts # time=2000ms
  ---
  exitCode: 1
  args:
    - b.test.ts
  ...

# No coverage generated
# { total: 3, pass: 2, fail: 1 }
# time=3234.5ms`;

t.test("createTapProgress() has one line for a file that passed", async (t) => {
  t.strictSame(shown(good), ["[1/2] passed test/a.test.ts (1.2 s)"]);
});

t.test("createTapProgress() has everything about a failure but what passed, and tap's summary", async (t) => {
  t.strictSame(shown(good + bad).slice(1), [
    "[2/2] FAILED test/b.test.ts (2.0 s)",
    "    # Subtest: divides",
    "        not ok 2 - one is two",
    "          ---",
    "          diff: |",
    "            -2",
    "            +1",
    "          ...",
    "    not ok 1 - divides # time=3ms",
    "  ---",
    "  exitCode: 1",
    "  args:",
    "    - b.test.ts",
    "  ...",
    "# { total: 3, pass: 2, fail: 1 }",
    "# time=3234.5ms",
  ]);
});

t.test("createTapProgress() counts the files that ended", async (t) => {
  const progress = createTapProgress({ total: 12, write: () => undefined });
  for (const line of (good + bad).split("\n")) progress.line(line);
  t.equal(progress.finished(), 2);
});
