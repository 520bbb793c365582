import t from "tap";
import { isGenuine, sameEntries } from "../../webhook/verify-stamp.ts";

const [before, now, later, pattern] = ["A", "B", "C", "P"].map((letter) => letter.repeat(22)) as [
  string,
  string,
  string,
  string,
];
const entries = (values: Record<string, string>) => new Map(Object.entries(values));
const fresh = {
  keyId: "k1",
  entries: entries({ "secret/a": now, "secret/b": now, "secret/x-*": before }),
  missing: [],
  unread: [],
};
const stored = {
  keyId: "k1",
  round: 1,
  entries: entries({ "secret/a": before, "secret/b": before, "secret/x-*": before }),
};

const cases = [
  { title: "accepts what is true now", values: { "secret/a": now, "secret/b": now, "secret/x-*": before }, want: true },
  { title: "accepts a part of it", values: { "secret/a": now, "secret/b": before, "secret/x-*": before }, want: true },
  {
    title: "refuses what is neither",
    values: { "secret/a": later, "secret/b": now, "secret/x-*": before },
    want: false,
  },
  { title: "refuses to forget an entry", values: { "secret/a": now, "secret/x-*": before }, want: false },
  {
    title: "refuses an entry that it does not know",
    values: { "secret/a": now, "secret/b": now, "secret/c": now, "secret/x-*": before },
    want: false,
  },
  {
    title: "refuses a pattern's value from anybody",
    values: { "secret/a": now, "secret/b": now, "secret/x-*": pattern },
    want: false,
  },
  {
    title: "takes it from the controller",
    values: { "secret/a": now, "secret/b": now, "secret/x-*": pattern },
    fromController: true,
    want: true,
  },
  {
    title: "refuses what only pods tell from anybody",
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before, "secretproviderclass/db": now },
    want: false,
  },
  {
    title: "takes that from the controller, too",
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before, "secretproviderclass/db": now },
    fromController: true,
    want: true,
  },
  {
    title: "refuses an unknown source even so",
    values: { "secret/a": later, "secret/b": now, "secret/x-*": pattern },
    fromController: true,
    want: false,
  },
  {
    title: "refuses a stamp of another key",
    keyId: "k2",
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before },
    want: false,
  },
  {
    title: "refuses another round from anybody",
    round: 2,
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before },
    want: false,
  },
  {
    title: "takes the next round from the controller",
    round: 2,
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before },
    fromController: true,
    want: true,
  },
  {
    title: "takes no round but the next",
    round: 3,
    values: { "secret/a": now, "secret/b": now, "secret/x-*": before },
    fromController: true,
    want: false,
  },
];
for (const { title, keyId = "k1", round = 0, values, fromController = false, want } of cases) {
  const genuine = isGenuine({ keyId, round, entries: entries(values) }, { fresh, stored, fromController });
  t.equal(genuine, want, `isGenuine() ${title}`);
}

const ofPattern = [
  { title: "takes another value", values: { "secret/x-1": later }, fromController: true, want: true },
  { title: "takes a new one", values: { "secret/x-1": before, "secret/x-2": now }, fromController: true, want: true },
  { title: "takes that one is left out", values: {}, fromController: true, want: true },
  { title: "refuses that from anybody", values: {}, fromController: false, want: false },
  { title: "refuses another value from anybody", values: { "secret/x-1": later }, fromController: false, want: false },
  { title: "accepts the stored value", values: { "secret/x-1": before }, fromController: false, want: true },
];
for (const { title, values, fromController, want } of ofPattern) {
  const isMatched = (entry: string) => /^secret\/x-\d$/.test(entry);
  const known = { ...fresh, entries: new Map([...fresh.entries, ["secret/x-1", before]]) };
  const had = { ...stored, entries: new Map([...stored.entries, ["secret/x-1", before]]) };
  const rest = { "secret/a": now, "secret/b": now, "secret/x-*": before };
  const requested = { keyId: "k1", entries: entries({ ...rest, ...values }) };
  const genuine = isGenuine(requested, { fresh: known, stored: had, fromController, isMatched });
  t.equal(genuine, want, `isGenuine() of a source that only a pattern names ${title}`);
}

t.ok(sameEntries(fresh, { keyId: "k1", entries: new Map(fresh.entries) }), "sameEntries() of equal ones");
t.notOk(sameEntries(fresh, stored), "sameEntries() of a changed one");
t.notOk(
  sameEntries(fresh, { keyId: "k1", entries: new Map([...fresh.entries, ["secret/c", now]]) }),
  "sameEntries() with one more",
);
