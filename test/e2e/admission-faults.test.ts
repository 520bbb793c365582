import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { type Fault, startFaultyProxy } from "../helpers/faulty-proxy.ts";
import { waitLongerForWebhook } from "../helpers/patient-api-server.ts";
import { quickest } from "../helpers/quickest.ts";
import { type Deployment, envFrom, openShop } from "../helpers/shop.ts";
import { startWebhookProcess } from "../helpers/webhook-process.ts";

// P4: whatever goes wrong when the webhook reads, the API server has its answer in time and goes on.

t.setTimeout(180_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());
/** What is wrong with each read of a Secret. */
let fault: Fault | undefined;
const proxy = await startFaultyProxy(plane, {
  faultOf: ({ url }) => (url?.includes("/secrets/db") ? fault : undefined),
});
t.teardown(() => proxy.stop());
const kubeconfig = proxy.kubeconfigFor(plane.adminToken);
const args = [`--kubeconfig=${kubeconfig}`, "--admission-timeout=300ms"];
const hook = await startWebhookProcess(plane, { keys: true, certificate: true, args });
await hook.register();
const { kube } = hook;
await waitLongerForWebhook(kube);
const shop = await openShop({ kube }, "shop");
const uses = envFrom({ configMap: "app" }, { secret: "db" });
const deployments = "/apis/apps/v1/namespaces/shop/deployments";
const failedOpen = /^apiserver_admission_webhook_fail_open_count\{.*\} [1-9]/m;

await kube.create(shop.configMap("app", { level: "1" }));
await kube.create(shop.secret("db", { password: "1" }));
const isStamped = async () => stampOf(await kube.create<Deployment>(shop.deployment("probe", uses), { dryRun: "All" }));
await waitFor(isStamped, { describe: "the webhook to be called" });
await kube.create(shop.deployment("web", uses));
const stamp = (await shop.stamp("web")) ?? "";

/** Deploys another image; returns the stamp and the warnings that come back. */
async function deploy(image: string): Promise<{ status: number; stamp: string | undefined; warning: string }> {
  const body = JSON.stringify(shop.deployment("web", uses, { image }));
  const headers = { "content-type": "application/json" };
  const {
    status,
    body: text,
    headers: answered,
  } = await kube.raw(`${deployments}/web`, { method: "PUT", headers, body });
  return { status, stamp: stampOf(JSON.parse(text)), warning: String(answered["warning"] ?? "") };
}

const cases: readonly { readonly fault: Fault; readonly reason: RegExp }[] = [
  { fault: "hang", reason: /no answer in time/ },
  { fault: "500", reason: /did not answer/ },
  { fault: "503", reason: /did not answer/ },
  { fault: "429", reason: /too many requests/ },
  { fault: "reset", reason: /could not read Secret/ },
];

for (const { fault: each, reason } of cases) {
  t.test(`a read that ends in "${each}": the deploy goes through with the stored stamp and a warning`, async (t) => {
    fault = each;
    t.teardown(() => {
      fault = undefined;
    });
    let tries = 0;
    const { result, ms } = await quickest(1_000, () => deploy(`registry.example/app:${each}-${tries++}`));
    t.match(result, { status: 200, stamp }, "the stored stamp");
    t.match(result.warning, /could not read Secret \\?"db\\?": .*its stamp is kept/, "a warning that names the source");
    t.match(result.warning, reason, "and the reason");
    t.ok(ms < 1_000, `within the second that the API server waits for a webhook: ${ms} ms`);
  });
}

t.test("the API server has not had to go on without an answer", async (t) => {
  t.notMatch(await plane.apiServerMetrics(), failedOpen);
});

function stampOf({ spec }: Deployment): string | undefined {
  return spec.template.metadata?.annotations?.["restamp.dev/stamp"];
}
