import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { clusterRules, setClusterRules } from "../helpers/rights.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// What is looked after is chosen by labels and names; the API server leaves out the rest where it can.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0 });
const { kube } = install;
const quick = ["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"];

/** Runs a controller for one test; the one before has stopped. */
async function run(t: Test, ...args: readonly string[]): Promise<RestampProcess> {
  const controller = await install.startController([...quick, ...args]);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  return controller;
}
const optedIn = { metadata: { labels: { "restamp.dev/enabled": "true" } } };
const label = (shop: Shop, source: string, labels: Record<string, string | null>) =>
  kube.patch(shop.configMap(source, {}), { metadata: { labels } });
const edit = (shop: Shop, source: string, value: string) => kube.patch(shop.configMap(source, {}), { data: { value } });

/** Waits until a controller looks after one Deployment: it may still count one that is gone, or a Namespace that has left. */
async function tracksOne(controller: RestampProcess): Promise<void> {
  const isOne = async (): Promise<boolean> =>
    /^restamp_tracked_workloads\{kind="Deployment"\} 1$/m.test(await controller.metrics());
  await waitFor(isOne, { describe: "one Deployment to be looked after" });
}

t.test("--resource-label-selector: what it leaves out neither rolls nor blocks anything", async (t) => {
  const shop = await openShop(install, "sources");
  const selected = shop.configMap("selected", { value: "1" });
  await kube.create({ ...selected, metadata: { ...selected.metadata, labels: { reload: "yes" } } });
  await kube.create(shop.configMap("other", { value: "1" }));
  await nextSecond();
  await kube.create(shop.deployment("web", envFrom({ configMap: "selected" }, { configMap: "other" })));
  const controller = await run(t, "--resource-label-selector=reload in (yes,soon)");
  const isRecorded = async (): Promise<boolean> => /^restamp_ledger_entries 1$/m.test(await controller.metrics());
  await waitFor(isRecorded, { describe: "the Deployment to be recorded" });
  await edit(shop, "other", "2");
  await edit(shop, "selected", "2");
  await shop.rolled("web", 2);
  await edit(shop, "other", "3");
  await edit(shop, "selected", "3");
  await shop.rolled("web", 3);
  t.equal(await shop.revision("web"), 3, "no rollout is of the other");

  await t.test(
    "a label that is given takes a source in, without a rollout, and one that is taken lets it go",
    async (t) => {
      await label(shop, "other", { reload: "soon" });
      await edit(shop, "selected", "4");
      await shop.rolled("web", 4);
      await edit(shop, "other", "5");
      await shop.rolled("web", 5);
      await label(shop, "other", { reload: null });
      await edit(shop, "other", "6");
      await edit(shop, "selected", "6");
      await shop.rolled("web", 6);
      t.equal(await shop.revision("web"), 6, "no rollout is of the other");
    },
  );

  await t.test("a source that is required and left out is not missing", async (t) => {
    await kube.delete(shop.configMap("other", {}));
    await edit(shop, "selected", "7");
    await shop.rolled("web", 7);
    t.same(
      (await shop.events("web")).filter(({ reason }) => reason === "SourceMissing"),
      [],
    );
    await controller.ready();
  });
});

t.test("--namespace-selector: workloads come and go with the labels of their Namespace", async (t) => {
  const [inside, outside] = [
    await openShop(install, "inside", { team: "a", "restamp.dev/enabled": "true" }),
    await openShop(install, "outside", { team: "b", "restamp.dev/enabled": "true" }),
  ];
  for (const shop of [inside, outside]) {
    await kube.create(shop.configMap("app", { value: "1" }));
    await nextSecond();
    await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), optedIn));
  }
  const controller = await run(t, "--namespace-selector=team in (a,c)");
  await inside.caughtUp();
  await edit(outside, "app", "2");
  await edit(inside, "app", "2");
  await inside.rolled("web", 2);
  await inside.caughtUp();
  t.equal(await outside.revision("web"), 1, "its own label does not help it");
  t.same(await outside.events("web"), []);

  await kube.patch("/api/v1/namespaces/outside", { metadata: { labels: { team: "c" } } });
  // Its first Deployment to be rolled shows that the Namespace is known to have come in.
  await outside.caughtUp();
  t.equal(await outside.revision("web"), 1, "what changed outside does not count");
  await edit(outside, "app", "3");
  await outside.rolled("web", 2);

  await kube.patch("/api/v1/namespaces/inside", { metadata: { labels: { team: "b" } } });
  await tracksOne(controller);
  await edit(inside, "app", "3");
  await outside.caughtUp();
  t.equal(await inside.revision("web"), 2);
});

t.test("--namespaces-to-ignore: the API server leaves them out", async (t) => {
  const [seen, ignored] = [await openShop(install, "seen"), await openShop(install, "ignored")];
  for (const shop of [seen, ignored]) {
    await kube.create(shop.configMap("app", { value: "1" }));
    await nextSecond();
    await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), optedIn));
  }
  const controller = await run(t, "--namespaces-to-ignore=ignored,absent,sources,inside,outside");
  await seen.caughtUp();
  await edit(ignored, "app", "2");
  await edit(seen, "app", "2");
  await seen.rolled("web", 2);
  await seen.caughtUp();
  t.equal(await ignored.revision("web"), 1);
  await tracksOne(controller);
  await controller.ready();
});

t.test("--resources-to-ignore=secrets: nothing of Secrets is read, and no right on them is needed", async (t) => {
  const rules = await clusterRules(kube);
  const less = rules.map((rule) => ({ ...rule, resources: rule.resources.filter((each) => each !== "secrets") }));
  await setClusterRules(kube, less);
  t.teardown(() => setClusterRules(kube, rules));
  const shop = await openShop(install, "no-secrets");
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("app", { value: "1" }));
  await nextSecond();
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }, { secret: "app" }, { secret: "absent" })));
  const controller = await run(t, "--resources-to-ignore=Secrets");
  await shop.caughtUp();
  await kube.patch(shop.secret("app", {}), shop.secret("app", { value: "2" }));
  await edit(shop, "app", "2");
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2);
  t.notMatch(await controller.ready(), /secrets/);
});

t.test("--namespace-opt-in=false: no right on Namespaces is needed, and their labels say nothing", async (t) => {
  const rules = await clusterRules(kube);
  await setClusterRules(
    kube,
    rules.filter(({ resources }) => !resources.includes("namespaces")),
  );
  t.teardown(() => setClusterRules(kube, rules));
  const shop = await openShop(install, "unasked");
  await kube.create(shop.configMap("app", { value: "1" }));
  await nextSecond();
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  await kube.create(shop.deployment("own", envFrom({ configMap: "app" }), optedIn));
  const controller = await run(t, "--namespace-opt-in=false");
  await shop.caughtUp();
  await edit(shop, "app", "2");
  await shop.rolled("own", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 1);
  t.match(await controller.ready(), /^\[\+\]watches ok$/m);
});
