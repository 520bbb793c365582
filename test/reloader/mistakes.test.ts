import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";
import { whoRolls } from "../helpers/who-rolls.ts";

// Annotations that Reloader does not read, or cannot: they do what they do there, and their owners are told what to write instead.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;
const shop = await openShop(install, "shop", {});
const annotatedNamespace = { metadata: { annotations: { "reloader.stakater.com/auto": "true" } } };
await kube.patch("/api/v1/namespaces/shop", annotatedNamespace);

type Texts = Readonly<Record<string, string>>;
interface Row {
  readonly title: string;
  readonly workload?: Texts;
  readonly template?: Texts;
  readonly labels?: Texts;
  readonly pod?: PodBody;
  readonly reason: "AnnotationWithoutEffect" | "InvalidAnnotation" | "NothingToFollow";
  readonly says: string;
  readonly rolls: boolean;
}

const auto = "reloader.stakater.com/auto";
const search = "reloader.stakater.com/search";
const match = "reloader.stakater.com/match";
const ignore = "reloader.stakater.com/ignore";
const configMaps = "configmap.reloader.stakater.com/reload";
const exclude = "configmaps.exclude.reloader.stakater.com/reload";
const pausePeriod = "deployment.reloader.stakater.com/pause-period";
const reason = "AnnotationWithoutEffect";
const empty =
  "It takes part, and refers to no ConfigMap or Secret that counts: name what it reads through the API in " +
  "configmap.reloader.stakater.com/reload or secret.reloader.stakater.com/reload";

const rows: readonly Row[] = [
  {
    title: "match on a workload",
    workload: { [match]: "true" },
    reason,
    says: `${match} is read on ConfigMaps and Secrets: on a workload write ${search}: "true"`,
    rolls: false,
  },
  {
    title: "kind on a workload",
    workload: { [auto]: "true", "reloader.stakater.com/kind": "secret" },
    reason,
    says: 'reloader.stakater.com/kind is not read: write configmap.reloader.stakater.com/auto or secret.reloader.stakater.com/auto: "true"',
    rolls: true,
  },
  {
    title: "ignore on a workload",
    workload: { [auto]: "true", [ignore]: "true" },
    reason,
    says: `${ignore} is read on ConfigMaps and Secrets: a workload opts out by leaving ${auto} out`,
    rolls: true,
  },
  {
    title: "exclude on a pod template",
    workload: { [auto]: "true" },
    template: { [exclude]: "app" },
    reason,
    says: `${exclude} on the pod template is not read: write it on the workload`,
    rolls: true,
  },
  {
    title: "an expression among excluded names",
    workload: { [auto]: "true", [exclude]: "ap.*" },
    reason,
    says: `${exclude} takes whole names, and "ap.*" is none: for patterns write restamp.dev/exclude`,
    rolls: true,
  },
  {
    title: "a label in place of an annotation",
    labels: { [auto]: "true" },
    reason,
    says: `${auto} is not read as a label: write it as an annotation`,
    rolls: false,
  },
  {
    title: "a malformed expression",
    workload: { [auto]: "true", [configMaps]: "+" },
    reason: "InvalidAnnotation",
    says: `Cannot read ${configMaps}: "+" is not a regular expression of Go: missing argument to repetition operator: \`+\``,
    rolls: true,
  },
  {
    title: "a pause that is no duration",
    workload: { [auto]: "true", [pausePeriod]: "5 minutes" },
    reason: "InvalidAnnotation",
    says: `Cannot read ${pausePeriod}: "5 minutes" is not a duration of Go, write for example "5m"`,
    rolls: true,
  },
  {
    title: "opted in, and nothing to follow",
    workload: { [auto]: "true" },
    pod: {},
    reason: "NothingToFollow",
    says: empty,
    rolls: false,
  },
  {
    title: "opted in for Secrets, and it uses none",
    workload: { "secret.reloader.stakater.com/auto": "true" },
    reason: "NothingToFollow",
    says: empty,
    rolls: false,
  },
  {
    title: "a volume that no container mounts",
    workload: { [auto]: "true" },
    pod: { volumes: [{ name: "app", configMap: { name: "app" } }] },
    reason: "NothingToFollow",
    says: empty,
    rolls: false,
  },
];

async function warnings(name: string) {
  const events = (await shop.events(name)).filter(({ type }) => type === "Warning");
  return events.map(({ reason, note }) => ({ reason, note }));
}

async function told(t: Test, name: string, want: { title: string; reason: string; says: string }): Promise<void> {
  await waitFor(async () => (await warnings(name)).length > 0, { describe: `an Event about ${want.title}` });
  t.same(await warnings(name), [{ reason: want.reason, note: want.says }], want.title);
}

t.test("on workloads", async (t) => {
  await kube.create(shop.configMap("app", { value: "1" }));
  await nextSecond();
  for (const [index, { workload = {}, template = {}, labels = {}, pod }] of rows.entries()) {
    const metadata = { annotations: workload, labels };
    const { spec, ...rest } = shop.deployment(`row-${index}`, pod ?? envFrom({ configMap: "app" }), { metadata });
    const templateMetadata = { ...spec.template.metadata, annotations: template };
    await kube.create({ ...rest, spec: { ...spec, template: { ...spec.template, metadata: templateMetadata } } });
  }
  await kube.create(shop.deployment("silent", envFrom({ configMap: "app" })));
  const controller = await runReloader(t, install);
  await shop.caughtUp();
  const expected = new Map(rows.map(({ rolls }, index) => [`row-${index}`, rolls ? ["app"] : []]));
  const changes = { app: () => kube.patch(shop.configMap("app", {}), { data: { value: "2" } }) };
  const rolled = await whoRolls({ kube, shop }, expected, changes);
  for (const [index, row] of rows.entries()) {
    await told(t, `row-${index}`, row);
    t.same(rolled.get(`row-${index}`), row.rolls ? ["app"] : [], `${row.title}: what it does`);
  }
  t.equal(await shop.revision("silent"), 1, "an annotation of a Namespace is not read");
  t.match(await controller.ready(), /startup ok/, "none of them is fatal");
});

t.test("on sources", async (t) => {
  const annotated = async (name: string, annotations: Texts) => {
    const source = shop.configMap(name, { value: "1" });
    await kube.create({ ...source, metadata: { ...source.metadata, annotations } });
  };
  await annotated("before", { [auto]: "true" });
  await runReloader(t, install);
  await annotated("searching", { [search]: "true" });
  await annotated("fine", { [match]: "true" });
  await told(t, "before", {
    title: "auto on a ConfigMap",
    reason,
    says: `${auto} is read on workloads: write it on those that use this`,
  });
  await told(t, "searching", {
    title: "search on a ConfigMap",
    reason,
    says: `${search} is read on workloads: on a ConfigMap or Secret write ${match}: "true"`,
  });
  await kube.patch(shop.configMap("before", {}), { data: { value: "2" } });
  await shop.caughtUp();
  t.equal((await warnings("before")).length, 1, "it is said once");
  t.same(await warnings("fine"), []);
});
