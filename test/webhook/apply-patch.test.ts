import t from "tap";
import { applyPatch } from "../../webhook/apply-patch.ts";

const cases = [
  {
    title: "adds a member",
    object: { a: {} },
    operations: [{ op: "add", path: "/a/b", value: 1 }],
    want: { a: { b: 1 } },
  },
  {
    title: "replaces a member by add",
    object: { a: 1 },
    operations: [{ op: "add", path: "/a", value: 2 }],
    want: { a: 2 },
  },
  { title: "adds over null", object: { a: null }, operations: [{ op: "add", path: "/a", value: 2 }], want: { a: 2 } },
  { title: "removes a member", object: { a: 1, b: 2 }, operations: [{ op: "remove", path: "/a" }], want: { b: 2 } },
  { title: "unescapes", object: {}, operations: [{ op: "add", path: "/x~1y~0z", value: 1 }], want: { "x/y~z": 1 } },
  {
    title: "keeps an escaped tilde before a one",
    object: {},
    operations: [{ op: "add", path: "/~01", value: 1 }],
    want: { "~1": 1 },
  },
  {
    title: "rejects an add into a map that is missing",
    object: {},
    operations: [{ op: "add", path: "/a/b", value: 1 }],
    want: undefined,
  },
  {
    title: "rejects an add into null",
    object: { a: null },
    operations: [{ op: "add", path: "/a/b", value: 1 }],
    want: undefined,
  },
  {
    title: "rejects an add into an array",
    object: { a: [] },
    operations: [{ op: "add", path: "/a/b", value: 1 }],
    want: undefined,
  },
  {
    title: "rejects the removal of what is missing",
    object: {},
    operations: [{ op: "remove", path: "/a" }],
    want: undefined,
  },
  {
    title: "finds no member of a prototype",
    object: {},
    operations: [{ op: "add", path: "/constructor/b", value: 1 }],
    want: undefined,
  },
] as const;

for (const { title, object, operations, want } of cases) {
  t.same(applyPatch(object, operations), want, `applyPatch() ${title}`);
}

t.test("applyPatch() changes nothing that it was given", async (t) => {
  const object = { a: { b: 1 }, c: { d: 2 } };
  const result = applyPatch(object, [{ op: "remove", path: "/a/b" }]);
  t.same(object, { a: { b: 1 }, c: { d: 2 } });
  t.equal(Reflect.get(Object(result), "c"), object.c, "and shares what it does not touch");
});
