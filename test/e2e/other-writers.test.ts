import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// An advance that does not stick: because admission puts the old stamp back, or because another writer does.

const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=0s", "--min-interval=0s"],
  webhookArgs: ["--controller-service-account=somebody-else", "--admission-timeout=900ms"],
});
const { kube } = install;
const [controller] = install.controllers;

t.test("an advance that admission reverts makes the controller unready, and goes through once it may", async (t) => {
  const shop = await openShop(install, "reverted");
  await createWeb(shop);
  const stamp = await shop.stamp("web");
  // Neither the configuration nor the webhook recognizes the controller, nor can the webhook read what would prove it right.
  await callForEveryUser();
  const binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/restamp-webhook";
  const { metadata, ...granted } = await kube.get(binding);
  await kube.delete(binding);
  await waitFor(async () => (await warningsOfDryRun(shop)).includes("not permitted"), {
    describe: "the webhook to have lost its rights",
  });

  await change(shop, "2");
  const notReady = async () => (await controller?.readyz())?.text.includes("stamp advance reverted by admission");
  await waitFor(notReady, { describe: async () => `readiness to fail: ${(await controller?.readyz())?.text}` });
  t.equal(await shop.stamp("web"), stamp, "the old stamp was carried forward");
  await waitFor(async () => (await shop.events("web")).length > 0, { describe: "an Event" });
  t.match(await shop.events("web"), [{ type: "Warning", reason: "StampReverted" }]);
  t.match(await controller?.metrics(), /^restamp_stamp_reverted_total [1-9]/m);

  await kube.create({ ...granted, metadata: { name: metadata.name } });
  await shop.rolled("web", 2, 60_000);
  await controller?.ready();
  t.equal(await shop.revision("web"), 2, "what proves itself is let through");
});

t.test("an advance that another writer undoes three times within an hour suspends the workload", async (t) => {
  const shop = await openShop(install, "undone");
  await createWeb(shop);
  const path = "/apis/apps/v1/namespaces/undone/deployments/web";
  // Without admission, which would not let the old stamp through.
  const stamp = (await shop.stamp("web")) ?? "";
  await kube.delete(configuration);
  const undo = () =>
    kube.patch(
      path,
      { spec: { template: { metadata: { annotations: { "restamp.dev/stamp": stamp } } } } },
      { query: { fieldManager: "old-tool" } },
    );
  await change(shop, "2");
  for (let count = 0; count < 3; count++) {
    await waitFor(async () => (await shop.stamp("web")) !== stamp, { describe: `advance ${count + 1}` });
    await undo();
  }
  const suspended = async () => (await shop.events("web")).find(({ reason }) => reason === "Suspended");
  const event = await waitFor(suspended, {
    describe: async () => `the Event: ${JSON.stringify(await shop.events("web"))}`,
  });
  t.match(event, { type: "Warning", note: /field manager "old-tool" has undone 3/ });
  await shop.caughtUp();
  t.equal(await shop.stamp("web"), stamp, "it is left alone; others are not");
  t.match(await controller?.metrics(), /^restamp_stale_workloads\{reason="suspended"\} 1$/m);
});

t.test("restarts of restamp's own undo nothing, however many there are", async (t) => {
  const shop = await openShop(install, "busy");
  await createWeb(shop);
  for (let revision = 2; revision <= 7; revision++) {
    await change(shop, String(revision));
    await shop.rolled("web", revision);
  }
  t.same(
    (await shop.events("web")).filter(({ type }) => type === "Warning"),
    [],
  );
});

const configuration = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";

/** As after a rename that the shipped condition does not know. */
async function callForEveryUser(): Promise<void> {
  type Configuration = KubeObject & {
    readonly webhooks: readonly { readonly matchConditions: readonly { readonly name: string }[] }[];
  };
  const stored = await kube.get<Configuration>(configuration);
  const webhooks = stored.webhooks.map((webhook) => ({
    ...webhook,
    matchConditions: webhook.matchConditions.filter(({ name }) => name !== "not-restamp"),
  }));
  await kube.replace({ ...stored, webhooks });
}

async function createWeb(shop: Shop): Promise<void> {
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  await shop.revision("web");
}

async function change(shop: Shop, a: string): Promise<void> {
  await kube.patch(`/api/v1/namespaces/${shop.namespace}/configmaps/app`, { data: { a } });
}

/** What the webhook says to a Deployment that is not really created. */
async function warningsOfDryRun(shop: Shop): Promise<string> {
  const deployment = shop.deployment("probe", envFrom({ configMap: "app" }));
  const answer = await kube.raw(`/apis/apps/v1/namespaces/${shop.namespace}/deployments?dryRun=All`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(deployment),
  });
  return String(answer.headers["warning"] ?? "");
}
