import t from "tap";
import { type ContentDeps, currentContent } from "../../controller/evidence.ts";
import { entryValue, mostResolved } from "../../src/core/current-entry.ts";
import { decide } from "../../src/core/decision.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { podReferences } from "../../src/core/pod-references.ts";
import { readPolicy } from "../../src/core/policy.ts";
import { type SourceId, sourceKey } from "../../src/core/source.ts";
import type { PresentSource, SourceState } from "../../src/core/source-state.ts";
import type { Stamp } from "../../src/core/stamp.ts";
import { workloadReferences } from "../../src/core/workload-references.ts";

const key = { id: "k1", bytes: Buffer.alloc(32) };
const secrets = ["db", "tls"].map((name) => ({ secretRef: { name } }));

function present(writtenAt: number, more: Partial<PresentSource> & { readonly value?: string } = {}): PresentSource {
  const { value = "x", ...rest } = more;
  const content = new Map([["a", { sha256: value, binary: false }]]);
  const none = { uid: "u", version: 1, history: new Map(), appearedAt: 0, removedSince: 0, ignored: false };
  return { is: "present", ...none, content, writtenAt, ...rest };
}

type States = Readonly<Record<string, SourceState>>;

interface Given {
  /** By key. What is not there was not read yet; all of them are candidates of a pattern. */
  readonly states: States;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly record?: ReadonlyMap<string, string>;
  readonly matching?: ContentDeps["matching"];
}

/** Of a workload that uses Secrets `db` and `tls`, and by default names ConfigMaps `app-*`. */
function contentOf({ states, annotations = { [keys.extra]: "configmap/app-*" }, record, matching }: Given) {
  const marks = { labels: {}, annotations: { [keys.enabled]: "true", ...annotations } };
  const policy = readPolicy(marks, { labels: {}, annotations: {} }, { settleMs: 0, minIntervalMs: 0 });
  const references = workloadReferences(podReferences({ spec: { containers: [{ envFrom: secrets }] } }), policy);
  const deps: ContentDeps = {
    state: (source) => states[sourceKey(source)],
    matching: matching ?? (() => Object.keys(states).map(sourceOf)),
  };
  const stamp: Stamp | undefined = record && { keyId: key.id, entries: record };
  return currentContent(deps, { namespace: "shop", references, record: stamp }, key);
}

function sourceOf(text: string): SourceId {
  const [kind, namespace = "", name = ""] = text.split("/");
  return { kind: kind === "Secret" ? "Secret" : "ConfigMap", namespace, name };
}

type Content = NonNullable<ReturnType<typeof contentOf>>;

const entriesOf = (content: Content | undefined) => [...(content?.entries.keys() ?? [])].sort();
const valuesOf = (content: Content | undefined) =>
  new Map([...(content?.entries ?? [])].map(([entry, current]) => [entry, entryValue(current)]));

/** What becomes of pods that are recorded to run with `record`. */
function changes(record: ReadonlyMap<string, string>, given: Omit<Given, "record">) {
  const content = contentOf({ ...given, record });
  if (content === undefined) throw new Error("It has not been read");
  const decision = decide({
    record: { keyId: key.id, entries: record },
    inherited: false,
    current: content.entries,
    provenance: { kind: "existed" },
    oneSequence: true,
    ignored: content.ignored,
    heeded: new Set(),
    writtenAt: content.writtenAt,
    patternOf: content.patternOf,
  });
  return decision.changes.map(({ entry, how }) => `${entry} ${how}`);
}

const all = { "Secret/shop/db": present(5), "Secret/shop/tls": present(9), "ConfigMap/shop/app-1": present(7) };
const allEntries = ["configmap/app-*", "configmap/app-1", "secret/db", "secret/tls"];

t.test("currentContent() is what all sources say", async (t) => {
  const content = contentOf({ states: all });
  t.same(entriesOf(content), allEntries);
  t.same([...(content?.patternOf ?? [])], [["configmap/app-1", "configmap/app-*"]]);
  const times = ["secret/db", "configmap/app-1", "configmap/app-*", "*"].map((entry) => content?.writtenAt(entry));
  t.same(times, [5, 7, 0, 9], "and when; nobody writes a pattern");
  t.same([...(content?.ignored ?? [])], []);
});

