import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { openFleet } from "../helpers/fleet.ts";
import { installRestamp } from "../helpers/install.ts";
import type { Deployment } from "../helpers/shop.ts";

// P3: nothing restarts without cause. Here: what others write, workloads and sources, with the webhook.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
});
const { kube } = install;
const fleet = await openFleet(install, "writes");
const { shop } = fleet;
const made = new Map<string, KubeObject>();
const path = (name: string): string => `/apis/apps/v1/namespaces/writes/deployments/${name}`;
const stamp = "restamp.dev/stamp";

/** The manifest of a workload as its owner has it: without stamp, status, or what the API server adds to metadata. */
function manifest(name: string): KubeObject {
  const { apiVersion, kind, spec } = made.get(name) as Deployment;
  const { annotations: _stamp, ...metadata } = (spec.template.metadata ?? {}) as Record<string, unknown>;
  const template = { ...spec.template, metadata };
  return { apiVersion, kind, metadata: { name, namespace: "writes" }, spec: { ...spec, template } } as KubeObject;
}

/** The same with a stamp in it, as somebody has committed it who copied the live object. */
function stampedManifest(name: string, text: string): KubeObject {
  const object = manifest(name) as Deployment;
  const metadata = { ...object.spec.template.metadata, annotations: { [stamp]: text } };
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, metadata } } } as KubeObject;
}

async function asList(kind: (name: string) => KubeObject | Promise<KubeObject>): Promise<string> {
  const items = await Promise.all(fleet.names.map(kind));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

const note = (value: string) => ({ metadata: { labels: { note: value }, annotations: { note: value } } });
const sources = [shop.configMap("app", {}), shop.secret("db", {})];

t.before(async () => {
  for (const name of fleet.names) made.set(name, await shop.get(name));
  await fleet.change("2");
  await fleet.rolled(2);
});

const cases: readonly { readonly title: string; readonly act: () => Promise<unknown> }[] = [
  { title: "PUT without the stamp", act: () => fleet.each((name) => kube.replace(manifest(name))) },
  {
    title: "PUT of the live object without its annotations",
    act: () =>
      fleet.each(async (name) => {
        const { metadata, ...live } = await shop.get(name);
        const bare = { ...live.spec.template.metadata, annotations: {} };
        const spec = { ...live.spec, template: { ...live.spec.template, metadata: bare } };
        const { resourceVersion: _version, managedFields: _managed, ...kept } = metadata;
        await kube.replace({ ...live, metadata: kept, spec } as KubeObject);
      }),
  },
  { title: "kubectl replace", act: async () => kube.kubectl(["replace", "-f", "-"], await asList(manifest)) },
  { title: "kubectl apply", act: async () => kube.kubectl(["apply", "-f", "-"], await asList(manifest)) },
  { title: "kubectl apply again", act: async () => kube.kubectl(["apply", "-f", "-"], await asList(manifest)) },
  {
    title: "kubectl apply --server-side",
    act: async () => kube.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], await asList(manifest)),
  },
  {
    title: "kubectl apply of manifests that hold an old stamp",
    act: async () => {
      const old = (name: string): string =>
        (made.get(name) as Deployment).spec.template.metadata?.annotations?.[stamp] ?? "";
      await kube.kubectl(["apply", "-f", "-"], await asList((name) => stampedManifest(name, old(name))));
    },
  },
  {
    title: "kubectl apply without it again",
    act: async () => kube.kubectl(["apply", "-f", "-"], await asList(manifest)),
  },
  {
    title: "server-side apply of manifests that hold a made-up stamp",
    act: () =>
      fleet.each((name) => kube.apply(stampedManifest(name, "v1:k1-abc;configmap/app=AAAAAAAAAAAAAAAAAAAAAA"))),
  },
  { title: "server-side apply without it again", act: () => fleet.each((name) => kube.apply(manifest(name))) },
  {
    title: "merge patch that removes the stamp",
    act: () =>
      fleet.each((name) =>
        kube.patch(path(name), { spec: { template: { metadata: { annotations: { [stamp]: null } } } } }),
      ),
  },
  {
    title: "rollout undo to the revision that differs in its stamp only",
    act: () => kube.kubectl(["rollout", "undo", "--namespace=writes", "deployment", ...fleet.names]),
  },
  {
    title: "edit of labels and annotations of workloads",
    act: () => fleet.each((name) => kube.patch(path(name), note("1"))),
  },
  {
    title: "scaling",
    act: () => fleet.each((name) => kube.patch(path(name), { spec: { replicas: 1 } }, { subresource: "scale" })),
  },
  {
    title: "edit of replicas",
    act: () => fleet.each((name) => kube.patch(path(name), { spec: { replicas: 0, minReadySeconds: 1 } })),
  },
  {
    title: "edit of labels and annotations of sources",
    act: () => Promise.all(sources.map((source) => kube.patch(source, note("1")))),
  },
  { title: "making a source immutable", act: () => kube.patch(shop.configMap("app", {}), { immutable: true }) },
  {
    title: "PUT of a source with the same content",
    act: async () => kube.replace({ ...shop.secret("db", {}), data: (await kube.get(shop.secret("db", {})))["data"] }),
  },
  {
    title: "server-side apply of a source with the same content",
    act: () => kube.apply(shop.configMap("app", { used: "2", unused: "1" })),
  },
];

t.test("nothing restarts because of", async (t) => {
  for (const { title, act } of cases) {
    const before = await fleet.stamps();
    await act();
    await shop.caughtUp();
    t.same(await fleet.counts(), { 2: 50 }, title);
    t.same(await fleet.stamps(), before, `${title}: the stamps stay`);
  }
});

t.test("dry runs show no difference and change nothing", async (t) => {
  const diff = (flags: readonly string[]) => async (): Promise<string> =>
    kube.kubectl(["diff", ...flags, "-f", "-"], await asList(async (name) => manifest(name)));
  const before = await fleet.stamps();
  t.notMatch(await diff([])().catch(String), stamp, "kubectl diff");
  t.notMatch(await diff(["--server-side", "--force-conflicts"])().catch(String), stamp, "kubectl diff --server-side");
  await fleet.each((name) => kube.apply(manifest(name), { dryRun: "All" }));
  await fleet.each(async (name) => {
    const answer = await kube.replace<Deployment>(manifest(name), { dryRun: "All" });
    if (!answer.spec.template.metadata?.annotations?.[stamp]) t.fail(`a dry run loses the stamp of ${name}`);
  });
  await shop.caughtUp();
  t.same(await fleet.counts(), { 2: 50 });
  t.same(await fleet.stamps(), before);
});

t.test("afterwards a change still restarts each workload, once", async (t) => {
  await kube.delete(shop.configMap("app", {}));
  await kube.create(shop.configMap("app", { used: "3", unused: "1" }));
  await kube.patch(shop.secret("db", {}), { stringData: { used: "3" } });
  await fleet.rolled(3);
  t.same(await fleet.counts(), { 3: 50 });
});
