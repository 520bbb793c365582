import { readFileSync } from "node:fs";
import t from "tap";
import { buildParts } from "../controlplane/build.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { openShop } from "../helpers/shop.ts";

// An API that is installed after the controller has started, and taken away again: Argo Rollouts without its controller.

interface Rollout extends KubeObject {
  readonly spec: { readonly template: { readonly metadata: { readonly annotations?: Record<string, string> } } };
}

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllerArgs: ["--settle=1s", "--min-interval=0s"] });
const { kube } = install;
const shop = await openShop(install, "late");
const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const crd = `${crds}/rollouts.argoproj.io`;
/** The controller looks for an API that is missing every 30 s. */
const noticed = { timeoutMs: 90_000, intervalMs: 500 };

function rollout(name: string): Rollout {
  const container = { name: "main", image: "registry.example/app:1", envFrom: [{ configMapRef: { name: "app" } }] };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [container] } };
  const spec = { replicas: 0, selector: { matchLabels: { app: name } }, strategy: { canary: {} }, template };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name, namespace: "late" },
    spec,
  } as Rollout;
}

async function installApi(): Promise<void> {
  const { assets } = await buildParts(["argo-rollouts"]);
  const file = assets["argo-rollouts"]?.find((each) => each.includes("rollout-crd"));
  const body = readFileSync(file ?? "", "utf8");
  await kube.raw(crds, { method: "POST", headers: { "content-type": "application/yaml" }, body });
  const served = async () => (await kube.raw("/apis/argoproj.io/v1alpha1")).body.includes('"Rollout"');
  await waitFor(served, { timeoutMs: 60_000, describe: "the API of Rollouts" });
}

/** How many Rollouts the controller looks after. */
async function tracked(): Promise<number> {
  const text = (await install.controllers[0]?.metrics()) ?? "";
  return Number(/^restamp_tracked_workloads\{kind="Rollout"\} (\d+)/m.exec(text)?.[1]);
}

t.test("the API of Rollouts appears, and goes, while the controller runs", async (t) => {
  // A missing API is no problem.
  await install.controllers[0]?.ready();
  await installApi();
  await kube.create(shop.configMap("app", { a: "1" }));
  const made = await kube.create<Rollout>(rollout("web"));
  await waitFor(async () => (await tracked()) === 1, { ...noticed, describe: "the Rollout to be noticed" });
  await shop.caughtUp();
  t.equal((await kube.get<Rollout>(made)).metadata.generation, 1, "it is adopted");
  await kube.patch(shop.configMap("app", {}), { data: { a: "2" } });
  await kube.waitFor<Rollout>(made, ({ metadata }) => metadata.generation === 2, { timeoutMs: 60_000 });
  t.match((await kube.get<Rollout>(made)).spec.template.metadata.annotations?.["restamp.dev/stamp"], "configmap/app=");
  await kube.delete(crd);
  await waitFor(async () => (await tracked()) === 0, { ...noticed, describe: "the Rollout to be forgotten" });
  await shop.caughtUp();
  // Nor is one that is gone.
  await install.controllers[0]?.ready();
});
