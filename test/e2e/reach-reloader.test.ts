import t from "tap";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { workloadsOfEveryKind } from "../helpers/every-kind.ts";
import { type InstallOptions, installRestamp } from "../helpers/install.ts";
import { kustomize, parseManifests } from "../helpers/kustomize.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// The shipped install in place of Reloader works with the rights that it has: on the cluster, and with a Role in each namespace.

t.setTimeout(240_000);

const installs: readonly { title: string; manifests: InstallOptions["manifests"]; args: readonly string[] }[] = [
  { title: "overlays/reloader", manifests: { resources: ["overlays/reloader"] }, args: [] },
  {
    title: "overlays/reloader with components/scoped",
    manifests: { resources: ["overlays/reloader"], components: ["components/scoped"] },
    args: ["--namespaces=shop"],
  },
];

for (const { title, manifests, args } of installs) {
  t.test(`${title}: workloads of every kind are restarted, and nothing is refused`, async (t) => {
    const plane = await startControlPlane({ audit: true, controllerManager: true });
    t.teardown(() => plane.stop());
    const install = await installRestamp(plane, { controllers: 0, ...(manifests === undefined ? {} : { manifests }) });
    const { kube } = install;
    const shop = await openShop(install, "shop", {});
    const isScoped = args.length > 0;
    const granted = isScoped ? await kustomize({ resources: ["scoped/reloader"], namespace: "shop" }) : "";
    for (const object of parseManifests(granted)) await kube.apply(object, { fieldManager: "administrator" });
    await kube.create(shop.configMap("app", { value: "1" }));
    const pod = envFrom({ configMap: "app" });
    const auto = { annotations: { "reloader.stakater.com/auto": "true" } };
    await nextSecond();
    await kube.create(shop.deployment("web", pod, { metadata: auto }));
    for (const workload of workloadsOfEveryKind({ namespace: "shop", name: "every" }, pod)) {
      const { kind, metadata } = workload;
      if (["DaemonSet", "StatefulSet", "CronJob", "Job"].includes(kind)) {
        await kube.create({ ...workload, metadata: { ...metadata, ...auto } });
      }
    }
    const controllers = [
      await install.startController([...args, "--settle=0s", "--min-interval=0s"]),
      await install.startController([...args, "--settle=0s", "--min-interval=0s"]),
    ];
    await Promise.all(controllers.map((each) => each.ready()));
    await shop.caughtUp();
    const job = async (): Promise<string | undefined> =>
      (await kube.find("/apis/batch/v1/namespaces/shop/jobs/every"))?.metadata.uid;
    const before = await job();
    await kube.patch(shop.configMap("app", {}), { data: { value: "2" } });
    await shop.rolled("web", 2);
    const isReplaced = async (): Promise<boolean> => {
      const now = await job();
      return now !== undefined && now !== before;
    };
    await waitFor(isReplaced, { describe: "the Job to be created again", timeoutMs: 30_000 });
    t.match(JSON.stringify(await shop.get("web")), /STAKATER_APP_CONFIGMAP/);
    const count = async (): Promise<number> => {
      const leads = await Promise.all(controllers.map((each) => each.leads()));
      return leads.filter(Boolean).length;
    };
    t.equal(await count(), 1, "one of the two leads");
    for (const each of controllers) await each.ready();
    await install.stop();
    const user = `system:serviceaccount:${install.namespace}:restamp-controller`;
    const refused = readAuditLog(plane.auditLog ?? "").filter((entry) => entry.user === user && entry.status === 403);
    t.same(
      refused.map(({ verb, path }) => `${verb} ${path}`),
      [],
    );
  });
}
