import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient } from "../controlplane/kube.ts";
import { type Fleet, openFleet } from "../helpers/fleet.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { nextSecond } from "../helpers/timeline.ts";

// P3: nothing restarts without cause. Here: restamp comes, adopts, restarts, is upgraded, goes, and comes back.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const how = {
  webhook: "self-managed",
  controllerArgs: ["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
} as const;
const never = { 1: 50 };
const optIn = { metadata: { labels: { "restamp.dev/enabled": "true" } } };

const before = await openFleet({ kube }, "before");
const adopted = await openFleet({ kube }, "adopted", { labels: {} });
const fleets: Fleet[] = [before, adopted];
// Workloads of the second in which restamp begins are in doubt.
await nextSecond();
let install: Install;

async function restart(): Promise<void> {
  const old = install.controllers.splice(0);
  await Promise.all([...old, install.webhook].map((each) => each?.running.stop()));
  await Promise.all([install.startController(), install.startWebhook()]);
  await Promise.all([...install.controllers, install.webhook].map((each) => each?.ready()));
}

/** As a rolling update does it: the new Pods start before the old ones stop. */
async function upgrade(): Promise<void> {
  const [old] = install.controllers.splice(0);
  const next = await install.startController(["--settle=0s", "--min-interval=0s", "--workers=16"]);
  await next.ready();
  await old?.running.stop();
  await install.webhook?.running.stop();
  await (await install.startWebhook()).ready();
}

async function uninstall(): Promise<void> {
  const kinds = "mutatingwebhookconfigurations,clusterroles,clusterrolebindings,namespaces";
  await kube.kubectl(["delete", kinds, "--selector=app.kubernetes.io/part-of=restamp", "--timeout=90s"]);
  await install.stop();
}

const cases: readonly { readonly title: string; readonly act: (t: Test) => Promise<void>; readonly gone?: boolean }[] =
  [
    {
      title: "installing it beside workloads that are there",
      async act() {
        install = await installRestamp(plane, how);
      },
    },
    {
      title: "creating workloads, which are stamped",
      async act(t) {
        const created = await openFleet(install, "created");
        fleets.push(created);
        // On a busy machine an admission may be late for one or another, which the controller then looks after.
        t.ok(
          (await created.stamps()).some((stamp) => stamp !== undefined),
          "by the webhook",
        );
      },
    },
    {
      title: "adopting a namespace, whose sources have changed since its workloads were created",
      async act() {
        await adopted.change("2");
        await adopted.shop.caughtUp();
        await kube.patch("/api/v1/namespaces/adopted", optIn);
      },
    },
    { title: "restarting controller and webhook", act: restart },
    { title: "restarting them again", act: restart },
    { title: "upgrading it, with other options", act: upgrade },
    { title: "uninstalling it", act: uninstall, gone: true },
    {
      title: "installing it again, with a new key and an empty ledger",
      async act() {
        install = await installRestamp(plane, how);
      },
    },
  ];

for (const { title, act, gone = false } of cases) {
  await t.test(`${title} restarts nothing`, async (t) => {
    await act(t);
    if (!gone) await Promise.all(fleets.map(({ shop }) => shop.caughtUp()));
    for (const { shop, counts } of fleets) t.same(await counts(), never, shop.namespace);
  });
}

t.test("afterwards a change still restarts each workload, once", async (t) => {
  await Promise.all(fleets.map(({ change }) => change("3")));
  await Promise.all(fleets.map(({ rolled }) => rolled(2)));
  for (const { shop, counts } of fleets) t.same(await counts(), { 2: 50 }, shop.namespace);
});
