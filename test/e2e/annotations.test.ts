import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// What annotations of a workload and of its Namespace ask for.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
});
const { kube } = install;

const names = ["app", "app-two", "flags", "shared"];
const pod = envFrom({ configMap: "app" }, { secret: "db" });
type Texts = Readonly<Record<string, string>>;

/** A Namespace with some sources and the workload "web", which uses ConfigMap "app" and Secret "db". */
async function open(namespace: string, asked: { web?: Texts; namespace?: Texts }): Promise<Shop> {
  const shop = await openShop(install, namespace);
  await kube.patch(`/api/v1/namespaces/${namespace}`, { metadata: { annotations: asked.namespace ?? {} } });
  for (const name of names) await kube.create(shop.configMap(name, { a: "1" }));
  for (const name of ["db", "app-key"]) await kube.create(shop.secret(name, { a: "1" }));
  await kube.create(shop.deployment("web", pod, { metadata: { annotations: asked.web ?? {} } }));
  await shop.caughtUp();
  return shop;
}

/** Changes a source, `configmap/app` or the like, and makes it if it is not there. */
async function change(shop: Shop, source: string, value: string): Promise<void> {
  const [kind, name = ""] = source.split("/");
  await kube.apply(kind === "secret" ? shop.secret(name, { a: value }) : shop.configMap(name, { a: value }));
}

interface Row {
  readonly title: string;
  readonly web?: Texts;
  readonly namespace?: Texts;
  readonly rolls: readonly string[];
  readonly leaves: readonly string[];
}

const extra = "restamp.dev/extra";
const exclude = "restamp.dev/exclude";
const settle = "restamp.dev/settle";

const rows: readonly Row[] = [
  { title: "nothing asked", rolls: ["configmap/app", "secret/db"], leaves: ["configmap/flags", "secret/app-key"] },
  {
    title: "extra names",
    web: { [extra]: "configmap/flags, secret/app-key" },
    rolls: ["configmap/flags", "secret/app-key", "configmap/app"],
    leaves: ["configmap/shared"],
  },
  {
    title: "an extra name of what does not exist yet",
    web: { [extra]: "configmap/later" },
    rolls: ["configmap/later"],
    leaves: ["configmap/flags"],
  },
  {
    title: "an extra pattern: what it matches, and what comes to match it",
    web: { [extra]: "configmap/app-*" },
    rolls: ["configmap/app-two", "configmap/app-three", "configmap/app-three", "secret/db"],
    leaves: ["configmap/flags", "secret/app-key"],
  },
  {
    title: "an excluded name",
    web: { [exclude]: "secret/db" },
    rolls: ["configmap/app"],
    leaves: ["secret/db"],
  },
  {
    title: "an excluded pattern",
    web: { [exclude]: "configmap/a?p, secret/*" },
    rolls: [],
    leaves: ["configmap/app", "secret/db"],
  },
  {
    title: "a Namespace's defaults",
    namespace: { [extra]: "configmap/shared", [exclude]: "secret/*" },
    rolls: ["configmap/shared", "configmap/app"],
    leaves: ["secret/db", "configmap/flags"],
  },
  {
    title: "a workload's own word in place of its Namespace's",
    web: { [extra]: "configmap/flags", [exclude]: "" },
    namespace: { [extra]: "configmap/shared", [exclude]: "secret/*" },
    rolls: ["configmap/flags", "secret/db"],
    leaves: ["configmap/shared"],
  },
];

t.test("which sources count", async (t) => {
  const tried = rows.map(async ({ title, web = {}, namespace = {}, rolls, leaves }, index) => {
    const shop = await open(`sources-${index}`, { web, namespace });
    let wanted = await shop.revision("web");
    let value = 2;
    for (const source of leaves) await change(shop, source, `${value++}`);
    await shop.caughtUp();
    t.equal(await shop.revision("web"), wanted, `${title}: not ${leaves.join(", ")}`);
    for (const source of rolls) {
      await change(shop, source, `${value++}`);
      await shop.rolled("web", ++wanted, 60_000);
      await shop.caughtUp();
      t.equal(await shop.revision("web"), wanted, `${title}: ${source}`);
    }
  });
  await Promise.all(tried);
});

t.test("a word that is given later restarts nothing by itself", async (t) => {
  const shop = await open("later", {});
  const web = shop.deployment("web");
  const said = async (annotations: Record<string, string | null>) => kube.patch(web, { metadata: { annotations } });
  await said({ [extra]: "configmap/flags, configmap/app-*" });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 1, "extra");
  await change(shop, "configmap/flags", "2");
  await shop.rolled("web", 2, 60_000);
  await said({ [extra]: null, [exclude]: "configmap/app" });
  await change(shop, "configmap/app", "2");
  await change(shop, "configmap/flags", "3");
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "exclude");
  await change(shop, "configmap/app", "3");
  await shop.caughtUp();
  await said({ [exclude]: null });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "what was excluded is adopted");
  await kube.patch("/api/v1/namespaces/later", { metadata: { annotations: { [extra]: "configmap/shared" } } });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "extra of the Namespace");
  await change(shop, "configmap/shared", "2");
  await shop.rolled("web", 3, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 3, "and a change after that restarts it, once");
});

t.test("the webhook keeps what only the controller knows about a pattern", async (t) => {
  const shop = await open("pattern", { web: { [extra]: "configmap/app-*" } });
  await change(shop, "configmap/app-two", "2");
  await shop.rolled("web", 2, 60_000);
  const entry = async () => /configmap\/app-\*=[\w-]+/.exec((await shop.stamp("web")) ?? "")?.[0];
  const before = await entry();
  t.ok(before, "the stamp has an entry for it");
  const { containers } = shop.deployment("web", pod, { image: "registry.example/app:2" }).spec.template.spec;
  await kube.patch(shop.deployment("web"), { spec: { template: { spec: { containers } } } });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 3, "a deploy is one revision");
  t.equal(await entry(), before);
});

t.test("settle", async (t) => {
  const slow = { [settle]: "1h" };
  const quickly = { [settle]: "0s" };
  const [own, inherited, quick] = await Promise.all([
    open("settle-own", { web: slow }),
    open("settle-namespace", {}),
    open("settle-quick", { web: quickly }),
  ]);
  for (const { namespace } of [inherited, quick]) {
    await kube.patch(`/api/v1/namespaces/${namespace}`, { metadata: { annotations: slow } });
  }
  const all = [own, inherited, quick];
  await own.caughtUp();
  await Promise.all(all.map((shop) => change(shop, "configmap/app", "2")));
  await quick.rolled("web", 2, 60_000);
  await own.caughtUp();
  t.same(await Promise.all([own, inherited].map((shop) => shop.revision("web"))), [1, 1], "a long one waits");
  t.match(
    await install.controllers[0]?.metrics(),
    /^restamp_stale_workloads\{reason="waiting"\} 2$/m,
    "which is shown",
  );
  await kube.patch(own.deployment("web"), { metadata: { annotations: quickly } });
  await kube.patch("/api/v1/namespaces/settle-namespace", { metadata: { annotations: { [settle]: null } } });
  for (const shop of all) await shop.rolled("web", 2, 60_000);
  await own.caughtUp();
  t.same(await Promise.all(all.map((shop) => shop.revision("web"))), [2, 2, 2], "until the word is another one");
});
