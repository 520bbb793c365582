import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { type Deployment, envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";
import { type Changes, type Rolls, whoRolls } from "../helpers/who-rolls.ts";

// Annotations by other names, of other programs, and for workloads that have none.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;

type Texts = Readonly<Record<string, string>>;
interface Row {
  readonly title: string;
  readonly workload?: Texts;
  readonly template?: Texts;
  readonly rolls: readonly string[];
}

const pod = envFrom(...["app", "marked", "quiet"].map((configMap) => ({ configMap })), { secret: "db" });

/** Runs Reloader with the flags and makes a change of each source: "app", "marked", "quiet" and "db" are used, others are not. */
async function tryRows(
  t: Test,
  { flags, marks = {}, rows }: { flags: readonly string[]; marks?: Record<string, Texts>; rows: readonly Row[] },
): Promise<Shop> {
  const shop = await openShop(install, `shop-${t.name.toLowerCase().replaceAll(/\W+/g, "-").slice(0, 40)}x`, {});
  const changes: Record<string, Changes[string]> = {};
  for (const name of ["app", "marked", "quiet", "flags", "flags-two"]) {
    const configMap = shop.configMap(name, { value: "1" });
    await kube.create({ ...configMap, metadata: { ...configMap.metadata, annotations: marks[name] ?? {} } });
    changes[name] = () => kube.patch(configMap, { data: { value: "2" } });
  }
  for (const name of ["db", "key"]) {
    await kube.create(shop.secret(name, { value: "1" }));
    changes[name] = () => kube.patch(shop.secret(name, {}), shop.secret(name, { value: "2" }));
  }
  await nextSecond();
  for (const [index, row] of rows.entries()) await kube.create(deployment(shop, `row-${index}`, row));
  await runReloader(t, install, ...flags);
  await shop.caughtUp();
  const expected: Rolls = new Map(rows.map(({ rolls }, index) => [`row-${index}`, rolls]));
  const rolled = await whoRolls({ kube, shop }, expected, changes);
  for (const [index, { title, rolls }] of rows.entries()) {
    t.same(rolled.get(`row-${index}`)?.toSorted(), rolls.toSorted(), title);
  }
  return shop;
}

function deployment(shop: Shop, name: string, { workload = {}, template = {} }: Omit<Row, "title" | "rolls">) {
  const { spec, ...rest } = shop.deployment(name, pod, { metadata: { annotations: workload } });
  const metadata = { ...spec.template.metadata, annotations: template };
  return { ...rest, spec: { ...spec, template: { ...spec.template, metadata } } };
}

const all = ["app", "marked", "quiet", "db"];

t.test("each annotation that has a flag can have another name", async (t) => {
  const flags = [
    ...["--auto-annotation=corp.example/auto", "--configmap-auto-annotation=corp.example/configmap-auto"],
    ...["--secret-auto-annotation=corp.example/secret-auto", "--configmap-annotation=corp.example/configmaps"],
    ...["--secret-annotation=corp.example/secrets", "--auto-search-annotation=corp.example/search"],
    ...["--search-match-annotation=corp.example/match", "--ignore-annotation=corp.example/ignore"],
    ...["--pause-deployment-annotation=corp.example/pause", "--pause-deployment-time-annotation=corp.example/since"],
  ];
  const marks = { marked: { "corp.example/match": "true" }, quiet: { "corp.example/ignore": "true" } };
  const counted = ["app", "marked", "db"];
  const shop = await tryRows(t, {
    flags,
    marks,
    rows: [
      { title: "--auto-annotation", workload: { "corp.example/auto": "true" }, rolls: counted },
      { title: "--auto-annotation, on the pod template", template: { "corp.example/auto": "true" }, rolls: counted },
      {
        title: "--configmap-auto-annotation",
        workload: { "corp.example/configmap-auto": "true" },
        rolls: ["app", "marked"],
      },
      { title: "--secret-auto-annotation", workload: { "corp.example/secret-auto": "true" }, rolls: ["db"] },
      {
        title: "--configmap-annotation",
        workload: { "corp.example/configmaps": "flags.*" },
        rolls: ["flags", "flags-two"],
      },
      { title: "--secret-annotation", workload: { "corp.example/secrets": "key" }, rolls: ["key"] },
      {
        title: "--auto-search-annotation and --search-match-annotation",
        workload: { "corp.example/search": "true" },
        rolls: ["marked"],
      },
      { title: "--ignore-annotation", workload: { "corp.example/configmaps": "quiet, app" }, rolls: ["app"] },
      {
        title: "the names that they replace are not read",
        workload: { "reloader.stakater.com/auto": "true", "configmap.reloader.stakater.com/reload": "flags" },
        rolls: [],
      },
      {
        title: "what has no flag keeps its name",
        workload: { "corp.example/auto": "true", "configmaps.exclude.reloader.stakater.com/reload": "app" },
        rolls: ["marked", "db"],
      },
    ],
  });

  await t.test("--pause-deployment-annotation and --pause-deployment-time-annotation", async (t) => {
    const workload = { "corp.example/configmaps": "flags", "corp.example/pause": "1h" };
    await kube.create(deployment(shop, "paused", { workload }));
    await shop.caughtUp();
    await kube.patch(shop.configMap("flags", {}), { data: { value: "3" } });
    type Pausable = Deployment & { spec: { paused?: boolean } };
    const { metadata } = await kube.waitFor<Pausable>(shop.deployment("paused"), ({ spec }) => spec.paused === true);
    t.match(metadata.annotations?.["corp.example/since"], /^\d{4}-\d\d-\d\dT/);
  });
});

t.test("--auto-reload-all: whoever says nothing", async (t) => {
  const auto = "reloader.stakater.com/auto";
  await tryRows(t, {
    flags: ["--auto-reload-all=true"],
    marks: {
      quiet: { "reloader.stakater.com/ignore": "true" },
      marked: { "reloader.stakater.com/match": "true" },
    },
    rows: [
      { title: "auto-reload-all: no annotation", rolls: ["app", "marked", "db"] },
      { title: "auto-reload-all: auto false is out", workload: { [auto]: "false" }, rolls: [] },
      { title: "auto-reload-all: what is no boolean is out", workload: { [auto]: "yes" }, rolls: [] },
      { title: "auto-reload-all: auto false on the pod template is out", template: { [auto]: "false" }, rolls: [] },
      {
        title: "auto-reload-all: auto false for one kind",
        workload: { "configmap.reloader.stakater.com/auto": "false" },
        rolls: ["db"],
      },
      {
        title: "auto-reload-all: excluded names",
        workload: { "secrets.exclude.reloader.stakater.com/reload": "db" },
        rolls: ["app", "marked"],
      },
      {
        title: "auto-reload-all: names are added",
        workload: { "configmap.reloader.stakater.com/reload": "flags" },
        rolls: ["app", "marked", "db", "flags"],
      },
      {
        title: "auto-reload-all: search is no restriction",
        workload: { "reloader.stakater.com/search": "true" },
        rolls: ["app", "marked", "db"],
      },
    ],
  });
});

t.test("Wave and Deckhouse", async (t) => {
  const wave = "wave.pusher.com/update-on-config-change";
  const deckhouse = "pod-reloader.deckhouse.io";
  await tryRows(t, {
    flags: ["--compatibility=wave,deckhouse", "--reload-strategy=Annotations"],
    marks: { marked: { [`${deckhouse}/match`]: "true" } },
    rows: [
      { title: "Wave: what is used", workload: { [wave]: "true" }, rolls: all },
      {
        title: "Wave: extra sources",
        workload: {
          [wave]: "true",
          "wave.pusher.com/extra-configmaps": "flags",
          "wave.pusher.com/extra-secrets": "key",
        },
        rolls: [...all, "flags", "key"],
      },
      {
        title: "Wave: extra sources alone ask for nothing",
        workload: { "wave.pusher.com/extra-secrets": "key" },
        rolls: [],
      },
      { title: "Wave: exactly true", workload: { [wave]: "yes" }, rolls: [] },
      { title: "Deckhouse: auto", workload: { [`${deckhouse}/auto`]: "true" }, rolls: all },
      {
        title: "Deckhouse: names",
        workload: { [`${deckhouse}/configmap-reload`]: "flags", [`${deckhouse}/secret-reload`]: "key" },
        rolls: ["flags", "key"],
      },
      { title: "Deckhouse: search", workload: { [`${deckhouse}/search`]: "true" }, rolls: ["marked"] },
      {
        title: "Stakater's are not read unless asked for",
        workload: { "reloader.stakater.com/auto": "true" },
        rolls: [],
      },
    ],
  });
});

t.test("Deckhouse with Stakater's", async (t) => {
  await tryRows(t, {
    flags: ["--compatibility=reloader,deckhouse", "--auto-reload-all", "--reload-strategy=EnvVars"],
    rows: [
      { title: "neither: auto-reload-all", rolls: all },
      { title: "Stakater's no", workload: { "reloader.stakater.com/auto": "false" }, rolls: [] },
      { title: "Deckhouse's no", workload: { "pod-reloader.deckhouse.io/auto": "false" }, rolls: [] },
      {
        title: "names of both",
        workload: {
          "reloader.stakater.com/auto": "false",
          "configmap.reloader.stakater.com/reload": "flags",
          "pod-reloader.deckhouse.io/secret-reload": "key",
        },
        rolls: ["flags", "key"],
      },
    ],
  });
});

t.test("restamp.dev annotations for what Reloader's can say", async (t) => {
  const enabled = "restamp.dev/enabled";
  await tryRows(t, {
    flags: [],
    marks: {
      marked: { "restamp.dev/match": "true" },
      quiet: { "restamp.dev/ignore": "true" },
    },
    rows: [
      { title: "enabled", workload: { [enabled]: "true" }, rolls: ["app", "marked", "db"] },
      { title: "enabled for matched sources", workload: { [enabled]: "matched" }, rolls: ["marked"] },
      { title: "kinds", workload: { [enabled]: "true", "restamp.dev/kinds": "secret" }, rolls: ["db"] },
      {
        title: "kinds, for matched sources",
        workload: { [enabled]: "matched", "restamp.dev/kinds": "secret" },
        rolls: [],
      },
      {
        title: "extra",
        workload: { [enabled]: "matched", "restamp.dev/extra": "configmap/flags*, secret/key, configmap/quiet" },
        rolls: ["marked", "flags", "flags-two", "key"],
      },
      {
        title: "exclude",
        workload: { [enabled]: "true", "restamp.dev/exclude": "configmap/app" },
        rolls: ["marked", "db"],
      },
      { title: "on the pod template nothing is read", template: { [enabled]: "true" }, rolls: [] },
    ],
  });
});
