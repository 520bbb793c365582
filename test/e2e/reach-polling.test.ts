import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { clusterRules, reloadersRules, setClusterRules } from "../helpers/rights.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// With the rights that Reloader has: workloads may be listed and not watched, Namespaces not even listed.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0 });
const { kube } = install;
const granted = await clusterRules(kube);
await setClusterRules(kube, reloadersRules);
const shop = await openShop(install, "shop", {});
const optedIn = { metadata: { labels: { "restamp.dev/enabled": "true" } } };
await kube.create(shop.configMap("app", { value: "1" }));
await nextSecond();
await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), optedIn));
await kube.create(shop.deployment("old", envFrom({ configMap: "app" }), optedIn));
const controller = await install.startController([
  ...["--namespace-opt-in=false", "--poll-interval=1s"],
  ...["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"],
]);
await controller.ready();
await shop.caughtUp();
const edit = (value: string) => kube.patch(shop.configMap("app", {}), { data: { value } });

t.test("workloads that may not be watched are listed, and rolled", async (t) => {
  await edit("2");
  await shop.rolled("web", 2);
  await shop.rolled("old", 2);
  await edit("3");
  await shop.rolled("web", 3);
  await shop.rolled("old", 3);
  t.same(await shop.revisions(["web", "old"]), [3, 3]);
});

t.test("readiness says what is missing and what it costs, and is not failed by it", async (t) => {
  const text = await controller.ready();
  t.match(text, /^\[\+\]watches ok: Cannot watch deployments\.apps: forbidden, so all of them are listed every 1s: /m);
  t.match(text, /grant "watch" on "cronjobs\.batch"/);
  t.notMatch(
    text,
    /secrets|namespaces|deploymentconfigs/,
    "of what may be watched, is not needed or is not installed, nothing",
  );
  const isCounted = async (): Promise<boolean> =>
    /^restamp_watch_polls_total\{resource="deployments\.apps"\} [1-9]/m.test(await controller.metrics());
  await waitFor(isCounted, { describe: "the listings to be counted" });
});

t.test("workloads that come and go between two listings are noticed", async () => {
  await kube.create(shop.deployment("late", envFrom({ configMap: "app" }), optedIn));
  await kube.delete("/apis/apps/v1/namespaces/shop/deployments/old");
  await shop.caughtUp();
  const tracked = async (): Promise<boolean> =>
    /^restamp_tracked_workloads\{kind="Deployment"\} 2$/m.test(await controller.metrics());
  await waitFor(tracked, { describe: "two Deployments to be tracked" });
  await edit("4");
  await shop.rolled("late", 2);
});

t.test("it goes back to watching when that is granted", async () => {
  await setClusterRules(kube, granted);
  const isWatching = async (): Promise<boolean> => !/Cannot watch/.test((await controller.readyz()).text);
  await waitFor(isWatching, { describe: "watches", timeoutMs: 30_000 });
  const before = await shop.revision("web");
  await edit("5");
  await shop.rolled("web", before + 1);
  await controller.ready();
});