t.test("currentContent() waits until everything has been read", async (t) => {
  const { "Secret/shop/tls": _tls, ...some } = all;
  t.equal(contentOf({ states: some }), undefined, "a source");
  const matching = () => [sourceOf("ConfigMap/shop/app-1")];
  const { "ConfigMap/shop/app-1": _app, ...named } = all;
  t.equal(contentOf({ states: named, matching }), undefined, "a source that matches a pattern");
  t.equal(contentOf({ states: all, matching: () => undefined }), undefined, "what matches a pattern");
});

t.test("currentContent() leaves out what is to be ignored, and what no pattern matches", async (t) => {
  const content = contentOf({
    states: {
      ...all,
      "Secret/shop/db": present(5, { ignored: true }),
      "ConfigMap/shop/app-2": present(5, { ignored: true }),
      "ConfigMap/shop/web": present(5),
    },
  });
  t.same(entriesOf(content), ["configmap/app-*", "configmap/app-1", "secret/tls"]);
  t.same([...(content?.ignored ?? [])], ["secret/db", "configmap/app-2"]);
});

t.test("currentContent() leaves out what the workload excludes", async (t) => {
  const annotations = { [keys.extra]: "configmap/app-*", [keys.exclude]: "secret/db, configmap/app-2" };
  const content = contentOf({ states: { ...all, "ConfigMap/shop/app-2": present(5) }, annotations });
  t.same(entriesOf(content), ["configmap/app-*", "configmap/app-1", "secret/tls"]);
  t.same([...(content?.ignored ?? [])], ["secret/db"], "what the template refers to may come back");
});

t.test("currentContent() counts only marked sources where that is asked for", async (t) => {
  const annotations = { [keys.enabled]: "matched", [keys.extra]: "configmap/app-*" };
  const marked = { ...all, "Secret/shop/db": present(5, { matched: true }) };
  const content = contentOf({ states: marked, annotations });
  t.same(entriesOf(content), ["configmap/app-*", "configmap/app-1", "secret/db"], "what a pattern names needs no mark");
  t.same([...(content?.ignored ?? [])], ["secret/tls"]);
});

t.test(
  "a source that only a pattern names rolls when it changes, appears, or returns with other content",
  async (t) => {
    const recorded = valuesOf(contentOf({ states: all }));
    const { "ConfigMap/shop/app-1": _app, ...gone } = all;
    t.same(changes(recorded, { states: all }), []);
    const changed = { ...all, "ConfigMap/shop/app-1": present(7, { value: "y" }) };
    t.same(changes(recorded, { states: changed }), ["configmap/app-1 changed"]);
    const more = { ...all, "ConfigMap/shop/app-2": present(7) };
    t.same(changes(recorded, { states: more }), ["configmap/app-2 appeared"]);
    t.same(changes(recorded, { states: gone }), [], "that it is gone is no reason");
    t.match(contentOf({ states: gone, record: recorded })?.entries.get("configmap/app-1"), {
      is: "absent",
      required: false,
    });
    t.same(changes(recorded, { states: all }), [], "nor that it is back as it was");
    t.same(changes(recorded, { states: changed }), ["configmap/app-1 changed"]);
  },
);

t.test(
  "currentContent() holds what is gone only as long as it is recorded, named by a pattern and not excluded",
  async (t) => {
    const { "ConfigMap/shop/app-1": _app, ...gone } = all;
    const digest = "A".repeat(22);
    const record = new Map([
      ["configmap/app-1", digest],
      ["configmap/app-2", "absent"],
      ["configmap/app-3", digest],
      ["configmap/web", digest],
      ["configmap/app-*", digest],
      ["secret/app-1", digest],
    ]);
    const annotations = { [keys.extra]: "configmap/app-*", [keys.exclude]: "configmap/app-3" };
    t.same(entriesOf(contentOf({ states: gone, record, annotations })), allEntries);
  },
);

