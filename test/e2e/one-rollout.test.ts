import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// P1: one deploy, one rollout.

const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllerArgs: ["--settle=1s", "--settle-max=4s"] });
const { kube } = install;
const shop = await openShop(install, "p1");

t.test("a source that changes rolls the workloads that use it, once", async (t) => {
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  await kube.create(shop.deployment("other"));
  await shop.revision("web");
  await kube.patch("/api/v1/namespaces/p1/configmaps/app", { data: { a: "2" } });
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.same(await shop.revisions(["web", "other"]), [2, 1]);
});
