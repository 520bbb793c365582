import t from "tap";
import { isWatched, type ReachOptions, readReach } from "../../controller/reach.ts";
import { shardOf } from "../../src/core/shard.ts";

const everything: ReachOptions = {
  watchNamespaces: [],
  namespacesToIgnore: [],
  namespaceSelector: "",
  namespaceOptIn: true,
  resourceLabelSelector: "",
};

const cases: readonly { title: string; given: Partial<ReachOptions>; want: object }[] = [
  {
    title: "everything",
    given: {},
    want: { namespaces: undefined, ignoredNamespaces: [], namespaceSelector: undefined, followsNamespaces: true },
  },
  {
    title: "all but some",
    given: { namespacesToIgnore: ["a", "b", "a"] },
    want: { namespaces: undefined, ignoredNamespaces: ["a", "b"] },
  },
  {
    title: "some, without what Namespaces say",
    given: { watchNamespaces: ["a", "b", "a"], namespaceOptIn: false },
    want: { namespaces: ["a", "b"], ignoredNamespaces: [], followsNamespaces: false },
  },
  {
    title: "some that are ignored as well",
    given: { watchNamespaces: ["a", "b"], namespacesToIgnore: ["b"] },
    want: { namespaces: ["a"], ignoredNamespaces: [], warnings: [/--namespaces-to-ignore, so ignored: b$/] },
  },
  {
    title: "nothing, not everything, where all that is named is ignored",
    given: { watchNamespaces: ["a"], namespacesToIgnore: ["a"] },
    want: { namespaces: [] },
  },
  {
    title: "by the labels of Namespaces, which must be read for that",
    given: { namespaceSelector: "team in (a,b)", namespaceOptIn: false },
    want: { namespaceSelector: { text: "team in (a,b)" }, followsNamespaces: true },
  },
  {
    title: "by name rather than by labels",
    given: { watchNamespaces: ["a"], namespaceSelector: "team=a", namespaceOptIn: false },
    want: {
      namespaceSelector: undefined,
      followsNamespaces: false,
      warnings: ["--namespace-selector has no effect beside --watch-namespaces, which names them"],
    },
  },
  {
    title: "of some, those of a shard",
    given: { watchNamespaces: ["shop", "team-a", "team-b"], shard: { index: shardOf("shop", 2), count: 2 } },
    want: { namespaces: ["shop", "team-a", "team-b"].filter((name) => shardOf(name, 2) === shardOf("shop", 2)) },
  },
  {
    title: "nothing, where nothing that is named belongs to the shard",
    given: { watchNamespaces: ["shop"], shard: { index: 1 - shardOf("shop", 2), count: 2 } },
    want: { namespaces: [], warnings: [/^Nothing that --watch-namespaces names belongs to --shard=[01]\/2/] },
  },
  {
    title: "by the labels of sources, in Reloader's notation too",
    given: { resourceLabelSelector: "reload:*" },
    want: { resourceLabelSelector: { text: "reload" } },
  },
];

for (const { title, given, want } of cases) {
  t.test(`readReach(): ${title}`, async (t) => {
    t.match(readReach({ ...everything, ...given }), { warnings: [], ...want });
  });
}

t.test("readReach() does not guess what a malformed selector means", async (t) => {
  t.throws(() => readReach({ ...everything, namespaceSelector: "team in a" }), {
    message: /^Cannot read label selector/,
  });
});

t.test("isWatched() tells the namespaces in which it is known what is there", async (t) => {
  const shard = { index: shardOf("a", 2), count: 2 };
  const other = { index: 1 - shard.index, count: 2 };
  const selector = { namespaceSelector: "team=a" };
  const rows: readonly (readonly [given: Partial<ReachOptions>, want: boolean])[] = [
    [{}, true],
    [{ watchNamespaces: ["a", "b"] }, true],
    [{ watchNamespaces: ["b"] }, false],
    [{ namespacesToIgnore: ["b"] }, true],
    [{ namespacesToIgnore: ["a"] }, false],
    [{ watchNamespaces: ["a"], namespacesToIgnore: ["a"] }, false],
    [{ shard }, true],
    [{ shard: other }, false],
    [{ watchNamespaces: ["a"], shard: other }, false],
    // It is watched what others contain, and left alone.
    [selector, true],
  ];
  for (const [given, want] of rows) {
    t.equal(isWatched(readReach({ ...everything, ...given }), "a"), want, JSON.stringify(given));
  }
});
