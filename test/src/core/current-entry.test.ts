import { randomBytes } from "node:crypto";
import t from "tap";
import {
  type CurrentEntry,
  currentEntry,
  entryValue,
  fitEntries,
  patternEntry,
} from "../../../src/core/current-entry.ts";
import type { SourceReference } from "../../../src/core/pod-references.ts";
import type { PresentSource, SourceState } from "../../../src/core/source-state.ts";

const key = { id: "k1", bytes: randomBytes(32) };
const id = { kind: "ConfigMap", namespace: "shop", name: "app" } as const;

/** A reference to `app`; without more, to nothing of it. */
function reference(more: Partial<SourceReference> = {}): SourceReference {
  return { kind: "ConfigMap", name: "app", optional: false, allEnv: false, allFiles: false, keys: [], ...more };
}

const env = (name: string, optional = false) => ({ key: name, env: true, file: false, optional });
const file = (name: string, optional = false) => ({ key: name, env: false, file: true, optional });

/** A source whose keys have been the same since the versions given; a key that begins with "bin" is binary. */
function present(keys: Readonly<Record<string, number>>, more: Partial<PresentSource> = {}): PresentSource {
  const names = Object.entries(keys);
  return {
    is: "present",
    uid: "u",
    version: Math.max(0, ...Object.values(keys)),
    content: new Map(names.map(([name]) => [name, { sha256: `hash of ${name}`, binary: name.startsWith("bin") }])),
    history: new Map(names.map(([name, since]) => [name, { since, first: false }])),
    appearedAt: 0,
    removedSince: 0,
    writtenAt: 0,
    ignored: false,
    ...more,
  };
}

const now = (what: Partial<SourceReference>, state: SourceState) => currentEntry(reference(what), { id, state }, key);

const missing = [
  { title: "a required source", what: { allEnv: true }, state: { is: "absent" }, required: true, text: '"app"' },
  {
    title: "an optional source",
    what: { allEnv: true, optional: true },
    state: { is: "absent" },
    required: false,
    text: '"app"',
  },
  {
    title: "a required key",
    what: { keys: [env("a"), env("b")] },
    state: present({ a: 1 }),
    required: true,
    text: 'key "b" of',
  },
  {
    title: "a required key beside the whole source",
    what: { allFiles: true, keys: [file("b")] },
    state: present({ a: 1 }),
    required: true,
    text: 'key "b" of',
  },
  {
    title: "the only keys, optional ones",
    what: { keys: [env("b", true), env("c", true)] },
    state: present({ a: 1 }),
    required: false,
    text: 'key "b", "c" of',
  },
  {
    title: "a variable whose value is binary",
    what: { keys: [env("bin")] },
    state: present({ bin: 1 }),
    required: true,
    text: 'key "bin" of',
  },
] as const;

for (const { title, what, state, required, text } of missing) {
  t.test(`currentEntry() tells what is missing: ${title}`, async (t) => {
    const entry = now(what, state);
    t.match(entry, { is: "absent", required });
    t.match(entry.is === "absent" ? entry.what : "", text);
    t.equal(entryValue(entry), "absent");
  });
}

t.test("currentEntry() cannot tell what was not read", async (t) => {
  const entry = now({ allEnv: true }, { is: "unknown", reason: "forbidden" });
  t.same(entry, { is: "unknown", reason: "forbidden" });
  t.equal(entryValue(entry), "unknown");
});

t.test("currentEntry() digests what is selected, and nothing else", async (t) => {
  const digest = (what: Partial<SourceReference>, state: SourceState) => entryValue(now(what, state));
  const one = digest({ keys: [env("a")] }, present({ a: 1 }));
  t.match(one, /^[\w-]{22}$/);
  t.equal(digest({ keys: [env("a")] }, present({ a: 7, b: 2 })), one, "another key, another version");
  t.equal(digest({ keys: [env("a"), env("z", true)] }, present({ a: 1 })), one, "an optional key that is not there");
  t.not(digest({ allEnv: true }, present({ a: 1, b: 2 })), one, "all keys");
  t.not(digest({ keys: [env("a"), env("b", true)] }, present({ a: 1, b: 2 })), one, "an optional key that is there");
  t.match(digest({ allEnv: true }, present({})), /^[\w-]{22}$/, "an empty source is there");
  t.match(digest({ keys: [file("bin")] }, present({ bin: 1 })), /^[\w-]{22}$/, "a file may be binary");
});

