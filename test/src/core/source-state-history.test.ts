import fc from "fast-check";
import t from "tap";
import {
  observeSource,
  type PresentSource,
  type SeenSource,
  type SourceState,
} from "../../../src/core/source-state.ts";

/** What a GET showed: values by key. */
function seen(version: number, values: Readonly<Record<string, string>>): SeenSource {
  const content = new Map(
    Object.entries(values).map(([name, value]) => [name, { sha256: value, binary: value.startsWith("bin") }]),
  );
  return { uid: "u", version, content, writtenAt: 0, ignored: false };
}

const since = (state: PresentSource) =>
  Object.fromEntries([...state.history].map(([name, history]) => [name, history.since]));
const firsts = (state: PresentSource) =>
  [...state.history].filter(([, history]) => history.first).map(([name]) => name);

t.test("observeSource() dates each key by itself", async (t) => {
  const first = observeSource({ is: "absent" }, seen(5, { a: "1", b: "1" }), 5);
  const second = observeSource(first, seen(8, { a: "1", b: "2", c: "1" }), 8);
  t.same(since(second), { a: 5, b: 8, c: 8 });
  t.same(firsts(second), ["c"], "a key that was watched to appear");
  t.equal(second.appearedAt, 5);
  const third = observeSource(second, seen(9, { a: "1", b: "2", c: "bin 1" }), 9);
  t.same(since(third), { a: 5, b: 8, c: 9 }, "text that became binary has changed");
  t.same(firsts(third), []);
});

t.test("observeSource() does not claim that a new key is the first where it has missed something", async (t) => {
  const first = observeSource({ is: "absent" }, seen(5, { a: "1" }), 5);
  t.same(firsts(observeSource(first, seen(8, { a: "1", b: "1" }), 7)), []);
  t.same(firsts(observeSource(first, seen(8, { a: "1", b: "1" }), undefined)), []);
});

t.test("observeSource() remembers that a key was removed", async (t) => {
  const first = observeSource(undefined, seen(5, { a: "1", b: "1" }), undefined);
  const second = observeSource(first, seen(6, { a: "1" }), 6);
  t.equal(second.removedSince, 6);
  t.equal(observeSource(second, seen(7, { a: "2" }), 7).removedSince, 6);
  const back = observeSource(second, seen(8, { a: "1", b: "1" }), 8);
  t.same(since(back), { a: 5, b: 8 });
  t.same(firsts(back), ["b"], "its content of now is the first since it was missing");
});

/** Everything that happened to one source, in order; the reader sees some of it. */
const stories = fc.array(
  fc.record({
    values: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2"), { noNullPrototype: true }),
    isRead: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Told {
  readonly state: SourceState;
  /** What it really was, by version. */
  readonly truth: readonly Readonly<Record<string, string>>[];
}

/** Tells a story as a watch and GETs do: a GET shows the latest, the watch the first change since the last GET. */
function tell(story: readonly { values: Record<string, string>; isRead: boolean }[]): Told {
  let state: SourceState = { is: "absent" };
  let watchedAs: number | undefined;
  for (const [index, { values, isRead }] of story.entries()) {
    watchedAs ??= index + 1;
    if (!isRead) continue;
    state = observeSource(state, seen(index + 1, values), watchedAs);
    watchedAs = undefined;
  }
  return { state, truth: [{}, ...story.map(({ values }) => values)] };
}

t.test("observeSource() never dates content earlier than it was there", async () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { state, truth } = tell(story);
      if (state.is !== "present") return true;
      return [...state.history].every(([name, history]) => {
        const value = state.content.get(name)?.sha256;
        return truth.slice(history.since, state.version + 1).every((values) => values[name] === value);
      });
    }),
  );
});

t.test("observeSource() calls nothing the first content of a key that was there right before", async () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { state, truth } = tell(story);
      if (state.is !== "present") return true;
      return [...state.history].every(([name, history]) => {
        return !history.first || truth[history.since - 1]?.[name] === undefined;
      });
    }),
  );
});

t.test("observeSource() has a history of exactly the keys that are there", async () => {
  fc.assert(
    fc.property(stories, (story) => {
      const { state } = tell(story);
      if (state.is !== "present") return true;
      const isWithin = [...state.history.values()].every(({ since }) => since > 0 && since <= state.version);
      return isWithin && [...state.history.keys()].join() === [...state.content.keys()].join();
    }),
  );
});
