import fc from "fast-check";
import t from "tap";
import { formatLedgerEntry, type LedgerEntry, parseLedgerEntry, withRecord } from "../../../src/core/ledger-entry.ts";

const workload = "Deployment.apps/shop/cart";

t.test("formatLedgerEntry() is short and can be read", async (t) => {
  const records = [
    { hash: "new", text: "v1:k1;secret/db=absent" },
    { hash: "old", text: "" },
  ];
  t.equal(
    formatLedgerEntry({ workload, released: false, records }),
    '{"workload":"Deployment.apps/shop/cart","records":[["new","v1:k1;secret/db=absent"],["old",""]]}',
  );
  t.equal(
    formatLedgerEntry({ workload, released: true, records: [] }),
    '{"workload":"Deployment.apps/shop/cart","released":true,"records":[]}',
  );
});

const damaged = [
  { title: "nothing", text: "", want: undefined },
  { title: "no JSON", text: "{workload", want: undefined },
  { title: "no object", text: "[1]", want: undefined },
  { title: "null", text: "null", want: undefined },
  { title: "no workload", text: '{"records":[]}', want: undefined },
  { title: "a workload that is no text", text: '{"workload":1,"records":[]}', want: undefined },
  { title: "no records", text: `{"workload":"${workload}"}`, want: { workload, released: false, records: [] } },
  {
    title: "records that are none among others",
    text: `{"workload":"${workload}","records":[["a"],3,["b",4],["c","x","later"]]}`,
    want: { workload, released: false, records: [{ hash: "c", text: "x" }] },
  },
  {
    title: "released that is no boolean",
    text: `{"workload":"${workload}","released":"yes","records":{}}`,
    want: { workload, released: false, records: [] },
  },
];
for (const { title, text, want } of damaged) {
  t.same(parseLedgerEntry(text), want, `parseLedgerEntry() survives ${title}`);
}

t.test("withRecord() puts the newest first, once", async (t) => {
  const one = withRecord(undefined, workload, { hash: "a", text: "1" });
  t.same(one, { workload, released: false, records: [{ hash: "a", text: "1" }] });
  const two = withRecord(one, workload, { hash: "b", text: "2" });
  t.same(
    two.records.map(({ hash }) => hash),
    ["b", "a"],
  );
  const back = withRecord(two, workload, { hash: "a", text: "3" });
  t.same(back.records, [
    { hash: "a", text: "3" },
    { hash: "b", text: "2" },
  ]);
  t.equal(withRecord({ ...two, released: true }, workload, { hash: "c", text: "" }).released, false, "it is back");
});

t.test("withRecord() forgets the oldest", async (t) => {
  let entry: LedgerEntry | undefined;
  for (let index = 0; index < 20; index++) entry = withRecord(entry, workload, { hash: `h${index}`, text: "" });
  t.equal(entry?.records.length, 11);
  t.equal(entry?.records[0]?.hash, "h19");
  t.equal(entry?.records.at(-1)?.hash, "h9");
});

const entries: fc.Arbitrary<LedgerEntry> = fc.record({
  workload: fc.string(),
  released: fc.boolean(),
  records: fc.array(fc.record({ hash: fc.string(), text: fc.string() })),
});

t.test("parseLedgerEntry() reads what formatLedgerEntry() wrote", async (t) => {
  fc.assert(
    fc.property(entries, (entry) => void t.same(parseLedgerEntry(formatLedgerEntry(entry)), entry)),
    {
      numRuns: 50,
    },
  );
});

t.test("parseLedgerEntry() never throws", async () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseLedgerEntry(text)));
});
