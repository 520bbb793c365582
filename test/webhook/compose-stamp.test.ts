import t from "tap";
import type { SourceState } from "../../src/core/source-state.ts";
import { composeStamp, needsStored, type ReadSource, storedValue } from "../../webhook/compose-stamp.ts";
import { testKey } from "../helpers/admission-bench.ts";

const key = testKey("k1-aaaaaa");
const digest = "A".repeat(22);

function source(name: string, state: SourceState, optional = false): ReadSource {
  const reference = { kind: "Secret", name, optional, allEnv: true, allFiles: false, keys: [] } as const;
  return {
    entry: `secret/${name}`,
    id: { kind: "Secret", namespace: "shop", name },
    reference,
    matchedOnly: false,
    state,
  };
}

function present(ignored = false): SourceState {
  const content = new Map([["a", { sha256: "x", binary: false }]]);
  return {
    is: "present",
    uid: "u",
    version: 1,
    content,
    history: new Map(),
    appearedAt: 0,
    removedSince: 0,
    writtenAt: 0,
    ignored,
  };
}

const lost: SourceState = { is: "unknown", reason: "no answer in time" };

t.test("composeStamp() names what was read", async (t) => {
  const sources = [
    source("here", present()),
    source("gone", { is: "absent" }),
    source("maybe", { is: "absent" }, true),
    source("quiet", present(true)),
  ];
  const stamp = composeStamp({ sources, patterns: ["configmap/app-*"] }, key, undefined);
  t.match(
    [...stamp.entries],
    [
      ["secret/here", /^[\w-]{22}$/],
      ["secret/gone", "absent"],
      ["secret/maybe", "absent"],
    ],
  );
  t.same(stamp.missing, ['Secret "gone"'], "only what is required is missing");
  t.same(stamp.unread, []);
});

t.test("composeStamp() keeps stored values of what could not be read", async (t) => {
  const parts = {
    sources: [source("a", lost), source("b", lost), source("c", lost)],
    patterns: ["secret/x-*", "secret/y-*"],
  };
  const stored = {
    keyId: key.id,
    entries: new Map([
      ["secret/a", digest],
      ["secret/b", "absent"],
      ["secret/x-*", digest],
    ]),
  };
  const stamp = composeStamp(parts, key, stored);
  t.same(
    [...stamp.entries],
    [
      ["secret/a", digest],
      ["secret/b", "absent"],
      ["secret/c", "unknown"],
      ["secret/x-*", digest],
    ],
  );
  t.same(
    stamp.unread.map(({ what, kept }) => [what, kept]),
    [
      ['Secret "a"', true],
      ['Secret "b"', true],
      ['Secret "c"', false],
    ],
  );
  const other = composeStamp(parts, testKey("k2-bbbbbb", 2), stored);
  t.same(
    [...other.entries],
    [
      ["secret/a", "unknown"],
      ["secret/b", "absent"],
      ["secret/c", "unknown"],
    ],
    "but no digest of another key",
  );
  t.ok(needsStored(parts));
  t.notOk(needsStored({ sources: [source("a", present())], patterns: [] }));
});

t.test("composeStamp() carries over what only the controller finds by a pattern", async (t) => {
  const isMatched = (entry: string) => entry.startsWith("secret/x-");
  const parts = { sources: [source("here", present())], patterns: ["secret/x-*"], isMatched };
  const recorded = [
    ["secret/x-*", digest],
    ["secret/x-1", digest],
    ["secret/x-2", "absent"],
    ["secret/x-3", "unknown"],
    ["secret/y-1", digest],
  ] as const;
  const stored = { keyId: key.id, entries: new Map(recorded) };
  const kept = recorded.slice(0, 3);
  t.same([...composeStamp(parts, key, stored).entries].slice(1), kept, "with the pattern itself");
  t.same([...composeStamp(parts, key, undefined).entries.keys()], ["secret/here"], "not without a stored stamp");
  const other = composeStamp(parts, testKey("k2-bbbbbb", 2), stored);
  t.same([...other.entries].slice(1), [["secret/x-2", "absent"]], "nor a digest of another key");
  const many = Array.from({ length: 200 }, (_, i) => [`secret/x-${"x".repeat(100)}${i}`, digest] as const);
  const full = composeStamp(parts, key, { keyId: key.id, entries: new Map([...kept, ...many]) });
  t.same([...full.entries.keys()], ["secret/here", "secret/x-*"], "nor more than there is room for");
});

t.test("composeStamp() of a stamp that is too long", async (t) => {
  const many = Array.from({ length: 300 }, (_, i) => source(`${"x".repeat(50)}${i}`, present()));
  const whole = composeStamp({ sources: many, patterns: [] }, key, undefined);
  t.same([...whole.entries.keys()], ["*"]);
  const stored = { keyId: key.id, entries: new Map([["*", digest]]) };
  const blind = composeStamp({ sources: [...many, source("lost", lost)], patterns: [] }, key, stored);
  t.same([...blind.entries], [["*", digest]], "keeps the stored one where anything is unknown");
  const pattern = composeStamp({ sources: many, patterns: ["secret/x-*"] }, key, undefined);
  t.same([...pattern.entries], [["*", "unknown"]], "is unknown where only the controller can tell");
});

t.test("storedValue() is what means the same under the key", async (t) => {
  const entries = new Map([
    ["a", digest],
    ["b", "absent"],
    ["c", "unknown"],
  ]);
  const cases = [
    { title: "a digest of the same key", entry: "a", keyId: "k1", want: digest },
    { title: "no digest of another key", entry: "a", keyId: "k2", want: undefined },
    { title: "an absence under any key", entry: "b", keyId: "k2", want: "absent" },
    { title: "nothing unknown", entry: "c", keyId: "k1", want: undefined },
    { title: "nothing that is not there", entry: "d", keyId: "k1", want: undefined },
  ];
  for (const { title, entry, keyId, want } of cases) {
    t.equal(storedValue({ keyId: "k1", entries }, entry, keyId), want, `storedValue() ${title}`);
  }
  t.equal(storedValue(undefined, "a", "k1"), undefined);
});
