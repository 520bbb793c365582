import t from "tap";
import { createReferenceIndex } from "../../controller/reference-index.ts";
import type { SourceId } from "../../src/core/source.ts";
import { glob } from "../helpers/patterns.ts";

const configMap = (name: string, namespace = "shop"): SourceId => ({ kind: "ConfigMap", namespace, name });
const secret = (name: string, namespace = "shop"): SourceId => ({ kind: "Secret", namespace, name });
const pattern = (text: string) => glob("ConfigMap", text);
const shop = (sources: readonly SourceId[], patterns: readonly string[] = []) => ({
  namespace: "shop",
  sources,
  patterns: patterns.map(pattern),
});

function indexed() {
  const dropped: string[] = [];
  return { dropped, index: createReferenceIndex((key) => dropped.push(key)) };
}

t.test("set() tells which sources nobody referred to before", async (t) => {
  const { index } = indexed();
  t.same(index.set("cart", shop([configMap("a"), secret("a")])), [configMap("a"), secret("a")]);
  t.same(index.set("search", shop([configMap("a"), configMap("b")])), [configMap("b")]);
  t.same(index.set("cart", shop([configMap("a"), configMap("c")])), [configMap("c")]);
  t.same(index.set("cart", shop([configMap("a"), configMap("c")])), [], "the same again");
});

t.test("workloads() finds who refers to a source, be it there or not", async (t) => {
  const { index } = indexed();
  index.set("cart", shop([configMap("a"), secret("db")]));
  index.set("search", shop([configMap("a")]));
  t.same(index.workloads(configMap("a")), ["cart", "search"]);
  t.same(index.workloads(secret("db")), ["cart"]);
  t.same(index.workloads(secret("a")), [], "another kind");
  t.same(index.workloads(configMap("a", "other")), [], "another namespace");
  t.ok(index.has(configMap("a")));
  t.notOk(index.has(configMap("b")));
  t.equal(index.size(), 2);
});

t.test("workloads() finds who refers to a pattern", async (t) => {
  const { index } = indexed();
  index.set("cart", shop([configMap("app-1")], ["app-*"]));
  index.set("search", shop([], ["app-*", "flags"]));
  t.same(index.workloads(configMap("app-1")).toSorted(), ["cart", "search"], "each once");
  t.same(index.workloads(configMap("app-2")).toSorted(), ["cart", "search"]);
  t.same(index.workloads(configMap("flags")), ["search"]);
  t.same(index.workloads(secret("app-1")), []);
  t.same(index.workloads(configMap("app-1", "other")), []);
  t.ok(index.has(configMap("app-99")));
  t.notOk(index.has(configMap("web")));
  t.same(
    index
      .patterns("shop")
      .map((each) => each.text)
      .toSorted(),
    ["app-*", "app-*", "flags"],
  );
  t.same(index.patterns("other"), []);
});

t.test("onUnreferenced() hears of a source when its last workload is gone", async (t) => {
  const { dropped, index } = indexed();
  index.set("cart", shop([configMap("a"), configMap("b")]));
  index.set("search", shop([configMap("a")]));
  index.set("cart", shop([configMap("a")]));
  t.same(dropped, ["ConfigMap/shop/b"]);
  index.delete("cart");
  t.same(dropped, ["ConfigMap/shop/b"], "another one still refers to it");
  index.delete("search");
  index.delete("search");
  t.same(dropped, ["ConfigMap/shop/b", "ConfigMap/shop/a"]);
  t.equal(index.size(), 0);
});

t.test("onUnreferenced() does not hear of a source that a pattern still matches", async (t) => {
  const { dropped, index } = indexed();
  index.set("cart", shop([configMap("app-1")]));
  index.set("search", shop([], ["app-*"]));
  index.delete("cart");
  t.same(dropped, []);
  t.same(index.workloads(configMap("app-1")), ["search"]);
});

t.test("delete() forgets patterns", async (t) => {
  const { index } = indexed();
  index.set("cart", shop([], ["app-*"]));
  index.delete("cart");
  t.notOk(index.has(configMap("app-1")));
  t.same(index.patterns("shop"), []);
});

t.test("onPatternsLess() hears of a namespace whose workloads may use fewer patterns", async (t) => {
  const less: string[] = [];
  const index = createReferenceIndex(
    () => {},
    (namespace) => less.push(namespace),
  );
  index.set("cart", shop([configMap("a")]));
  index.delete("cart");
  t.same(less, [], "no pattern was in use");
  index.set("cart", shop([], ["app-*"]));
  index.set("cart", shop([], ["flags"]));
  t.same(less, ["shop"]);
  index.delete("cart");
  t.same(less, ["shop", "shop"]);
});
