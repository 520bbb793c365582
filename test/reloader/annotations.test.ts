import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";
import { type Changes, whoRolls } from "../helpers/who-rolls.ts";

// What Reloader's annotations mean, on workloads, pod templates and sources: its decision procedure, step by step.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;

type Texts = Readonly<Record<string, string>>;
interface Row {
  readonly title: string;
  readonly workload?: Texts;
  readonly template?: Texts;
  readonly labels?: Texts;
  readonly pod?: PodBody;
  readonly rolls: readonly string[];
}

const auto = "reloader.stakater.com/auto";
const search = "reloader.stakater.com/search";
const ignore = "reloader.stakater.com/ignore";
const match = "reloader.stakater.com/match";
const configMapAuto = "configmap.reloader.stakater.com/auto";
const secretAuto = "secret.reloader.stakater.com/auto";
const configMaps = "configmap.reloader.stakater.com/reload";
const secrets = "secret.reloader.stakater.com/reload";
const noConfigMaps = "configmaps.exclude.reloader.stakater.com/reload";
const noSecrets = "secrets.exclude.reloader.stakater.com/reload";

/** What every pod template uses; "quiet" is marked to be ignored, "marked" and "tagged" are for those who search. */
const pod = envFrom(
  ...["app", "marked", "quiet"].map((configMap) => ({ configMap })),
  ...["db", "tagged"].map((secret) => ({ secret })),
);
const marks: Readonly<Record<string, Texts>> = {
  quiet: { [ignore]: "true" },
  marked: { [match]: "true" },
  "marked-unused": { [match]: "true" },
  tagged: { [match]: "true" },
  // Neither means anything but exactly "true".
  app: { [ignore]: "True", [match]: "1" },
};
const unused = ["marked-unused", "flags", "flags-two", "left", "right", "left-hand", "bright"];
const usedConfigMaps = ["app", "marked"];
const usedSecrets = ["db", "tagged"];
const used = [...usedConfigMaps, ...usedSecrets];
const trueTexts = ["1", "t", "T", "TRUE", "true", "True"];

const rows: readonly Row[] = [
  { title: "no annotation: nothing", rolls: [] },
  ...trueTexts.map((text): Row => ({ title: `auto ${text} is true`, workload: { [auto]: text }, rolls: used })),
  ...["yes", "on", "tRUE", "false", ""].map(
    (text): Row => ({ title: `auto "${text}" is false`, workload: { [auto]: text }, rolls: [] }),
  ),
  { title: "auto on the pod template", template: { [auto]: "true" }, rolls: used },
  {
    title: "what the workload says is read in place of what its pod template says",
    workload: { [auto]: "false" },
    template: { [auto]: "true" },
    rolls: [],
  },
  { title: "auto for ConfigMaps", workload: { [configMapAuto]: "true" }, rolls: usedConfigMaps },
  { title: "auto for Secrets", template: { [secretAuto]: "true" }, rolls: usedSecrets },
  {
    title: "one of the two autos is enough",
    workload: { [auto]: "false", [configMapAuto]: "true" },
    rolls: usedConfigMaps,
  },
  { title: "a name that is not used", workload: { [configMaps]: "flags" }, rolls: ["flags"] },
  { title: "names are whole: no part of one matches", workload: { [configMaps]: "lag, ight" }, rolls: [] },
  {
    title: "regular expressions, separated by commas, with spaces around",
    workload: { [configMaps]: " fl.gs , .*-hand,", [secrets]: "[c-k]ey" },
    rolls: ["flags", "left-hand", "key"],
  },
  {
    title: "a|b is one or the other as a whole",
    workload: { [configMaps]: "left|right" },
    rolls: ["left", "right"],
  },
  { title: "a comma always separates", workload: { [configMaps]: "fla{1,2}gs" }, rolls: [] },
  { title: "Go's classes", template: { [configMaps]: "[[:alpha:]]+-t\\pLo" }, rolls: ["flags-two"] },
  { title: "a name counts beside auto false", workload: { [auto]: "false", [configMaps]: "app" }, rolls: ["app"] },
  {
    title: "for each kind of source the workload or its pod template is read",
    workload: { [secrets]: "key" },
    template: { [configMaps]: "flags", [secrets]: "db" },
    rolls: ["flags", "key"],
  },
  {
    title: "a name for one kind leaves the auto of the pod template to the other",
    workload: { [secrets]: "key" },
    template: { [auto]: "true" },
    rolls: [...usedConfigMaps, "key"],
  },
  { title: "search: what is used and marked", workload: { [search]: "true" }, rolls: ["marked", "tagged"] },
  { title: "search on the pod template", template: { [search]: "true" }, rolls: ["marked", "tagged"] },
  { title: "search is exactly true", workload: { [search]: "True" }, rolls: [] },
  {
    title: "search and auto add up",
    workload: { [search]: "true", [secretAuto]: "true" },
    rolls: ["marked", ...usedSecrets],
  },
  {
    title: "search counts beside auto false",
    workload: { [search]: "true", [auto]: "false" },
    rolls: ["marked", "tagged"],
  },
  {
    title: "an excluded name is not auto",
    workload: { [auto]: "true", [noConfigMaps]: " app ,flags", [noSecrets]: "tagged" },
    rolls: ["marked", "db"],
  },
  {
    title: "an excluded name is stronger than the same name to reload",
    workload: { [configMaps]: "flags, app, left.*", [noConfigMaps]: "flags,left-hand" },
    rolls: ["app", "left"],
  },
  { title: "excluded names are no expressions", workload: { [auto]: "true", [noConfigMaps]: "ap." }, rolls: used },
  {
    title: "exclude on the pod template is not read",
    workload: { [auto]: "true" },
    template: { [noConfigMaps]: "app" },
    rolls: used,
  },
  { title: "ignore on a workload is not read", workload: { [auto]: "true", [ignore]: "true" }, rolls: used },
  { title: "a source that is ignored is so by name, too", workload: { [configMaps]: "quiet, app" }, rolls: ["app"] },
  {
    title: "a malformed expression, and the good one beside it",
    workload: { [configMaps]: "flags[, left", [secretAuto]: "true" },
    rolls: ["left", ...usedSecrets],
  },
  { title: "an expression that Go has not", workload: { [configMaps]: "(?!x)flags, right" }, rolls: ["right"] },
  {
    title: "restamp.dev/enabled false on the workload is stronger than everything",
    workload: { [auto]: "true", [configMaps]: "flags" },
    labels: { "restamp.dev/enabled": "false" },
    rolls: [],
  },
  {
    title: "what restamp's and Reloader's annotations ask for adds up",
    workload: { [secretAuto]: "true", "restamp.dev/enabled": "true", "restamp.dev/kinds": "configmap" },
    rolls: used,
  },
  {
    title: "what one of them excludes does not count",
    workload: { [auto]: "true", "restamp.dev/exclude": "secret/*, configmap/app", [configMaps]: "flags" },
    rolls: ["marked", "flags"],
  },
  {
    title: "restamp.dev/extra is stronger than an exclusion",
    workload: {
      ...{ [auto]: "true", [noConfigMaps]: "app" },
      ...{ "restamp.dev/enabled": "true", "restamp.dev/kinds": "secret", "restamp.dev/extra": "configmap/app" },
    },
    rolls: used,
  },
];

