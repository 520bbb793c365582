import t, { type Test } from "tap";
import { lastReloadedFromAnnotation } from "../../src/core/reloader/last-reloaded-from.ts";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { deploymentsOf, eachRow, type MatrixRow, revisionsOnce } from "../helpers/deploy-matrix.ts";
import { createHelm } from "../helpers/helm.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { startPacingProxy } from "../helpers/pacing-proxy.ts";
import { revisionsOnceSettled } from "../helpers/prove-one-rollout.ts";
import { type AnyWorkload, auto, reloaderEnv } from "../helpers/reloader-workloads.ts";
import { openShop, type Shop } from "../helpers/shop.ts";

// One `helm upgrade`, one rollout, also in place of Reloader: without the webhook, and with Reloader's marks on the templates.

t.setTimeout(400_000);
t.jobs = 1;

type Row = Pick<MatrixRow, "name" | "gapMs"> & { readonly serverSide: boolean };
/** Well below the settle time, also on a slow machine; all gaps are in test/e2e/one-rollout-helm.test.ts. */
const gaps = [0, 200];
const rows: readonly Row[] = [true, false].flatMap((serverSide) =>
  gaps.map((gapMs) => ({ serverSide, gapMs, name: `${serverSide ? "server" : "client"}-${gapMs}` })),
);

for (const strategy of ["env-vars", "annotations"] as const) {
  t.test(`restamp reloader --reload-strategy=${strategy}: helm upgrade`, async (t) => {
    const plane = await startControlPlane({ controllerManager: true, helm: true });
    t.teardown(() => plane.stop());
    const install = await installRestamp(plane, {
      manifests: { resources: ["overlays/reloader"] },
      controllerArgs: ["--settle=2s", "--settle-max=10s", "--min-interval=0s", `--reload-strategy=${strategy}`],
    });
    await upgradeReleases(t, { plane, install, strategy });
  });
}

interface Stage {
  readonly plane: ControlPlane;
  readonly install: Install;
  readonly strategy: "env-vars" | "annotations";
}

async function upgradeReleases(t: Test, { plane, install, strategy }: Stage): Promise<void> {
  const shop = await openShop(install, "releases", {});
  const helm = createHelm(plane);
  /** Helm's own patches, one after the other with the row's gap between them. */
  const upgrade = (versions: Versions, paced = false): Promise<void> =>
    eachRow(rows, async ({ name, serverSide, gapMs }) => {
      const proxy = paced ? await startPacingProxy(plane, gapMs) : undefined;
      const how = { namespace: shop.namespace, serverSide };
      const where = proxy === undefined ? how : { ...how, kubeconfig: proxy.kubeconfig };
      await helm.upgrade(name, release(shop, name, versions), where).finally(() => proxy?.stop());
    });
  const revisions = async (want: number, title: string): Promise<void> => {
    const wanted = new Map(rows.map(({ name }) => [name, want]));
    const found = await revisionsOnceSettled(install, shop, wanted);
    t.same(Object.fromEntries(found), Object.fromEntries(wanted), title);
  };

  await upgrade({ content: "1", image: "1" });
  await revisionsOnce(install, shop, new Map(rows.map(({ name }) => [name, 1])));
  await shop.caughtUp();
  await upgrade({ content: "2", image: "1" });
  await revisions(2, "ConfigMap and Secret alone: restamp rolls once");
  await marked(t, { install, shop, strategy });
  await upgrade({ content: "3", image: "3" }, true);
  await revisions(3, "ConfigMap, Secret and Deployment: one new revision");
  await upgrade({ content: "3", image: "3" });
  await revisions(3, "an upgrade without changes rolls nothing");
  await upgrade({ content: "4", image: "3" });
  await revisions(4, "the next change of content rolls once");
  await marked(t, { install, shop, strategy });
  await upgrade({ content: "4", image: "3" });
  await revisions(4, "and the upgrade without changes after it nothing");
  await upgrade({ content: "4", image: "5" });
  await revisions(5, "the Deployment alone: one new revision");
  await marked(t, { install, shop, strategy });
}

interface Versions {
  readonly content: string;
  readonly image: string;
}

/** A ConfigMap, a Secret and a Deployment that uses both and has a variable of its own. */
function release(shop: Shop, name: string, { content, image }: Versions): readonly KubeObject[] {
  const envFrom = [{ configMapRef: { name } }, { secretRef: { name } }];
  const container = { name: "main", env: [{ name: "MINE", value: image }], envFrom };
  const more = { image: `registry.example/app:${image}`, metadata: { annotations: auto } };
  return [
    shop.configMap(name, { content }),
    shop.secret(name, { content }),
    shop.deployment(name, { containers: [container] }, more),
  ];
}

/** Each mark is there once, next to what the chart says. */
async function marked(t: Test, stage: Pick<Stage, "install" | "strategy"> & { readonly shop: Shop }): Promise<void> {
  const { install, shop, strategy } = stage;
  const deployments = await deploymentsOf(install, shop.namespace);
  for (const { name } of rows) {
    const deployment = deployments.get(name) as unknown as AnyWorkload;
    const base = `STAKATER_${name.toUpperCase().replace("-", "_")}`;
    const variables = reloaderEnv(deployment).map((each) => each.replace(/=.*/, ""));
    const wanted = strategy === "env-vars" ? [`main ${base}_CONFIGMAP`, `main ${base}_SECRET`] : [];
    t.same(variables.sort(), wanted, `${name}: Reloader's variables, once`);
    const own = deployment.spec.template.spec.containers[0]?.env?.filter((each) => each.name === "MINE");
    t.equal(own?.length, 1, `${name}: the chart's variable, once`);
    const annotation = deployment.spec.template.metadata?.annotations?.[lastReloadedFromAnnotation];
    t.equal(annotation !== undefined, strategy === "annotations", `${name}: Reloader's annotation`);
  }
}
