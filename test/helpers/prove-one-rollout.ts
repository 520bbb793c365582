import type { Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { createStampReader } from "./current-stamp.ts";
import {
  deploymentsOf,
  eachRow,
  gaps,
  type MatrixRow,
  matrixRows,
  revisionsOnce,
  rowObjects,
  sourcesFirst,
  wantedRevisions,
} from "./deploy-matrix.ts";
import { deployMethods } from "./deploy-methods.ts";
import { type Install, type InstallOptions, installRestamp } from "./install.ts";
import { openShop, type Shop } from "./shop.ts";

/**
 * Options for tests that count rollouts. The settle time is well above the gaps, also on a slow machine, and no pacing
 * hides a rollout too many. How fast the webhook is on a busy machine is another promise.
 */
export const countingOptions = {
  controllerArgs: ["--settle=4s", "--settle-max=20s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
} as const satisfies InstallOptions;

/** Proves promise P1 for every method, order and gap, with the webhook or without it. */
export async function proveOneRollout(t: Test, webhook: "self-managed" | "none"): Promise<void> {
  const plane = await startControlPlane({ controllerManager: true });
  t.teardown(() => plane.stop());
  const install = await installRestamp(plane, { webhook, ...countingOptions });
  const shop = await openShop(install, "deploys");
  const rows = matrixRows(deployMethods(plane, install.kube));
  const before = await begin(install, shop, rows);

  for (const gapMs of gaps) {
    const batch = rows.filter((row) => row.gapMs === gapMs);
    await eachRow(batch, (row) => row.method.change(rowObjects(shop, row, 3), gapMs));
  }
  const wanted = new Map(rows.map((row) => [row.name, (before.get(row.name) ?? 0) + wantedRevisions(row)]));
  const revisions = await revisionsOnceSettled(install, shop, wanted);
  const reader = await createStampReader(install);
  const deployments = await deploymentsOf(install, shop.namespace);
  for (const row of rows) {
    t.equal(revisions.get(row.name), wanted.get(row.name), `${row.title}: revisions`);
    // Without the webhook the pods of a template that was written last are known to the ledger only.
    if (webhook === "none" && wantedRevisions(row) === 1) continue;
    const outdated = await reader.outdated(shop.namespace, deployments.get(row.name)?.spec.template);
    t.same(outdated, [], `${row.title}: the stamp says what is there`);
  }

  // What had been taken for known wrongly would roll now, or not at all.
  const once = new Map([...wanted].map(([name, revision]) => [name, revision + 1]));
  await eachRow(rows, async ({ name }) => void (await install.kube.replace(shop.configMap(name, { value: "4" }))));
  const last = await revisionsOnce(install, shop, once);
  for (const { name, title } of rows) t.equal(last.get(name), once.get(name), `${title}: the next change rolls`);
}

/** Creates all workloads, lets restamp roll some of them, and returns the revisions that they have. */
async function begin(install: Install, shop: Shop, rows: readonly MatrixRow[]): Promise<ReadonlyMap<string, number>> {
  for (const [method, group] of Map.groupBy(rows, (row) => row.method)) {
    const objects = group.flatMap((row) => rowObjects(shop, row, 1));
    await method.create(sourcesFirst(objects));
  }
  const ones = new Map(rows.map(({ name }) => [name, 1]));
  await revisionsOnce(install, shop, ones);
  const rolled = rows.filter(({ rolledBefore }) => rolledBefore);
  await eachRow(rolled, async ({ name }) => void (await install.kube.replace(shop.configMap(name, { value: "2" }))));
  return revisionsOnce(install, shop, new Map([...ones, ...rolled.map(({ name }) => [name, 2] as const)]));
}

/** The revisions when all that are due have come, and then all that are not: a barrier behind them has passed. */
export async function revisionsOnceSettled(
  install: Pick<Install, "kube">,
  shop: Shop,
  wanted: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  await revisionsOnce(install, shop, wanted);
  await shop.caughtUp();
  return revisionsOnce(install, shop, wanted);
}
