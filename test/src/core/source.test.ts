import t from "tap";
import { isObjectName, sourceEntry, sourceKey } from "../../../src/core/source.ts";

t.test("sourceEntry() and sourceKey() tell kinds and namespaces apart", async (t) => {
  t.equal(sourceEntry({ kind: "ConfigMap", name: "app" }), "configmap/app");
  t.equal(sourceEntry({ kind: "Secret", name: "app" }), "secret/app");
  t.equal(sourceKey({ kind: "Secret", namespace: "shop", name: "app" }), "Secret/shop/app");
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
