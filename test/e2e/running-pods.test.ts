import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type MatrixRow, matrixRows, rowObjects, sourcesFirst, wantedRevisions } from "../helpers/deploy-matrix.ts";
import { deployMethods } from "../helpers/deploy-methods.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { podsOf } from "../helpers/pods.ts";
import { countingOptions, revisionsOnceSettled } from "../helpers/prove-one-rollout.ts";
import { leading } from "../helpers/restamp-process.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { type Timeline, timeline } from "../helpers/timeline.ts";

// P1 and P2 where pods run: while they are replaced, the status of their workload changes all the time.

t.setTimeout(300_000);
const replicas = 2;
const nowhere = { nodeSelector: { "kubernetes.io/hostname": "no-such-node" } };

for (const webhook of ["self-managed", "none"] as const) {
  t.test(webhook === "none" ? "the controller alone" : "webhook and controller", async (t) => {
    const plane = await startControlPlane({ kwok: { nodes: 1 } });
    t.teardown(() => plane.stop());
    // With the webhook as it is shipped, but for the deadline that a busy machine needs.
    const { webhookArgs } = countingOptions;
    const options = webhook === "none" ? countingOptions : { webhookArgs };
    const install = await installRestamp(plane, { webhook, ...options });
    const shop = await openShop(install, "running");
    const methods = deployMethods(plane, install.kube).filter(({ title }) => title === "server-side apply");
    // The longest gap: pods are being replaced when the next object is written.
    const longest = matrixRows(methods).filter(({ gapMs }) => gapMs === 700);
    const rows = longest.map((row) => ({ ...row, replicas }));
    await t.test("one deploy, one rollout", (t) => proveDeploys(t, { install, shop, rows }));
    if (webhook === "none") await t.test("after a restart", (t) => proveAfterRestart(t, { install, shop }));
  });
}

interface Bench {
  readonly install: Install;
  readonly shop: Shop;
}

/** A deploy of each order: what is written while pods are being replaced rolls no more than what is written at rest. */
async function proveDeploys(t: Test, { install, shop, rows }: Bench & { rows: readonly MatrixRow[] }): Promise<void> {
  const pods = podsOf(install.kube, shop.namespace);
  await Promise.all(rows.map((row) => row.method.create(sourcesFirst(rowObjects(shop, row, 1)))));
  const before = new Map(
    await Promise.all(rows.map(async ({ name }) => [name, await pods.running(name, replicas)] as const)),
  );
  await Promise.all(rows.map((row) => row.method.change(rowObjects(shop, row, 2), row.gapMs)));
  const wanted = new Map(rows.map((row) => [row.name, 1 + wantedRevisions(row)]));
  const revisions = await revisionsOnceSettled(install, shop, wanted);
  for (const { name, title } of rows) {
    t.equal(revisions.get(name), wanted.get(name), `${title}: revisions`);
    await pods.running(name, replicas);
    t.equal(await pods.kept(name, before.get(name) ?? new Map()), 0, `${title}: all pods are new`);
  }
}

/** What the controller has not seen itself, it knows by the status: whether pods of an earlier template can be alive. */
async function proveAfterRestart(t: Test, { install, shop }: Bench): Promise<void> {
  const pods = podsOf(install.kube, shop.namespace);
  const [resting, rolling] = ["resting", "rolling"].map((name) => timeline(install, shop, name)) as [
    Timeline,
    Timeline,
  ];
  for (const { name, createSource } of [resting, rolling]) {
    await createSource();
    await install.kube.create(shop.deployment(name, envFrom({ configMap: name }), { replicas }));
    await pods.running(name, replicas);
  }
  await shop.caughtUp();
  await install.controllers[0]?.running.stop();
  await rolling.deploy();
  await shop.rolled("rolling", 2);
  const old = await pods.running("rolling", replicas);
  // Its pods never run, so those of the second revision stay.
  await rolling.deploy(nowhere);
  await shop.rolled("rolling", 3);
  const controller = await install.startController();
  await controller.ready();
  await leading(controller);
  await shop.caughtUp();

  await resting.edit();
  await resting.deploy();
  await rolling.edit();
  await rolling.undo(2);
  await shop.rolled("rolling", 5, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("resting"), 2, "a deploy of a workload at rest is one rollout");
  t.equal(await shop.revision("rolling"), 5, "an undo in the middle of a rollout is rolled again");
  await pods.running("rolling", replicas);
  t.equal(await pods.kept("rolling", old), 0, "as it has revived pods that run with older content");
}
