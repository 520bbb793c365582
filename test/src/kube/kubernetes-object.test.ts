import t from "tap";
import { metadataOnly, objectName } from "../../../src/kube/kubernetes-object.ts";

t.test("metadataOnly() keeps no content, wherever it hides", async (t) => {
  const annotations = {
    "kubectl.kubernetes.io/last-applied-configuration": '{"data":"hunter2"}',
    "restamp.dev/ignore": "true",
  };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db", namespace: "shop", resourceVersion: "7", annotations, managedFields: [{ manager: "x" }] },
    data: { password: "hunter2" },
    stringData: { password: "hunter2" },
  };
  t.same(metadataOnly(secret), {
    metadata: { name: "db", namespace: "shop", resourceVersion: "7", annotations: { "restamp.dev/ignore": "true" } },
  });
  t.equal(annotations["restamp.dev/ignore"], "true", "the object itself is not changed");
  t.same(metadataOnly({ metadata: { name: "db" } }), { metadata: { name: "db" } });
  t.same(metadataOnly({}), { metadata: {} });
});

t.test("objectName() names an object with its namespace", async (t) => {
  t.equal(objectName({ metadata: { name: "db", namespace: "shop" } }), "shop/db");
  t.equal(objectName({ metadata: { name: "shop" } }), "shop");
  t.equal(objectName({}), "");
});
