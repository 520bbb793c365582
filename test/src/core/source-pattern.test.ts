import fc from "fast-check";
import t from "tap";
import { globPattern, regexPattern } from "../../../src/core/source-pattern.ts";
import { parseStamp } from "../../../src/core/stamp.ts";
import { glob as globOf, regex as regexOf } from "../../helpers/patterns.ts";

const glob = (text: string) => globOf("Secret", text);
const regex = (text: string) => regexOf("Secret", text);
const problemOf = (text: string): string => {
  const pattern = regexPattern("Secret", text);
  return "problem" in pattern ? pattern.problem : "";
};

t.test("globPattern() matches what a regular expression would", async () => {
  const letters = fc.array(fc.constantFrom("a", "b", ".", "-"), { maxLength: 8 }).map((each) => each.join(""));
  const texts = fc.array(fc.constantFrom("a", "b", ".", "*", "?"), { maxLength: 8 }).map((each) => each.join(""));
  fc.assert(
    fc.property(texts, letters, (text, name) => {
      const pattern = globPattern("Secret", text);
      if (pattern === undefined) return true;
      const model = new RegExp(`^${text.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".")}$`);
      return pattern.matches(name) === model.test(name);
    }),
    { numRuns: 2_000 },
  );
});

t.test("globPattern() is none where no object can have such a name", async (t) => {
  for (const text of ["", "A", "a_b", "-a*", "a..b", ".*", "*.", "a/b", "x".repeat(254), "[a-z]"]) {
    t.equal(globPattern("Secret", text), undefined, JSON.stringify(text));
  }
});

t.test("globPattern() tells names from patterns", async (t) => {
  t.match(glob("app.v1"), { kind: "Secret", text: "app.v1", isName: true, entryName: "app.v1" });
  t.ok(glob("app.v1").matches("app.v1"));
  t.notOk(glob("app.v1").matches("appxv1"), "a dot is a dot");
  t.match(glob("app-*"), { isName: false, entryName: "app-*" });
  t.match(glob("app-?"), { isName: false, entryName: "app-?" });
});

/** What whole names Go would match with `^(?:TEXT)$`. */
const expressions: readonly {
  readonly text: string;
  readonly yes: readonly string[];
  readonly no: readonly string[];
}[] = [
  { text: "app-.*", yes: ["app-", "app-1"], no: ["app", "my-app-1"] },
  { text: "app.v1", yes: ["app.v1", "app-v1"], no: ["app.v12"] },
  { text: "a|b", yes: ["a", "b"], no: ["ab", "ax", "xb"] },
  { text: "a|ab|abc", yes: ["a", "ab", "abc"], no: ["abcd"] },
  { text: "^app$", yes: ["app"], no: ["apps", "my-app"] },
  { text: "^a|b$", yes: ["a", "b"], no: ["ax", "xb"] },
  { text: "(?i)APP", yes: ["app"], no: ["apps"] },
  { text: "[[:alpha:]]+", yes: ["app"], no: ["app1"] },
  { text: "\\d+|\\Qa.b\\E", yes: ["12", "a.b"], no: ["a-b", "1a"] },
  { text: "a{2}", yes: ["aa"], no: ["a", "aaa"] },
  { text: "a*?b??", yes: ["", "aaab"], no: ["bb"] },
  { text: "App", yes: ["App"], no: ["app"] },
];
for (const { text, yes, no } of expressions) {
  t.test(`regexPattern() matches whole names by Go's rules: ${text}`, async (t) => {
    const pattern = regex(text);
    t.notOk(pattern.isName);
    for (const name of yes) t.ok(pattern.matches(name), name);
    for (const name of no) t.notOk(pattern.matches(name), name);
  });
}

t.test("regexPattern() agrees with the language's own expressions where both have them", async () => {
  const atom = fc.constantFrom("a", "b", ".", "a*", "b+", "a?", "(a|b)", "[ab]", "|");
  const texts = fc.array(atom, { minLength: 1, maxLength: 6 }).map((atoms) => atoms.join(""));
  const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }).map((each) => each.join(""));
  fc.assert(
    fc.property(texts, letters, (text, name) => {
      const pattern = regexPattern("ConfigMap", text);
      return "problem" in pattern || pattern.matches(name) === new RegExp(`^(?:${text})$`).test(name);
    }),
    { numRuns: 2_000 },
  );
});

t.test("regexPattern() takes what can only be a name as one", async (t) => {
  for (const text of ["app", "a-1", "0"]) {
    t.match(regex(text), { isName: true, text, entryName: text });
    t.ok(regex(text).matches(text));
    t.notOk(regex(text).matches(`${text}x`));
  }
  for (const text of ["app.v1", "-app", "app-", "x".repeat(254), "App", ""]) {
    const pattern = regex(text);
    t.notOk(pattern.isName, `${JSON.stringify(text)} is none`);
    t.match(pattern.entryName, /^~[0-9a-f]{16}$/);
  }
});

t.test("patterns have names that fit into a stamp", async (t) => {
  const patterns = [glob("app-*"), glob("x".repeat(253)), regex("a=b;c"), regex("x".repeat(1_000)), regex("é\n\u0000")];
  for (const { entryName } of patterns) {
    t.match(parseStamp(`v1:k1;secret/${entryName}=${"A".repeat(22)}`), { is: "stamp" }, entryName);
  }
  t.not(regex("a.").entryName, regex("b.").entryName, "different ones of different patterns");
  t.equal(regex("a.").entryName, regex("a.").entryName, "and always the same of one");
});

const malformed = [
  { text: "(", says: '"(" is not a regular expression of Go: missing closing ): `(`' },
  { text: "*a", says: "missing argument to repetition operator: `*`" },
  { text: "a(?=b)", says: "invalid or unsupported Perl syntax: `(?=`" },
  { text: "(a)\\1", says: "invalid escape sequence: `\\1`" },
  { text: "[z-a]", says: "invalid character class range: `z-a`" },
  { text: "((a{100}){100}){100}", says: "invalid repeat count" },
  { text: `(${"x".repeat(1_100)})`, says: `"(${"x".repeat(79)}…" is longer than 1024 characters` },
];
for (const { text, says } of malformed) {
  t.ok(problemOf(text).includes(says), `regexPattern() says what is wrong with ${text.slice(0, 30)}`, {
    found: problemOf(text),
  });
}

t.test("regexPattern() never throws, whatever is written", async () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (text, name) => {
      const pattern = regexPattern("Secret", text);
      return "problem" in pattern ? pattern.problem.length > 0 : typeof pattern.matches(name) === "boolean";
    }),
  );
});

t.test("no pattern takes exponential time", async (t) => {
  const name = `${"a".repeat(252)}b`;
  const patterns = [
    glob("*a".repeat(120)),
    regex("(a+)+"),
    regex("(a|aa)+c"),
    regex(`${"(.*)".repeat(200)}c`),
    regex("(a?){250}a{250}"),
  ];
  for (const pattern of patterns) {
    const start = performance.now();
    t.notOk(pattern.matches(name), pattern.text.slice(0, 30));
    t.ok(performance.now() - start < 1_000, "in time");
  }
});
