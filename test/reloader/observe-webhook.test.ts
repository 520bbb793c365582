import t from "tap";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { startWebhookProcess } from "../helpers/webhook-process.ts";

// The webhook of a trial: it decides about every write, and changes none.

t.setTimeout(120_000);
const plane = await startControlPlane({ audit: true });
t.teardown(() => plane.stop());

for (const keys of [false, true]) {
  const title = keys ? "a digest key of an earlier install" : "no digest key";
  t.test(`restamp webhook --mode=observe, ${title}: ready, and no write is changed`, async (t) => {
    const hook = await startWebhookProcess(plane, { keys, certificate: true, args: ["--mode=observe"] });
    const { kube } = hook;
    await waitFor(async () => (await hook.ops("/readyz")).status === 200, { describe: "readiness" });
    await hook.register();
    const shop = await openShop(hook, `seen-${keys}`);
    await kube.create(shop.configMap("app", { value: "1" }));
    const count = async (outcome: string): Promise<number> => {
      const line = `restamp_admissions_total\\{operation="CREATE",outcome="${outcome}"\\} (\\d+)`;
      return Number(new RegExp(line).exec((await hook.ops("/metrics")).body)?.[1] ?? 0);
    };
    const web = shop.deployment("web", envFrom({ configMap: "app" }));
    // The API server takes its time to know of the webhook.
    const isAsked = async (): Promise<boolean> => {
      await kube.create(web, { dryRun: "All" });
      return (await count("stamped")) > 0;
    };
    await waitFor(isAsked, { describe: "an admission that would be stamped" });
    await kube.create(web);
    t.equal(await shop.stamp("web"), undefined, "a new workload is stored as it was sent");
    await kube.patch(web, {
      metadata: { annotations: { note: "1" } },
      spec: { template: { metadata: { annotations: { a: "b" } } } },
    });
    t.equal(await shop.stamp("web"), undefined, "a changed one, too");
    await hook.running.stop({ graceMs: 15_000 });
    const user = "system:serviceaccount:restamp-system:restamp-webhook";
    const calls = readAuditLog(plane.auditLog ?? "").filter((entry) => entry.user === user);
    t.ok(calls.length > 0);
    t.same(
      calls.filter(({ verb }) => verb !== "get"),
      [],
    );
  });
}
