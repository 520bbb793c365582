import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// P6: a source that changes all the time does not roll its workloads all the time; the last content wins.

const changeEveryMs = 150;
const changingMs = 30_000;
/** `--settle-max`, and how far from it the first rollout may be on a busy machine. */
const settleCapMs = 10_000;
const slackMs = 3_000;

const plane = await startControlPlane({ controllerManager: true, audit: true });
t.teardown(() => plane.stop());
// All defaults: their values are the point.
const install = await installRestamp(plane);
const { kube } = install;
const shop = await openShop(install, "p6");

t.test(
  "a source that changes every 150 ms for 30 s: three rollouts at most, the last with the last content",
  async (t) => {
    const app = "/api/v1/namespaces/p6/configmaps/app";
    await kube.create(shop.configMap("app", { value: "0" }));
    const names = ["web", "worker"];
    for (const name of names) await kube.create(shop.deployment(name, envFrom({ configMap: "app" })));
    t.same(await shop.revisions(names), [1, 1]);
    await shop.caughtUp();

    const start = Date.now();
    let changes = 0;
    while (Date.now() < start + changingMs) {
      await kube.patch(app, { data: { value: String(++changes) } });
      await sleep(Math.max(0, start + changes * changeEveryMs - Date.now()));
    }
    t.ok(changes > 150, `${changes} changes`);
    // The user's own cluster has no audit log.
    for (const name of plane.owned ? names : []) {
      const firstMs = untilFirstRoll(name);
      t.ok(Math.abs(firstMs - settleCapMs) < slackMs, `${name} is rolled at the settle cap: after ${firstMs} ms`);
    }

    const during = await shop.revisions(names);
    // The last may have to wait for the least interval between two restarts.
    await waitFor(isSettled, { describe: "the last rollout", timeoutMs: 90_000 });
    const after = await shop.revisions(names);
    t.ok(
      during.every((revision) => revision >= 2),
      `rolled while it changes: revisions ${during}`,
    );
    t.ok(
      after.every((revision) => revision <= 4),
      `revisions ${after} after ${changes} changes`,
    );

    // A change that brings back what pods run with rolls nothing: so what they run with is the last content.
    await kube.patch(app, { data: { value: "other" } });
    await kube.patch(app, { data: { value: String(changes) } });
    await shop.caughtUp();
    t.ok(await isSettled(), "nothing waits for its interval");
    t.same(await shop.revisions(names), after);
  },
);

/** Milliseconds from the first change of the source to the first patch of a Deployment, by the API server's audit log. */
function untilFirstRoll(name: string): number {
  const patches = readAuditLog(plane.auditLog ?? "").filter(({ verb, status }) => verb === "patch" && status === 200);
  const change = patches.find(({ resource, name }) => resource === "configmaps" && name === "app");
  const roll = patches.find(
    (entry) => entry.user.endsWith(":restamp-controller") && entry.resource === "deployments" && entry.name === name,
  );
  return (roll?.at ?? Number.NaN) - (change?.at ?? Number.NaN);
}

/** Whether no workload waits to be rolled. */
async function isSettled(): Promise<boolean> {
  const [controller] = install.controllers;
  return /stale_workloads\{reason="waiting"\} 0/.test((await controller?.metrics()) ?? "");
}
