import fc from "fast-check";
import t from "tap";
import { asArray, asObject, asString, at, canonicalJson, isObject } from "../../../src/core/json.ts";

t.test("asObject(), asArray(), asString(), isObject() take what others wrote as it is", async (t) => {
  const values = [undefined, null, 7, true, "text", ["a"], { a: 1 }];
  t.same(values.map(asObject), [{}, {}, {}, {}, {}, {}, { a: 1 }]);
  t.same(values.map(asArray), [[], [], [], [], [], ["a"], []]);
  t.same(values.map(asString), [undefined, undefined, undefined, undefined, "text", undefined, undefined]);
  t.same(values.map(isObject), [false, false, false, false, false, false, true]);
});

t.test("at() follows own keys only", async (t) => {
  const value = JSON.parse('{"a":{"b":[{"c":1}],"__proto__":{"d":2}}}');
  const cases: { path: string[]; want: unknown }[] = [
    { path: [], want: value },
    { path: ["a", "b"], want: [{ c: 1 }] },
    { path: ["a", "b", "0"], want: undefined },
    { path: ["a", "__proto__", "d"], want: 2 },
    { path: ["__proto__"], want: undefined },
    { path: ["constructor", "name"], want: undefined },
    { path: ["a", "d"], want: undefined },
  ];
  for (const { path, want } of cases) t.same(at(value, path), want, `at() ${JSON.stringify(path)}`);
});

t.test("canonicalJson() is equal for what means the same", async (t) => {
  const cases = [
    { title: "the order of keys", left: { a: 1, b: 2 }, right: { b: 2, a: 1 } },
    { title: "null", left: { a: 1, b: null }, right: { a: 1 } },
    { title: "an empty object", left: { a: 1, b: {} }, right: { a: 1 } },
    { title: "an empty array", left: { a: 1, b: [] }, right: { a: 1 } },
    { title: "objects of nothing but empty ones", left: { a: { b: { c: null } } }, right: {} },
  ];
  for (const { title, left, right } of cases) {
    t.equal(canonicalJson(left), canonicalJson(right), `canonicalJson() ${title}`);
  }
});

t.test("canonicalJson() differs for what does not", async (t) => {
  const cases = [
    { title: "values", left: { a: 1 }, right: { a: 2 } },
    { title: "types", left: { a: 1 }, right: { a: "1" } },
    { title: "false and nothing", left: { a: false }, right: {} },
    { title: "0 and nothing", left: { a: 0 }, right: {} },
    { title: "an empty text and nothing", left: { a: "" }, right: {} },
    { title: "the order of an array", left: [1, 2], right: [2, 1] },
    { title: "the length of an array", left: { a: [1, null] }, right: { a: [1] } },
    { title: "quotes in a key", left: { 'a":1,"b': 1 }, right: { a: 1, b: 1 } },
  ];
  for (const { title, left, right } of cases) {
    t.not(canonicalJson(left), canonicalJson(right), `canonicalJson() ${title}`);
  }
});

t.test("canonicalJson() of any JSON", async (t) => {
  const shuffled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shuffled);
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner)] as const);
    return Object.fromEntries([...entries.reverse(), ["extra-null", null], ["extra-empty", { a: [] }]]);
  };
  const isEmpty = (value: unknown): boolean =>
    value === null || (typeof value === "object" && value !== null && Object.values(value).every(isEmpty));
  fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(shuffled(value)) === canonicalJson(value)));
  // What is left is JSON, and reading it back changes nothing more.
  fc.assert(
    fc.property(fc.jsonValue(), (value) => canonicalJson(JSON.parse(canonicalJson(value))) === canonicalJson(value)),
  );
  fc.assert(fc.property(fc.jsonValue(), (value) => (canonicalJson(value) === "null") <= isEmpty(value)));
  t.pass();
});
