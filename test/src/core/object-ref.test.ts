import t from "tap";
import { apiVersion, configMaps, describeObject, leases, resourcePath } from "../../../src/core/object-ref.ts";

t.test("resourcePath() names a collection or an object, in its group", async (t) => {
  const cases = [
    { path: resourcePath(configMaps), want: "/api/v1/configmaps" },
    { path: resourcePath(configMaps, { namespace: "shop" }), want: "/api/v1/namespaces/shop/configmaps" },
    {
      path: resourcePath(leases, { namespace: "shop", name: "a" }),
      want: "/apis/coordination.k8s.io/v1/namespaces/shop/leases/a",
    },
  ];
  for (const { path, want } of cases) t.equal(path, want);
});

t.test("resourcePath() escapes what would be another path", async (t) => {
  const path = resourcePath(configMaps, { namespace: "../kube-system", name: "a/../b?x" });
  t.equal(path, "/api/v1/namespaces/..%2Fkube-system/configmaps/a%2F..%2Fb%3Fx");
});

t.test("apiVersion() leaves out the core group", async (t) => {
  t.strictSame([apiVersion(configMaps), apiVersion(leases)], ["v1", "coordination.k8s.io/v1"]);
});

t.test("describeObject() names the namespace where there is one", async (t) => {
  t.equal(describeObject({ kind: "Deployment", namespace: "shop", name: "cart" }), "Deployment shop/cart");
  t.equal(describeObject({ kind: "Namespace", namespace: "", name: "shop" }), "Namespace shop");
});
