import t from "tap";
import {
  isObjectName,
  isToldByPods,
  namedSourceKind,
  sourceEntry,
  sourceKey,
  sourceKind,
  sourceKinds,
} from "../../../src/core/source.ts";

t.test("sourceEntry() and sourceKey() tell kinds and namespaces apart", async (t) => {
  t.equal(sourceEntry({ kind: "ConfigMap", name: "app" }), "configmap/app");
  t.equal(sourceEntry({ kind: "Secret", name: "app" }), "secret/app");
  t.equal(sourceEntry({ kind: "SecretProviderClass", name: "app" }), "secretproviderclass/app");
  t.equal(sourceKey({ kind: "Secret", namespace: "shop", name: "app" }), "Secret/shop/app");
});

t.test("each kind of source is a row, found by its name and by the prefix of its entries", async (t) => {
  for (const { kind, prefix, reloaderType } of sourceKinds) {
    t.equal(sourceKind(kind).prefix, prefix);
    t.equal(namedSourceKind(prefix), kind);
    t.equal(namedSourceKind(kind), kind, "whatever the case");
    t.equal(reloaderType, kind.toUpperCase());
  }
  t.same(
    sourceKinds.filter(isToldByPods).map(({ kind }) => kind),
    ["SecretProviderClass"],
  );
  t.equal(namedSourceKind("pod"), undefined);
  t.equal(namedSourceKind("__proto__"), undefined);
});

const names = [
  { name: "app", valid: true },
  { name: "app-1.example", valid: true },
  { name: "0", valid: true },
  { name: "a".repeat(253), valid: true },
  { name: "a".repeat(254), valid: false },
  { name: "", valid: false },
  { name: "App", valid: false },
  { name: "-a", valid: false },
  { name: "a-", valid: false },
  { name: "a..b", valid: false },
  { name: "a/b", valid: false },
  { name: "a=b;c", valid: false },
  { name: "__proto__", valid: false },
  { name: "a\n", valid: false },
];
t.test("isObjectName() is what the API server takes as a DNS subdomain", async (t) => {
  for (const { name, valid } of names) t.equal(isObjectName(name), valid, JSON.stringify(name.slice(0, 20)));
});
