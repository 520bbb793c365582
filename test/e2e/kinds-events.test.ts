import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { assertNoSecrets, secretValue } from "../helpers/secrecy.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";

// Events name the source and, where the pod template itself names them, the changed keys; never a value.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  // Long enough for two sources to change together while other namespaces are busy.
  controllerArgs: ["--settle=3s", "--settle-max=10s", "--min-interval=0s"],
});
const { kube } = install;
const effect = "recorded; there are no pods to replace: 0 replicas";

/** Values by which leaks are found, of ConfigMaps too: no Event may hold one. */
const values = (keys: readonly string[], round = ""): Record<string, string> =>
  Object.fromEntries(keys.map((key) => [key, secretValue(`${key}${round}`)]));

const env = (source: "configMapKeyRef" | "secretKeyRef", name: string, ...keys: readonly string[]): PodBody => ({
  containers: [
    {
      name: "main",
      env: keys.map((key) => ({
        name: key.toUpperCase().replaceAll(/\W/g, "_"),
        valueFrom: { [source]: { name, key } },
      })),
    },
  ],
});

const files = (volume: object, mount: object = {}): PodBody => ({
  containers: [{ name: "main", volumeMounts: [{ name: "files", mountPath: "/files", ...mount }] }],
  volumes: [{ name: "files", ...volume }],
});

interface Case {
  readonly title: string;
  readonly pod: PodBody;
  /** Changed keys of ConfigMap "app" and Secret "db", which have the keys a to g. */
  readonly app?: readonly string[];
  readonly db?: readonly string[];
  readonly says: string;
}

const all = ["a", "b", "c", "d", "e", "f", "g"];
const cases: readonly Case[] = [
  {
    title: "a key that env names",
    pod: env("configMapKeyRef", "app", "a", "b"),
    app: ["a"],
    says: 'ConfigMap app (key "a") changed',
  },
  {
    title: "two keys that env names",
    pod: env("secretKeyRef", "db", "b", "a"),
    db: ["a", "b"],
    says: 'Secret db (key "a", "b") changed',
  },
  {
    title: "a key that a volume's items name",
    pod: files({ secret: { secretName: "db", items: [{ key: "c", path: "c.txt" }] } }),
    db: ["c"],
    says: 'Secret db (key "c") changed',
  },
  {
    title: "a key that a subPath names",
    pod: files({ configMap: { name: "app" } }, { subPath: "d" }),
    app: ["d"],
    says: 'ConfigMap app (key "d") changed',
  },
  {
    title: "keys of envFrom",
    pod: envFrom({ configMap: "app" }),
    app: ["a", "b"],
    says: "ConfigMap app (2 of 7 keys) changed",
  },
  {
    title: "a key of a whole volume",
    pod: files({ secret: { secretName: "db" } }),
    db: ["a"],
    says: "Secret db (1 of 7 keys) changed",
  },
  {
    title: "a named key together with one that it does not use",
    pod: env("secretKeyRef", "db", "a"),
    db: ["a", "g"],
    says: 'Secret db (key "a") changed',
  },
  {
    title: "a named key together with one that only envFrom reads",
    pod: {
      containers: [
        {
          name: "main",
          env: [{ name: "A", valueFrom: { secretKeyRef: { name: "db", key: "a" } } }],
          envFrom: [{ secretRef: { name: "db" } }],
        },
      ],
    },
    db: ["a", "b"],
    says: "Secret db (2 of 7 keys) changed",
  },
  {
    title: "two sources",
    pod: envFrom({ configMap: "app" }, { secret: "db" }),
    app: ["a"],
    db: ["a", "b", "c"],
    says: "ConfigMap app (1 of 7 keys) changed, Secret db (3 of 7 keys) changed",
  },
];

/** The notes of the Events about a workload, once there is one that restamp has written. */
async function told(namespace: string): Promise<readonly string[]> {
  type Event = KubeObject & { note: string; reason: string; regarding: { name: string } };
  const notes = async (): Promise<readonly string[] | undefined> => {
    const events = await kube.list<Event>(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
    const own = events.filter(({ regarding, reason }) => regarding.name === "web" && reason === "Restamped");
    return own.length === 0 ? undefined : own.map(({ note }) => note);
  };
  return waitFor(notes, { timeoutMs: 60_000, describe: "an Event" });
}

async function open(namespace: string, pod: PodBody) {
  const shop = await openShop(install, namespace);
  await kube.create(shop.configMap("app", values(all)));
  await kube.create(shop.secret("db", values(all)));
  await kube.create(shop.deployment("web", pod));
  await shop.caughtUp();
  return shop;
}

t.test("names of changed keys", async (t) => {
  await Promise.all(
    cases.map(async ({ title, pod, app, db, says }, index) => {
      const shop = await open(`keys-${index}`, pod);
      await Promise.all([
        app && kube.patch(shop.configMap("app", {}), { data: values(app, "2") }),
        db && kube.patch(shop.secret("db", {}), { stringData: values(db, "2") }),
      ]);
      t.same(await told(shop.namespace), [`${says}: ${effect}`], title);
    }),
  );
});

t.test("a source that appears", async (t) => {
  const shop = await open("appears", envFrom({ configMap: "late", optional: true }));
  await kube.create(shop.configMap("late", values(["a"])));
  t.same(await told("appears"), [`ConfigMap late appeared: ${effect}`]);
});

t.test("a change that nobody watched: the keys are not known", async (t) => {
  const shop = await open("unseen", env("secretKeyRef", "db", "a"));
  await Promise.all(install.controllers.splice(0).map(({ running }) => running.stop()));
  await kube.patch(shop.secret("db", {}), { stringData: values(["a"], "2") });
  await install.startController();
  t.same(await told("unseen"), [`Secret db changed: ${effect}`]);
});

t.test("no Event holds a value", async (t) => {
  const events = await kube.list("/apis/events.k8s.io/v1/events");
  const own = events.filter((event) => String(event["reportingController"]).startsWith("restamp.dev/"));
  t.ok(own.length >= cases.length, `${own.length} Events`);
  t.doesNotThrow(() => assertNoSecrets([{ where: "Events", text: JSON.stringify(own) }]));
});
