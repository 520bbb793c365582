import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// Annotations that cannot be read: an Event, an admission warning, a metric, and the reading of which no restart comes.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: ["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
  webhookArgs: ["--admission-timeout=900ms"],
});
const { kube } = install;
const pod = envFrom({ configMap: "app" }, { secret: "db" });

interface Row {
  readonly title: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly says: string;
  /** What still restarts the workload, and what does not. */
  readonly rolls: readonly string[];
  readonly leaves: readonly string[];
}

const used = ["configmap/app", "secret/db"];
const rows: readonly Row[] = [
  {
    title: "an opt-in label that is neither true nor false",
    labels: { "restamp.dev/enabled": "yes" },
    says: 'Cannot read restamp.dev/enabled on the workload: "yes" is neither "true" nor "false", so nothing is restarted',
    rolls: [],
    leaves: used,
  },
  {
    title: "an opt-in annotation that is neither true nor false",
    annotations: { "restamp.dev/enabled": "True" },
    says: 'Cannot read restamp.dev/enabled on the workload: "True" is neither "true" nor "false", so nothing is restarted',
    rolls: [],
    leaves: used,
  },
  {
    title: "a quiet time that is no duration",
    annotations: { "restamp.dev/settle": "soon" },
    says: 'Cannot read restamp.dev/settle on the workload: "soon" is not a duration, write for example "10s"',
    rolls: used,
    leaves: [],
  },
  {
    title: "a negative interval",
    annotations: { "restamp.dev/min-interval": "-1s" },
    says: 'Cannot read restamp.dev/min-interval on the workload: "-1s" is not a duration, write for example "10s"',
    rolls: used,
    leaves: [],
  },
  {
    title: "an extra source without a kind, beside a good one",
    annotations: { "restamp.dev/extra": "flags, configmap/shared" },
    says: 'Cannot read restamp.dev/extra on the workload: "flags" is not "configmap/NAME" or "secret/NAME" (NAME may hold * and ?)',
    rolls: ["configmap/shared", "configmap/app"],
    leaves: ["configmap/flags"],
  },
  {
    title: "an excluded source without a kind",
    annotations: { "restamp.dev/exclude": "db" },
    says: 'Cannot read restamp.dev/exclude on the workload: "db" is not "configmap/NAME" or "secret/NAME" (NAME may hold * and ?)',
    rolls: ["configmap/app"],
    leaves: ["secret/db"],
  },
];

t.test("a Namespace whose label opts nothing in: an Event on it, in itself", async (t) => {
  const shop = await openShop(install, "shouting");
  await kube.patch("/api/v1/namespaces/shouting", { metadata: { labels: { "restamp.dev/enabled": "True" } } });
  const told = async () => (await shop.events("shouting")).find(({ reason }) => reason === "AnnotationWithoutEffect");
  const note = 'Cannot read restamp.dev/enabled: "True" is neither "true" nor "false", so no workload takes part by it';
  t.match(await waitFor(told, { timeoutMs: 60_000 }), { type: "Warning", note });
});

t.test("a source whose wish to be ignored cannot be read: an Event on it, and no restart", async (t) => {
  const shop = await openShop(install, "ignored");
  const path = "/api/v1/namespaces/ignored/configmaps/app";
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  await shop.revision("web");
  await kube.patch(path, { metadata: { annotations: { "restamp.dev/ignore": "yes" } } });
  const told = async () => (await shop.events("app")).find(({ reason }) => reason === "InvalidAnnotation");
  const note = 'Cannot read restamp.dev/ignore: "yes" is neither "true" nor "false", so it rolls nothing';
  t.match(await waitFor(told, { timeoutMs: 60_000 }), { type: "Warning", note });
  await kube.patch(path, { data: { a: "2" } });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 1);
});

async function change(shop: Shop, source: string, value: string): Promise<void> {
  const [kind, name = ""] = source.split("/");
  await kube.apply(kind === "secret" ? shop.secret(name, { a: value }) : shop.configMap(name, { a: value }));
}

const invalid = async (metrics: Promise<string> | undefined): Promise<number> =>
  Number(/^restamp_invalid_annotations_total (\d+)/m.exec((await metrics) ?? "")?.[1]);

/**
 * Creates the workload "web" when the admission of it warns. API servers wait for a webhook for a second, and this machine may
 * stall for longer: so that is tried dry.
 */
async function create(shop: Shop, metadata: object, says: string): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${shop.namespace}/deployments`;
  const body = shop.deployment("web", pod, { metadata });
  const warns = async (): Promise<boolean> => {
    const { status, headers } = await kube.raw(`${path}?dryRun=All`, { method: "POST", body });
    if (status !== 201) throw new Error(`Cannot create Deployment "web": the API server answers ${status}`);
    return String(headers["warning"]).replaceAll("\\", "").includes(says);
  };
  await waitFor(warns, { timeoutMs: 60_000, describe: `an admission that warns: ${says}` });
  await kube.create(body);
}

async function told(shop: Shop, says: string): Promise<string> {
  const warning = async () =>
    (await shop.events("web")).find(({ reason, type }) => reason === "InvalidAnnotation" && type === "Warning")?.note;
  return waitFor(warning, { timeoutMs: 60_000, describe: `an Event that says ${says}` });
}

t.test("on a workload", async (t) => {
  const tried = rows.map(async ({ title, labels, annotations, says, rolls, leaves }, index) => {
    const shop = await openShop(install, `row-${index}`);
    for (const source of ["configmap/app", "configmap/flags", "configmap/shared", "secret/db"]) {
      await change(shop, source, "1");
    }
    await create(shop, { ...(labels && { labels }), ...(annotations && { annotations }) }, says);
    t.equal(await told(shop, says), says, `${title}: an Event says it`);
    await shop.caughtUp();
    let wanted = await shop.revision("web");
    for (const source of leaves) await change(shop, source, "2");
    await shop.caughtUp();
    t.equal(await shop.revision("web"), wanted, `${title}: not ${leaves.join(", ")}`);
    for (const source of rolls) {
      await change(shop, source, "3");
      await shop.rolled("web", ++wanted, 60_000);
      await shop.caughtUp();
      t.equal(await shop.revision("web"), wanted, `${title}: ${source}`);
    }
  });
  await Promise.all(tried);
  t.ok((await invalid(install.controllers[0]?.metrics())) >= rows.length, "the controller counts them");
  t.ok((await invalid(install.webhook?.metrics())) >= rows.length, "so does the webhook");
});

t.test("a word that is mended restarts nothing by itself", async (t) => {
  const shop = await openShop(install, "mended");
  for (const source of used) await change(shop, source, "1");
  await create(shop, { labels: { "restamp.dev/enabled": "yes" } }, '"yes" is neither "true" nor "false"');
  await change(shop, "configmap/app", "2");
  await shop.caughtUp();
  await kube.patch(shop.deployment("web"), { metadata: { labels: { "restamp.dev/enabled": "true" } } });
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 1);
  await change(shop, "configmap/app", "3");
  await shop.rolled("web", 2, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "a change after that does, once");
});

t.test("on a Namespace", async (t) => {
  const shop = await openShop(install, "whole");
  const annotations = { "restamp.dev/settle": "1 minute" };
  await kube.patch("/api/v1/namespaces/whole", { metadata: { annotations } });
  for (const source of used) await change(shop, source, "1");
  const says = 'Cannot read restamp.dev/settle on the Namespace: "1 minute" is not a duration, write for example "10s"';
  await create(shop, {}, says);
  t.equal(await told(shop, says), says);
  await change(shop, "configmap/app", "2");
  await shop.rolled("web", 2, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2);
});
