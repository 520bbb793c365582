import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { createSecretsStore, mounting } from "../helpers/secrets-store.ts";
import { openShop } from "../helpers/shop.ts";

// Classes of the Secrets Store CSI driver. What the driver does, the test does; its API comes after the controller.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(400_000);
t.teardown(() => plane.stop());
const paced = ["--settle=1s", "--min-interval=0s"];
const following = [...paced, "--secret-provider-classes"];
const kube = kubeClient(plane);
await permit();
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: following,
  webhookArgs: ["--admission-timeout=900ms", "--secret-provider-classes"],
});
const store = createSecretsStore(kube);
const shop = await openShop(install, "csi");
const bank = await openShop(install, "bank");
const entry = "secretproviderclass/";
const of = (name: string, pods: readonly string[], namespace = "csi") => ({ namespace, name, pods });
const three = ["web-1", "web-2", "web-3"];

/** The rights that `--secret-provider-classes` needs. */
async function permit(): Promise<void> {
  const name = "secrets-store-reader";
  const rule = { apiGroups: ["secrets-store.csi.x-k8s.io"], verbs: ["get", "list", "watch"] };
  const api = "rbac.authorization.k8s.io";
  await kube.create({
    apiVersion: `${api}/v1`,
    kind: "ClusterRole",
    metadata: { name },
    rules: [{ ...rule, resources: ["secretproviderclasses", "secretproviderclasspodstatuses"] }],
  });
  await kube.create({
    apiVersion: `${api}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: api, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name: "restamp-controller", namespace: "restamp-system" }],
  });
}

async function restart(args: readonly string[], whileDown: () => Promise<void> = async () => {}): Promise<void> {
  await Promise.all(install.controllers.map(({ running }) => running.stop()));
  await whileDown();
  await (await install.startController(args)).ready();
}

/**
 * Returns when the controller has acted on all that was written before: what the same watch reports later, a rotation of
 * another class, has gone all the way.
 */
async function caughtUp(): Promise<void> {
  const before = await shop.revision("barrier");
  await store.rotate(of("barrier", ["barrier-1"]), { key: `after ${before}` });
  await shop.rolled("barrier", before + 1);
  await shop.caughtUp();
}

/** How many classes the controller follows. */
async function tracked(): Promise<number> {
  const text = (await install.controllers.at(-1)?.metrics()) ?? "";
  return Number(/^restamp_tracked_sources\{kind="SecretProviderClass"\} (\d+)/m.exec(text)?.[1]);
}

t.test("the API appears while the controller runs", async (t) => {
  // A missing API is no problem.
  await install.controllers[0]?.ready();
  await kube.create(shop.deployment("web", mounting("db")));
  const reasons = async () => (await shop.events("web")).map(({ reason }) => reason);
  const isTold = async () => (await reasons()).includes("SourceMissing");
  await waitFor(isTold, { timeoutMs: 30_000, describe: "the Event of a class that is missing" });
  await store.install();
  await kube.create(store.providerClass("csi", "db"));
  await store.mount(of("db", three), { user: "1", password: "1" });
  // The controller looks for an API that is missing every 30 s; from then on it watches.
  await kube.create(store.providerClass("csi", "barrier"));
  await store.mount(of("barrier", ["barrier-1"]), { key: "1" });
  await kube.create(shop.deployment("barrier", mounting("barrier")));
  const isFollowed = async () => {
    const { status } = (await install.controllers[0]?.readyz()) ?? {};
    return status === 200 && (await tracked()) === 2;
  };
  await waitFor(isFollowed, { timeoutMs: 90_000, describe: "both classes to be followed" });
  await waitFor(
    async () => {
      await store.rotate(of("barrier", ["barrier-1"]), { key: String(Date.now()) });
      return (await shop.revision("barrier")) > 1;
    },
    { timeoutMs: 90_000, intervalMs: 2_000, describe: "the statuses to be watched" },
  );
  await caughtUp();
  t.equal(await shop.revision("web"), 1, "the first mount rolls nothing");
  t.notMatch(await shop.stamp("web"), entry, "the webhook says nothing of what it cannot know");
});

t.test("a rotation over three pods rolls exactly once", async (t) => {
  await store.rotate(of("db", three.slice(0, 1)), { user: "1", password: "2" });
  await shop.rolled("web", 2);
  await store.rotate(of("db", three.slice(1)), { user: "1", password: "2" });
  await caughtUp();
  t.equal(await shop.revision("web"), 2);
  t.match(await shop.stamp("web"), `${entry}db=`);
  const [event] = (await shop.events("web")).filter(({ reason }) => reason === "Restamped");
  t.match(event?.note, "SecretProviderClass db (1 of 2 keys) changed");
});

t.test("pods that start later roll nothing, whatever they start with, nor do those that go", async (t) => {
  await store.mount(of("db", ["web-4", "web-5"]), { user: "1", password: "2" });
  await store.unmount(of("db", three));
  await store.mount(of("db", ["web-6"]), { user: "1", password: "3" });
  await caughtUp();
  t.equal(await shop.revision("web"), 2);
  await store.rotate(of("db", ["web-4", "web-5"]), { user: "1", password: "3" });
  await shop.rolled("web", 3);
  await caughtUp();
  t.equal(await shop.revision("web"), 3, "once the running ones have it too, that is the change");
});

t.test("a template that is deployed anew rolls once, and keeps what is known of its class", async (t) => {
  const before = await shop.stamp("web");
  await kube.apply(shop.deployment("web", mounting("db"), { image: "registry.example/app:2" }), { fieldManager: "ci" });
  await shop.rolled("web", 4);
  await caughtUp();
  t.equal(await shop.revision("web"), 4);
  t.equal(await shop.stamp("web"), before);
});

t.test("a start of the controller rolls nothing but what was rotated in the meantime", async (t) => {
  await store.unmount(of("db", ["web-4", "web-5", "web-6"]));
  await store.mount(of("db", ["web-7", "web-8"]), { user: "1", password: "3" });
  await restart(following);
  await caughtUp();
  t.equal(await shop.revision("web"), 4);
  await restart(following, () => store.rotate(of("db", ["web-7", "web-8"]), { user: "2", password: "3" }));
  await shop.rolled("web", 5);
  await caughtUp();
  t.equal(await shop.revision("web"), 5);
});

t.test("classes of one name in two namespaces, and two classes of one workload, are told apart", async (t) => {
  for (const name of ["db", "tls"]) await kube.create(store.providerClass("bank", name));
  await kube.create(bank.deployment("both", mounting("db", "tls")));
  await kube.create(bank.deployment("one", mounting("tls")));
  for (const name of ["db", "tls"]) await store.mount(of(name, ["both-1", "both-2"], "bank"), { key: "1" });
  await caughtUp();
  await store.rotate(of("db", ["both-1", "both-2"], "bank"), { key: "2" });
  await bank.rolled("both", 2);
  await caughtUp();
  t.same([await bank.revision("both"), await bank.revision("one"), await shop.revision("web")], [2, 1, 5]);
});

t.test("a class that says so rolls nothing", async (t) => {
  const ignore = { metadata: { annotations: { "restamp.dev/ignore": "true" } } };
  await kube.patch(store.providerClass("bank", "tls"), ignore);
  // Another watch tells of classes: what comes after the annotation there has been seen when it is followed.
  await kube.create(bank.deployment("last", mounting("last")));
  await kube.create(store.providerClass("bank", "last"));
  await store.mount(of("last", ["last-1"], "bank"), { key: "1" });
  await caughtUp();
  await store.rotate(of("tls", ["both-1", "both-2"], "bank"), { key: "2" });
  await store.rotate(of("last", ["last-1"], "bank"), { key: "2" });
  await bank.rolled("last", 2);
  t.same([await bank.revision("both"), await bank.revision("one")], [2, 1]);
});

t.test("a label selector is about ConfigMaps and Secrets, and not about classes", async (t) => {
  await restart([...following, "--resource-label-selector=restamp=yes"]);
  await store.rotate(of("db", ["web-7"]), { user: "3", password: "3" });
  await shop.rolled("web", 6);
  await store.rotate(of("db", ["web-8"]), { user: "3", password: "3" });
  await restart(following);
  await caughtUp();
  t.equal(await shop.revision("web"), 6);
});

t.test("without the option no class is followed", async (t) => {
  await restart(paced);
  await store.rotate(of("db", ["web-7", "web-8"]), { user: "4", password: "3" });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 6);
  t.equal(await tracked(), 0);
});
