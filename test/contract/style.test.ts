import t from "tap";
import { sourceFiles, sourceText } from "../helpers/source-imports.ts";

// What the linter cannot say: see biome.json for the rest (any, !, file length, cycles, floating promises, file names).

const mostLines = 60;
const files = sourceFiles(["*.ts", "{src,webhook,controller,compare,certs,test}/**/*.ts"]);
const sources = files.filter((file) => !file.startsWith("test/"));

t.test("no function has more lines of its own than a screen", async (t) => {
  const long = files.filter(isNoTest).flatMap((file) =>
    ownLines(sourceText(file).split("\n"))
      .filter(({ lines }) => lines > mostLines)
      .map(({ name, lines }) => `${file}: ${name} has ${lines}`),
  );
  t.strictSame(long, []);
});

t.test("every export of the sources says what it is", async (t) => {
  const silent = sources.flatMap((file) => {
    const lines = sourceText(file).split("\n");
    return lines.flatMap((line, at) =>
      /^export (?!type \{|\{|\*)/.test(line) && !/\*\/$/.test(lines[at - 1] ?? "") && !isOverload(lines, at)
        ? [`${file}:${at + 1}: ${line}`]
        : [],
    );
  });
  t.strictSame(silent, []);
});

t.test("no module has state", async (t) => {
  t.strictSame(
    sources.filter((file) => /^(export )?(let|var) /m.test(sourceText(file))),
    [],
  );
});

t.test("no file is a bucket", async (t) => {
  t.strictSame(
    files.filter((file) => /(^|\/)(index|utils?|helpers?|common|types|misc)\.ts$/.test(file)),
    [],
  );
});

t.test("error messages end without a full stop", async (t) => {
  const wrong = sources.flatMap((file) =>
    [...sourceText(file).matchAll(/new \w*Error\(\s*(?:"[\w-]+", )?(["'`])((?:(?!\1).)*)\1/gs)]
      .map(([, , message = ""]) => message)
      .filter((message) => /[^.]\.$/.test(message))
      .map((message) => `${file}: ${message}`),
  );
  t.strictSame(wrong, []);
});

t.test("the scan of functions counts lines without those of functions inside", async (t) => {
  const text = `export function outer(
  deps: object,
): void {
  const a = 1;
  function inner(): void {
    one();
    two();
  }
  return {
    method() {
      three();
    },
    arrow: (x) => {
      four();
    },
  };
}`;
  const own = Object.fromEntries(ownLines(text.split("\n")).map(({ name, lines }) => [name, lines]));
  t.strictSame(own, { outer: 4, inner: 3, method: 2, arrow: 2 });
});

/** The function of a test may hold a table of cases. */
function isNoTest(file: string): boolean {
  return !file.endsWith(".test.ts");
}

/**
 * Lines of each function from the one that opens its body on, without those of functions inside it. The formatter indents what is
 * inside, and ends a function at the indentation at which it began.
 */
function ownLines(lines: readonly string[]): { name: string; lines: number }[] {
  const open: { name: string; indent: number; lines: number }[] = [];
  const done: { name: string; lines: number }[] = [];
  for (const [at, line] of lines.entries()) {
    const indent = line.search(/\S/);
    const top = open.at(-1);
    if (top !== undefined && indent === top.indent && /^\s*\}/.test(line)) done.push(...open.splice(-1));
    else if (beginsFunction(line)) open.push({ name: nameOf(lines, at), indent, lines: 1 });
    else if (top !== undefined) top.lines += 1;
  }
  return done.map(({ name, lines: own }) => ({ name, lines: own }));
}

function beginsFunction(line: string): boolean {
  if (/^\s*(\}|if|for|while|switch|catch|else|do|try|case|return \{)\b/.test(line)) return false;
  return /(=>|\)(: [^=]+)?) \{$/.test(line);
}

/** The name is on the line, or on the one where the list of parameters began. */
function nameOf(lines: readonly string[], at: number): string {
  const indent = lines[at]?.search(/\S/) ?? 0;
  const begin = /^\s*\)/.test(lines[at] ?? "")
    ? lines.slice(0, at).findLast((line) => line.search(/\S/) === indent && /\($/.test(line))
    : lines[at];
  return (
    /(?:function\*? |const |async )?([#\w]+)(?:<.*>)?(?:\(|: (?:async )?\(| = )/.exec(
      begin?.trim().replace(/^export /, "") ?? "",
    )?.[1] ?? `line ${at + 1}`
  );
}

function isOverload(lines: readonly string[], at: number): boolean {
  const name = /^export function (\w+)/.exec(lines[at] ?? "")?.[1];
  return name !== undefined && lines.slice(0, at).some((line) => line.startsWith(`export function ${name}(`));
}
