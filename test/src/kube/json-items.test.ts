import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import t from "tap";
import { takeItems } from "../../../src/kube/json-items.ts";

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function taken(text: string, size = 7, maxBytes = 1_000_000): Promise<{ items: unknown[]; rest: unknown }> {
  const items: unknown[] = [];
  const rest = await takeItems(cut(text, size), { maxBytes, onItem: (item) => items.push(item) });
  return { items, rest: JSON.parse(rest) };
}

const metadata = { resourceVersion: "7", items: ["not these"] };
const cases = [
  { title: "no items", list: { metadata, items: [] } },
  { title: "null for none", list: { metadata, items: null } },
  {
    title: "items between other fields",
    list: { kind: "List", items: [{ a: 1 }, { b: [{ items: [{}] }] }], metadata },
  },
  {
    title: "brackets, quotes and backslashes in strings",
    list: { items: [{ a: '}]"\\' }, { '{"items":[{': "\\\\" }], metadata },
  },
  { title: "characters of several bytes", list: { metadata: { name: "äöü€" }, items: [{ name: "😀€" }] } },
  { title: "another list at the top", list: { conditions: [{ a: 1 }], items: [{ b: 2 }], more: [[{}]] } },
  { title: "something that is no list", list: { kind: "Status", items: "[{}]", code: 410 } },
];

for (const { title, list } of cases) {
  t.test(`takeItems() reads ${title}, wherever it is cut`, async (t) => {
    const items = Array.isArray(list.items) ? list.items : [];
    const rest = Array.isArray(list.items) ? { ...list, items: [] } : list;
    for (const text of [JSON.stringify(list), JSON.stringify(list, undefined, 2)]) {
      for (let size = 1; size < 12; size++) t.same(await taken(text, size), { items, rest });
    }
  });
}

t.test("takeItems() reads what JSON.parse() reads", async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue());
  const list = fc.record({ metadata: object, items: fc.array(object), more: fc.jsonValue() });
  const same = fc.asyncProperty(list, fc.integer({ min: 1, max: 50 }), async (given, size) => {
    const text = JSON.stringify(given);
    const { items, rest } = await taken(text, size);
    deepStrictEqual({ ...(rest as object), items }, JSON.parse(text));
  });
  await fc.assert(same, { numRuns: 300 });
});

t.test("takeItems() refuses what is not JSON or too large", async (t) => {
  await t.rejects(taken('{"items":[{"a":secret}]}'), { name: "SyntaxError", message: "an item of a list is not JSON" });
  await t.rejects(taken('{"items":[{"a":1}]}', 7, 10), RangeError);
});
