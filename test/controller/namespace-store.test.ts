import t from "tap";
import { createNamespaceStore, type NamespaceRules, readNamespace } from "../../controller/namespace-store.ts";
import { parseLabelSelector } from "../../src/core/label-selector.ts";

const parsed = parseLabelSelector("team in (a,b)");
if ("problem" in parsed) throw new Error(parsed.problem);
const namespaceSelector = parsed.selector;

/** A Namespace as the API server returns it, whose labels one manager wrote at `time`. */
const namespace = (name: string, labels: Record<string, string> = {}, time = "2026-01-01T00:00:00Z") => ({
  metadata: {
    name,
    labels,
    managedFields: [
      {
        time,
        fieldsV1: {
          "f:metadata": { "f:labels": Object.fromEntries(Object.keys(labels).map((key) => [`f:${key}`, {}])) },
        },
      },
    ],
  },
});

function setUp(rules: NamespaceRules = {}) {
  const changed: string[] = [];
  const store = createNamespaceStore((name) => void changed.push(name), rules);
  const read = (object: object) => readNamespace(object, rules);
  return { store, read, changed };
}

t.test("createNamespaceStore() selects by labels, which may change", async (t) => {
  const { store, read, changed } = setUp({ namespaceSelector });
  const handler = store.handler(undefined);
  t.equal(store.selects("shop"), undefined, "it is not known yet");
  handler.listing();
  handler.item(read(namespace("shop", { team: "a" })));
  handler.item(read(namespace("other", { team: "c" })));
  handler.listed();
  t.equal(store.selects("shop"), true);
  t.equal(store.selects("other"), false);
  t.same(changed.splice(0), ["shop", "other"]);

  handler.event("modified", read(namespace("shop", { team: "b" })));
  t.same(changed.splice(0), [], "it is selected as before");
  handler.event("modified", read(namespace("shop", {})));
  handler.event("modified", read(namespace("other", { team: "a" })));
  t.same([store.selects("shop"), store.selects("other")], [false, true]);
  t.same(changed.splice(0), ["shop", "other"]);
  handler.event("deleted", read(namespace("other")));
  t.equal(store.selects("other"), undefined);
});

t.test("createNamespaceStore() selects every Namespace without a selector, known or not", async (t) => {
  const { store } = setUp();
  t.equal(store.selects("shop"), true);
  t.equal(store.get("shop"), undefined);
});

t.test("createNamespaceStore() takes Namespaces that are not followed as ones that say nothing", async (t) => {
  const { store } = setUp({ followsNamespaces: false });
  t.same(store.get("shop"), { name: "shop", marks: { labels: {}, annotations: {} }, enabledAt: 0, selected: true });
  t.equal(store.selects("shop"), true);
});

t.test("createNamespaceStore() takes a Namespace that may not be read as one that says nothing, in time", async (t) => {
  const { store, read, changed } = setUp();
  const handler = store.handler("shop");
  handler.refused?.();
  handler.refused?.();
  t.equal(store.get("shop"), undefined, "an API server that starts may refuse what it is about to grant");
  handler.refused?.();
  t.match(store.get("shop"), { marks: { labels: {}, annotations: {} } });
  t.same(changed.splice(0), ["shop"]);

  handler.listing();
  handler.item(read(namespace("shop", { "restamp.dev/enabled": "true" })));
  handler.listed();
  for (let refusal = 0; refusal < 5; refusal++) handler.refused?.();
  t.match(store.get("shop"), { marks: { labels: { "restamp.dev/enabled": "true" } } }, "what was read stays known");
  const all = store.handler(undefined);
  for (let refusal = 0; refusal < 5; refusal++) all.refused?.();
  t.equal(store.get("other"), undefined, "of all of them nothing is presumed");
});

t.test("readNamespace() tells when the labels were written that decide on the reach", async (t) => {
  const [early, late] = ["2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"];
  const at = (labels: Record<string, string>, time: string, rules = {}) =>
    readNamespace(namespace("shop", labels, time), rules).enabledAt;
  t.equal(at({ "restamp.dev/enabled": "true" }, early), Date.parse(early));
  t.equal(at({ team: "a" }, late), 0, "others do not count");
  t.equal(at({ team: "a" }, late, { namespaceSelector }), Date.parse(late));
});
