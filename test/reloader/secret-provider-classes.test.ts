import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { createSecretsStore, mounting } from "../helpers/secrets-store.ts";
import { openShop } from "../helpers/shop.ts";
import { whoRolls } from "../helpers/who-rolls.ts";

// Reloader's annotations and flags for classes of the Secrets Store CSI driver. What the driver does, the test does.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, {
  controllers: 0,
  rights: [
    {
      apiGroups: ["secrets-store.csi.x-k8s.io"],
      resources: ["secretproviderclasses", "secretproviderclasspodstatuses"],
      verbs: ["get", "list", "watch"],
    },
  ],
});
const { kube } = install;
const store = createSecretsStore(kube);
await store.install();
type Texts = Readonly<Record<string, string>>;
interface Row {
  readonly title: string;
  readonly workload?: Texts;
  readonly template?: Texts;
  readonly driver?: string;
  readonly rolls: readonly string[];
}

interface Volume {
  readonly name: string;
  readonly csi: { readonly driver: string };
}

const auto = "reloader.stakater.com/auto";
const key = (name: string) => `secretproviderclass.reloader.stakater.com/${name}`;
const marks: Readonly<Record<string, Texts>> = {
  other: { "reloader.stakater.com/match": "true" },
  ignored: { "reloader.stakater.com/ignore": "true" },
};
const classes = ["vault", "other", "ignored"];
const counted = ["vault", "other"];

const rows: readonly Row[] = [
  { title: "auto", workload: { [auto]: "true" }, rolls: counted },
  { title: "whatever the driver is called", driver: "csi.example.com", workload: { [auto]: "true" }, rolls: counted },
  { title: "auto for SecretProviderClasses", workload: { [key("auto")]: "true" }, rolls: counted },
  { title: "auto for SecretProviderClasses on the pod template", template: { [key("auto")]: "1" }, rolls: counted },
  { title: "names of SecretProviderClasses", template: { [key("reload")]: "va.*" }, rolls: ["vault"] },
  {
    title: "excluded SecretProviderClasses",
    workload: { [key("auto")]: "true", "secretproviderclasses.exclude.reloader.stakater.com/reload": "vault" },
    rolls: ["other"],
  },
  { title: "search for SecretProviderClasses", workload: { "reloader.stakater.com/search": "true" }, rolls: ["other"] },
  { title: "auto for another kind", workload: { "secret.reloader.stakater.com/auto": "true" }, rolls: [] },
];

t.test("--enable-csi-integration", async (t) => {
  const shop = await openShop(install, "csi", {});
  const pods = (name: string) => ({ namespace: "csi", name, pods: [`${name}-1`] });
  for (const name of [...classes, "last"]) {
    const target = store.providerClass("csi", name);
    await kube.create({ ...target, metadata: { ...target.metadata, annotations: marks[name] ?? {} } });
    await store.mount(pods(name), { password: "1" });
  }
  for (const [index, { workload = {}, template = {}, driver }] of rows.entries()) {
    const { containers, volumes } = mounting(...classes) as { containers: unknown; volumes: readonly Volume[] };
    const renamed = volumes.map(({ csi, ...volume }) => ({ ...volume, csi: { ...csi, ...(driver && { driver }) } }));
    const { spec, ...rest } = shop.deployment(
      `row-${index}`,
      { containers, volumes: renamed },
      { metadata: { annotations: workload } },
    );
    const metadata = { ...spec.template.metadata, annotations: template };
    await kube.create({ ...rest, spec: { ...spec, template: { ...spec.template, metadata } } });
  }
  await kube.create(shop.deployment("last", mounting("last"), { metadata: { annotations: { [auto]: "true" } } }));
  // Their labels are the driver's: in Reloader, the selector leaves all of them out.
  const flags = ["--enable-csi-integration=true", "--resource-label-selector=reload=yes"];
  const controller = await runReloader(t, install, ...flags);
  const isFollowed = async (): Promise<boolean> =>
    (await controller.metrics()).includes(`restamp_ledger_entries ${rows.length}\n`);
  await waitFor(isFollowed, { describe: "what all workloads run with to be recorded" });

  // Statuses come by a watch of their own: what is written last is seen last.
  const caughtUp = async (): Promise<void> => {
    const revision = await shop.revision("last");
    await store.rotate(pods("last"), { password: `${revision + 1}` });
    await shop.rolled("last", revision + 1);
  };
  const expected = new Map(rows.map(({ rolls }, index) => [`row-${index}`, rolls]));
  const changes = Object.fromEntries(classes.map((name) => [name, () => store.rotate(pods(name), { password: "2" })]));
  const rolled = await whoRolls({ kube, shop, caughtUp }, expected, changes);
  for (const [index, { title, rolls }] of rows.entries()) {
    t.same(rolled.get(`row-${index}`)?.toSorted(), rolls.toSorted(), title);
  }
});
