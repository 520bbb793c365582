import { hash } from "node:crypto";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { secretValue } from "../helpers/secrecy.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";
import { type Changes, whoRolls } from "../helpers/who-rolls.ts";

// What counts as a change of a source, and how its content is named.

t.setTimeout(240_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;
const shop = await openShop(install, "shop", {});
const auto = { metadata: { annotations: { "reloader.stakater.com/auto": "true" } } };

const mounting = (name: string): PodBody => ({
  containers: [{ name: "main", volumeMounts: [{ name: "files", mountPath: "/files" }] }],
  volumes: [{ name: "files", configMap: { name } }],
});
const replace = (object: KubeObject) => kube.replace(object);
const configMap = (name: string, data: Record<string, string>, more: object = {}): KubeObject => ({
  ...shop.configMap(name, data),
  ...more,
});
const secret = (name: string, data: Record<string, string>, more: object = {}): KubeObject => ({
  ...shop.secret(name, data),
  ...more,
});
const labeled = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { team: "a" }, annotations: { note: "b" } },
});
/** Deletes a source and makes another one of its name. */
const anew = async (object: KubeObject): Promise<void> => {
  await kube.delete(object);
  await kube.create(object);
};

interface Row {
  readonly title: string;
  /** The source as it is at first; it is named after the row. */
  readonly source: (name: string) => KubeObject;
  readonly change: (name: string) => Promise<unknown>;
  readonly rolls: boolean;
  readonly pod?: (name: string) => PodBody;
}

const rows: readonly Row[] = [
  {
    title: "a value",
    source: (name) => configMap(name, { key: "other" }),
    change: (name) => replace(configMap(name, { key: "value" })),
    rolls: true,
  },
  {
    title: "a value of a Secret",
    source: (name) => secret(name, { key: "other" }),
    change: (name) => replace(secret(name, { key: "value" })),
    rolls: true,
  },
  {
    title: "a new key",
    source: (name) => configMap(name, { a: "1" }),
    change: (name) => replace(configMap(name, { a: "1", b: "2" })),
    rolls: true,
  },
  {
    title: "a key less",
    source: (name) => configMap(name, { a: "1", b: "2" }),
    change: (name) => replace(configMap(name, { a: "1" })),
    rolls: true,
  },
  {
    title: "binary data",
    source: (name) => configMap(name, {}, { binaryData: { f: "aGVsbG8=" } }),
    change: (name) => replace(configMap(name, {}, { binaryData: { f: "aGVsbG8h" } })),
    rolls: true,
    pod: mounting,
  },
  {
    title: "keys that Reloader's hash cannot tell apart",
    source: (name) => configMap(name, { a: "1", b: "2" }),
    change: (name) => replace(configMap(name, { a: "1;b=2" })),
    rolls: true,
  },
  {
    title: "text in place of bytes that Reloader's hash cannot tell apart",
    source: (name) => configMap(name, { f: "aGVsbG8=" }),
    change: (name) => replace(configMap(name, {}, { binaryData: { f: "aGVsbG8=" } })),
    rolls: true,
    pod: mounting,
  },
  {
    title: "labels and annotations alone",
    source: (name) => configMap(name, { key: "1" }),
    change: (name) => replace(labeled(configMap(name, { key: "1" }))),
    rolls: false,
  },
  {
    title: "written again as it is",
    source: (name) => secret(name, { key: "1" }),
    change: (name) => replace(labeled(secret(name, { key: "1" }))),
    rolls: false,
  },
  {
    title: "immutable",
    source: (name) => secret(name, { key: "1" }),
    change: (name) => kube.patch(secret(name, {}), { immutable: true }),
    rolls: false,
  },
  {
    title: "a Secret of another type with the same data",
    source: (name) => secret(name, { key: "1" }),
    change: (name) => anew(secret(name, { key: "1" }, { type: "shop.example/type" })),
    rolls: false,
  },
  {
    title: "deleted, and created with the same data",
    source: (name) => configMap(name, { key: "1" }),
    change: (name) => anew(configMap(name, { key: "1" })),
    rolls: false,
  },
  {
    title: "deleted, and created with other data",
    source: (name) => configMap(name, { key: "1" }),
    change: (name) => anew(configMap(name, { key: "2" })),
    rolls: true,
  },
  {
    title: "deleted",
    source: (name) => configMap(name, { key: "1" }),
    change: (name) => kube.delete(configMap(name, {})),
    rolls: false,
  },
];

const nameOf = ({ title }: Row): string => title.toLowerCase().replaceAll(/\W+/g, "-");
const podOf = (row: Row): PodBody => {
  const name = nameOf(row);
  return row.pod?.(name) ?? envFrom({ configMap: name, optional: true }, { secret: name, optional: true });
};

t.test("changes of sources", async (t) => {
  for (const row of rows) await kube.create(row.source(nameOf(row)));
  await nextSecond();
  for (const row of rows) await kube.create(shop.deployment(nameOf(row), podOf(row), auto));
  await kube.create(shop.deployment("later", envFrom({ configMap: "later", optional: true }), auto));
  await runReloader(t, install);
  await shop.caughtUp();
  const changes: Changes = {
    ...Object.fromEntries(rows.map((row) => [nameOf(row), () => row.change(nameOf(row))])),
    "later: created": () => kube.create(shop.configMap("later", { key: "1" })),
    "later: changed": () => kube.patch(shop.configMap("later", {}), { data: { key: "2" } }),
  };
  const expected = new Map(rows.map((row) => [nameOf(row), row.rolls ? [nameOf(row)] : []]));
  expected.set("later", ["later: changed"]);
  const rolled = await whoRolls({ kube, shop }, expected, changes);
  for (const row of rows) t.same(rolled.get(nameOf(row)), expected.get(nameOf(row)), row.title);
  t.same(rolled.get("later"), expected.get("later"), "a source that is created rolls nothing, and counts from then on");
});

t.test("a change is named by Reloader's hash", async (t) => {
  type Environment = readonly { readonly name: string; readonly value?: string }[];
  const variables = async (name: string): Promise<Environment> => {
    const { containers } = (await shop.get(name)).spec.template.spec;
    return (containers[0] as unknown as { env: Environment }).env;
  };
  t.match(await variables("a-value"), [
    { name: "STAKATER_A_VALUE_CONFIGMAP", value: "dc30e0faa89a70dec1033016a2309bbeb9efcbd0" },
  ]);
  const value = hash("sha1", `key=${secretValue("value")}`, "hex");
  t.match(await variables("a-value-of-a-secret"), [{ name: "STAKATER_A_VALUE_OF_A_SECRET_SECRET", value }]);
});
