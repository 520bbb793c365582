import t from "tap";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { webhookConfiguration } from "../../src/manifests/webhook-configuration.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// Reloader's annotations, and the webhook: a deploy of ConfigMap and workload is one revision whatever comes first.

const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--compatibility=reloader", "--settle=3s", "--min-interval=0s"],
  webhookArgs: ["--compatibility=reloader", "--admission-timeout=900ms"],
});
const { kube } = install;
const auto = (more: Readonly<Record<string, string>> = {}) => ({
  annotations: { "reloader.stakater.com/auto": "true", ...more },
});

t.test(
  "a workload with Reloader's annotations is stamped when it is created, and rolled once by a deploy",
  async (t) => {
    const shop = await openShop(install, "annotated", {});
    await callForReloader();
    await kube.create(shop.configMap("app", { a: "1" }));
    const web = shop.deployment("web", envFrom({ configMap: "app" }), { metadata: auto() });
    const stamped = async (): Promise<boolean> =>
      JSON.stringify(await kube.create<KubeObject>(web, { dryRun: "All" })).includes("restamp.dev/stamp");
    await waitFor(stamped, { describe: "the webhook to be called for Reloader's annotation" });
    const made = await kube.create<typeof web>(web);
    t.match(made.spec.template.metadata?.annotations?.["restamp.dev/stamp"], /^v1:[^;]+;configmap\/app=/);
    await kube.create(shop.deployment("other", envFrom({ configMap: "app" })));
    t.equal(await shop.stamp("other"), undefined, "one that says nothing is left alone");

    await kube.patch(shop.configMap("app", {}), { data: { a: "2" } });
    const pod = {
      template: shop.deployment("web", envFrom({ configMap: "app" }), { image: "registry.example/app:2" }).spec
        .template,
    };
    await kube.patch(web, { spec: pod });
    t.equal(await shop.revision("web"), 2);
    await kube.patch(shop.configMap("app", {}), { data: { a: "3" } });
    await shop.rolled("web", 3);
    t.equal(await shop.revision("web"), 3, "the deploy rolled once, the later change once");
    t.equal(await shop.revision("other"), 1);
  },
);

/** As "restamp manifests --compatibility=reloader" prints it. */
async function callForReloader(): Promise<void> {
  const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp";
  const stored = await kube.get<KubeObject & { readonly webhooks: readonly { readonly clientConfig: object }[] }>(path);
  const { optIn } = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
  const configuration = webhookConfiguration(createWorkloadKinds(), { optIn });
  const webhooks = configuration.webhooks.map((each, index) => ({
    ...each,
    clientConfig: stored.webhooks[index]?.clientConfig,
  }));
  await kube.patch(configuration, { webhooks });
}
