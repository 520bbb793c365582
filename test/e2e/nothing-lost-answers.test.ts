import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { startControllerThrough, startFaultyProxy } from "../helpers/faulty-proxy.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// P2, nothing is lost: writes that the API server carries out, while the connection breaks before it has answered.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0 });
const { kube } = install;
/** Paths of Deployments whose next PATCH loses its answer. */
const toLose = new Set<string>();
const proxy = await startFaultyProxy(plane, {
  faultOf({ method, url = "" }) {
    const isLost = method === "PATCH" && toLose.delete(url.replace(/\?.*/, ""));
    return isLost ? "lost" : undefined;
  },
});
t.teardown(() => proxy.stop());

t.test("restamp's own write is not another's, also when every second answer is lost", async (t) => {
  const shop = await openShop(install, "shop");
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  await nextSecond();
  await startControllerThrough(proxy, install, ["--settle=0s", "--min-interval=0s"]);
  await shop.caughtUp();
  for (let revision = 2; revision <= 10; revision++) {
    if (revision % 2 === 1) toLose.add("/apis/apps/v1/namespaces/shop/deployments/web");
    await kube.patch(shop.configMap("app", {}), { data: { value: `${revision}` } });
    await shop.rolled("web", revision);
    await shop.caughtUp();
    t.equal(toLose.size, 0, "the answer was lost");
    t.equal(await shop.revision("web"), revision, "once");
  }
  const reasons = new Set((await shop.events("web")).map(({ reason }) => reason));
  t.notOk(reasons.has("Suspended"), [...reasons].join());
});
