import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// The main job, installed with a prefix into kube-system: no name and no namespace is known to the code.

const plane = await startControlPlane({ controllerManager: true, certManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "cert-manager",
  namespace: "kube-system",
  namePrefix: "acme-",
  controllerArgs: ["--settle=1s"],
  webhookArgs: ["--admission-timeout=900ms"],
});
const { kube } = install;

t.test("restamp works under other names", async (t) => {
  t.equal(install.namespace, "kube-system");
  const shop = await openShop(install, "shop");
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  const stamp = await shop.stamp("web");
  t.match(stamp, /configmap\/app=/, "the webhook stamps");
  await kube.patch("/api/v1/namespaces/shop/configmaps/app", { data: { a: "2" } });
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "the controller rolls once, and the webhook lets its stamp through");
  t.not(await shop.stamp("web"), stamp);
  t.equal(await kube.find("/api/v1/namespaces/restamp-system"), undefined, "nothing is left in the usual namespace");
  t.ok(await kube.find("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/restamp-controller"));
  t.ok(await kube.find("/api/v1/namespaces/kube-system/secrets/restamp-keys"));
});