const ages = [
  { title: "of the newest key that is selected", what: { keys: [env("a"), env("b")] }, want: 5 },
  { title: "of one key", what: { keys: [env("a")] }, want: 3 },
  { title: "of all keys", what: { allEnv: true }, want: 9 },
  { title: "of the last removal", what: { keys: [env("a")] }, more: { removedSince: 12 }, want: 12 },
];
for (const { title, what, more, want } of ages) {
  t.match(now(what, present({ a: 3, b: 5, c: 9 }, more)), { since: want }, `currentEntry() has the age ${title}`);
}

const appeared = { appearedAt: 5, history: new Map([["a", { since: 5, first: false }]]) };
const added = { history: new Map([["a", { since: 5, first: true }]]) };
const firsts = [
  { title: "a source that appeared", what: { allEnv: true }, more: appeared, want: true },
  { title: "a volume's source that appeared", what: { allFiles: true }, more: appeared, want: true },
  {
    title: "a source that appeared and changed",
    what: { allEnv: true },
    more: { ...appeared, appearedAt: 4 },
    want: false,
  },
  { title: "a source that was always there", what: { allEnv: true }, more: {}, want: false },
  { title: "an optional source that appeared", what: { allEnv: true, optional: true }, more: appeared, want: false },
  { title: "a required key that appeared", what: { keys: [env("a")] }, more: added, want: true },
  { title: "a required key of a source that appeared", what: { keys: [env("a")] }, more: appeared, want: true },
  { title: "an optional key that appeared", what: { keys: [env("a", true)] }, more: added, want: false },
  { title: "an optional key of a source that appeared", what: { keys: [env("a", true)] }, more: appeared, want: false },
  {
    title: "a key that appeared beside one that was there",
    what: { keys: [env("a", true), env("b")] },
    more: {
      history: new Map([
        ["a", { since: 5, first: true }],
        ["b", { since: 2, first: true }],
      ]),
    },
    want: false,
  },
];
for (const { title, what, more, want } of firsts) {
  const entry = now(what, present({ a: 5, ...("history" in more && more.history.has("b") ? { b: 2 } : {}) }, more));
  t.equal(entry.is === "present" && entry.first, want, `currentEntry() and what pods waited for: ${title}`);
}

t.test("patternEntry() is one digest of all that match", async (t) => {
  const source = (name: string, state: SourceState) => ({ id: { ...id, name }, state });
  const one = source("app-1", present({ a: 3 }));
  const two = source("app-2", present({ a: 8 }));
  const both = patternEntry([one, two], key);
  t.match(both, { is: "present", since: 8, first: false });
  t.same(patternEntry([two, one], key), both, "in any order");
  t.not(entryValue(patternEntry([one], key)), entryValue(both), "another one is a change");
  t.same(patternEntry([one, two, source("app-3", { is: "absent" })], key), both, "but not if it is gone");
  t.same(patternEntry([one, two, source("app-3", present({ a: 9 }, { ignored: true }))], key), both, "or ignored");
  t.match(patternEntry([], key), { is: "absent", required: false });
  t.match(patternEntry([one, source("app-3", { is: "unknown", reason: "late" })], key), { is: "unknown" });
});

t.test("fitEntries() replaces what is too long by one", async (t) => {
  const digest = "A".repeat(22);
  const many = (count: number) =>
    new Map<string, CurrentEntry>(
      Array.from({ length: count }, (_, index) => [
        `secret/${"x".repeat(90)}${index}`,
        { is: "present" as const, digest, since: index, first: true },
      ]),
    );
  t.equal(fitEntries(many(100), key).size, 100);
  const fitted = fitEntries(many(200), key);
  t.same([...fitted.keys()], ["*"]);
  t.match(fitted.get("*"), { is: "present", since: 199, first: false });
  t.same(fitEntries(new Map([...many(200)].reverse()), key), fitted, "in any order");
  t.not(entryValue(fitEntries(many(201), key).get("*") ?? { is: "unknown", reason: "" }), digest);
  const gone = { is: "absent", required: true, what: "it" } as const;
  t.same(fitEntries(new Map([...many(200), ["secret/gone", gone]]), key).get("*"), gone, "what is missing comes first");
  const maybe = { is: "absent", required: false, what: "it" } as const;
  t.match(fitEntries(new Map([...many(200), ["secret/gone", maybe]]), key).get("*"), { is: "present" });
});
