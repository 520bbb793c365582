import t, { type Test } from "tap";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import { eachRow, gaps, revisionsOnce } from "../helpers/deploy-matrix.ts";
import { createHelm } from "../helpers/helm.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { startPacingProxy } from "../helpers/pacing-proxy.ts";
import { countingOptions, revisionsOnceSettled } from "../helpers/prove-one-rollout.ts";
import { sharing } from "../helpers/shared-sources.ts";
import { openShop } from "../helpers/shop.ts";

// P1: one `helm upgrade`, one rollout.

for (const webhook of ["self-managed", "none"] as const) {
  const title = webhook === "none" ? "the controller alone" : "webhook and controller";
  t.test(`${title}: helm upgrade`, { timeout: 300_000 }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true, helm: true });
    t.teardown(() => plane.stop());
    await upgradeReleases(t, plane, await installRestamp(plane, { webhook, ...countingOptions }));
  });
}

async function upgradeReleases(t: Test, plane: ControlPlane, install: Install): Promise<void> {
  const shop = await openShop(install, "releases");
  const helm = createHelm(plane);
  const rows = [true, false].flatMap((serverSide) =>
    gaps.map((gapMs) => ({ serverSide, gapMs, name: `${serverSide ? "server" : "client"}-${gapMs}` })),
  );
  await eachRow(rows, ({ name, serverSide }) =>
    helm.upgrade(name, sharing(shop, name, { names: [name], version: "1", image: "1" }), {
      namespace: shop.namespace,
      serverSide,
    }),
  );
  await revisionsOnce(install, shop, new Map(rows.map(({ name }) => [name, 1])));
  await eachRow(rows, async ({ name, serverSide, gapMs }) => {
    const proxy = await startPacingProxy(plane, gapMs);
    const how = { namespace: shop.namespace, serverSide, kubeconfig: proxy.kubeconfig };
    await helm.upgrade(name, sharing(shop, name, { names: [name], version: "2", image: "2" }), how).finally(proxy.stop);
  });
  const revisions = await revisionsOnceSettled(install, shop, new Map(rows.map(({ name }) => [name, 2])));
  for (const { name, serverSide, gapMs } of rows) {
    const way = serverSide ? "server-side apply" : "three-way patch";
    t.equal(revisions.get(name), 2, `helm upgrade, ${way}, ${gapMs} ms apart`);
  }
}