function many(count: number, length = 0): States {
  const names = Array.from(
    { length: count },
    (_, index) => `app-${String(index).padStart(3, "0")}${"x".repeat(length)}`,
  );
  return { ...all, ...Object.fromEntries(names.map((name) => [`ConfigMap/shop/${name}`, present(20)])) };
}
const apart = (content: Content | undefined) => entriesOf(content).length - 3;

t.test("currentContent() has one entry for more sources than it resolves", async (t) => {
  t.equal(apart(contentOf({ states: many(mostResolved - 1) })), mostResolved);
  const content = contentOf({ states: many(mostResolved) });
  t.same(entriesOf(content), ["configmap/app-*", "secret/db", "secret/tls"]);
  t.equal(content?.patternOf.size, 0);
  t.equal(content?.writtenAt("configmap/app-*"), 20, "as young as the youngest of them");
  const recorded = valuesOf(content);
  t.same(changes(recorded, { states: many(mostResolved) }), []);
  const changed = { ...many(mostResolved), "ConfigMap/shop/app-003": present(20, { value: "y" }) };
  t.same(changes(recorded, { states: changed }), ["configmap/app-* changed"]);
});

t.test("passing the number that is resolved is one change, either way", async (t) => {
  const [few, lots] = [many(mostResolved - 1), many(mostResolved)];
  t.same(changes(valuesOf(contentOf({ states: few })), { states: lots }), ["configmap/app-* changed"]);
  t.same(changes(valuesOf(contentOf({ states: lots })), { states: few }), ["configmap/app-* changed"]);
});

t.test("names that are made anew each time do not add up", async (t) => {
  let record = valuesOf(contentOf({ states: all }));
  for (let round = 0; round < mostResolved * 2; round++) {
    const { "ConfigMap/shop/app-1": _app, ...others } = all;
    const states = { ...others, [`ConfigMap/shop/app-hash${round}`]: present(round) };
    t.same(changes(record, { states }), [`configmap/app-hash${round} appeared`], "each new one is told");
    const content = contentOf({ states, record });
    t.ok(apart(content) <= mostResolved, "and no more is held than what is resolved");
    // A restart records what is there; what is gone is absent.
    record = valuesOf(content);
  }
});

t.test("currentContent() makes room in a stamp by the patterns first", async (t) => {
  const annotations = { [keys.extra]: "configmap/app-*, secret/app-*" };
  const [fits, longer, tooLong] = [28, 27, 32].map((count, index) => {
    const configMaps = Object.entries(many(count, 230 - index));
    return Object.fromEntries([
      ...configMaps,
      ...configMaps.map(([id, state]) => [id.replace("ConfigMap", "Secret"), state]),
    ]);
  });
  if (fits === undefined || longer === undefined || tooLong === undefined) throw new Error("There are three");
  const named = (content: Content | undefined) => content?.patternOf.size;
  const content = contentOf({ states: fits, annotations });
  t.equal(named(content), 58);
  const record = valuesOf(contentOf({ states: longer, annotations }));
  t.equal(named(contentOf({ states: fits, annotations, record })), 58, "what is gone is not held");
  t.same(changes(record, { states: fits, annotations }).length, 58 - 2, "and changes nothing: all others are new");
  const together = contentOf({ states: tooLong, annotations });
  t.same(
    entriesOf(together),
    ["configmap/app-*", "secret/app-*", "secret/db", "secret/tls"],
    "then each has one entry",
  );
  t.same(changes(valuesOf(together), { states: tooLong, annotations }), []);
  t.same(changes(valuesOf(content), { states: tooLong, annotations }), [
    "configmap/app-* changed",
    "secret/app-* changed",
  ]);
});

t.test("what the template refers to as well has its own entry, and no pattern's", async (t) => {
  const annotations = { [keys.extra]: "secret/*" };
  const content = contentOf({ states: all, annotations });
  t.same(entriesOf(content), ["secret/*", "secret/db", "secret/tls"]);
  t.same([...(content?.patternOf ?? [])], []);
  const { "Secret/shop/db": _db, ...gone } = all;
  const missing = contentOf({ states: { ...gone, "Secret/shop/db": { is: "absent" } }, annotations });
  t.match(missing?.entries.get("secret/db"), { is: "absent", required: true });
});