t.test("the decision procedure", async (t) => {
  const shop = await openShop(install, "shop", {});
  const elsewhere = await openShop(install, "elsewhere", {});
  const changes: Record<string, Changes[string]> = {};
  for (const name of [...usedConfigMaps, "quiet", ...unused]) {
    const configMap = shop.configMap(name, { value: "1" });
    await kube.create({ ...configMap, metadata: { ...configMap.metadata, annotations: marks[name] ?? {} } });
    changes[name] = () => kube.patch(configMap, { data: { value: "2" } });
  }
  for (const name of [...usedSecrets, "key"]) {
    const secret = shop.secret(name, { value: "1" });
    await kube.create({ ...secret, metadata: { ...secret.metadata, annotations: marks[name] ?? {} } });
    changes[name] = () => kube.patch(secret, { stringData: shop.secret(name, { value: "2" })["stringData"] });
  }
  await nextSecond();
  const creating = rows.map(async ({ workload, template, labels }, index) => {
    const { spec, ...deployment } = shop.deployment(`row-${index}`, pod, {
      metadata: { annotations: workload ?? {}, labels: labels ?? {} },
    });
    const metadata = { ...spec.template.metadata, annotations: template ?? {} };
    await kube.create({ ...deployment, spec: { ...spec, template: { ...spec.template, metadata } } });
  });
  await Promise.all(creating);
  await kube.create(elsewhere.deployment("web", pod, { metadata: { annotations: { [auto]: "true" } } }));
  await runReloader(t, install);
  await shop.caughtUp();

  const expected = new Map(rows.map(({ rolls }, index) => [`row-${index}`, rolls]));
  const rolled = await whoRolls({ kube, shop }, expected, changes);
  for (const [index, { title, rolls }] of rows.entries()) {
    t.same(rolled.get(`row-${index}`)?.toSorted(), rolls.toSorted(), title);
  }
  t.equal(await elsewhere.revision("web"), 1, "sources of another namespace are others");

  const invalid = async (title: string) => {
    const events = await shop.events(`row-${rows.findIndex((row) => row.title === title)}`);
    return events.filter(({ reason }) => reason === "InvalidAnnotation").map(({ type, note }) => ({ type, note }));
  };
  const note = (text: string) => `Cannot read ${configMaps}: ${text}`;
  t.match(
    await invalid("a malformed expression, and the good one beside it"),
    [{ type: "Warning", note: note('"flags[" is not a regular expression of Go: missing closing ]: `[`') }],
    "an Event says so, once",
  );
  t.match(await invalid("an expression that Go has not"), [{ type: "Warning", note: /^.*"\(\?!x\)flags" is not a/ }]);
});
