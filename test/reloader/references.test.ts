import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { installReloader } from "../helpers/reloader-install.ts";
import { runReloader } from "../helpers/run-reloader.ts";
import { openShop, type PodBody, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";
import { type Changes, whoRolls } from "../helpers/who-rolls.ts";

// Which references of a pod template count for "auto", and which keys.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { controllers: 0 });
const { kube } = install;

interface Row {
  readonly title: string;
  readonly pod: PodBody;
  readonly rolls: readonly string[];
}

/** Of ConfigMap "app" and Secret "db": the key "value", and another one. */
const both = ["app", "app: another key"];
const main = { name: "main" };
const mount = (...names: readonly string[]) => ({
  volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })),
});
const appVolume = { name: "app", configMap: { name: "app" } };
const keyRefs = {
  env: [
    { name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "value" } } },
    { name: "B", valueFrom: { secretKeyRef: { name: "db", key: "value" } } },
  ],
};
/** A volume of a driver that reads Secret "db" when a pod starts. */
const driverVolume = (source: object): PodBody => ({
  containers: [{ ...main, ...mount("data") }],
  volumes: [{ name: "data", ...source }],
});

const rows: readonly Row[] = [
  {
    title: "a volume of a ConfigMap",
    pod: { containers: [{ ...main, ...mount("app") }], volumes: [appVolume] },
    rolls: both,
  },
  {
    title: "a volume of a Secret",
    pod: { containers: [{ ...main, ...mount("db") }], volumes: [{ name: "db", secret: { secretName: "db" } }] },
    rolls: ["db"],
  },
  {
    title: "a projected volume",
    pod: {
      containers: [{ ...main, ...mount("all") }],
      volumes: [{ name: "all", projected: { sources: [{ configMap: { name: "app" } }, { secret: { name: "db" } }] } }],
    },
    rolls: [...both, "db"],
  },
  {
    title: "envFrom",
    pod: { containers: [{ ...main, envFrom: [{ configMapRef: { name: "app" } }, { secretRef: { name: "db" } }] }] },
    rolls: [...both, "db"],
  },
  { title: "env of single keys", pod: { containers: [{ ...main, ...keyRefs }] }, rolls: ["app", "db"] },
  {
    title: "optional references",
    pod: {
      containers: [
        {
          ...main,
          envFrom: [{ secretRef: { name: "db", optional: true } }],
          env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "value", optional: true } } }],
        },
      ],
    },
    rolls: ["app", "db"],
  },
  {
    title: "an init container's environment",
    pod: { initContainers: [{ name: "init", image: "registry.example/init:1", ...keyRefs }] },
    rolls: ["app", "db"],
  },
  {
    title: "an init container's volume",
    pod: {
      initContainers: [{ name: "init", image: "registry.example/init:1", ...mount("app") }],
      volumes: [appVolume],
    },
    rolls: both,
  },
  {
    title: "a sidecar",
    pod: {
      initContainers: [{ name: "proxy", image: "registry.example/proxy:1", restartPolicy: "Always", ...keyRefs }],
    },
    rolls: ["app", "db"],
  },
  {
    title: "a mount of one key by subPath",
    pod: {
      containers: [{ ...main, volumeMounts: [{ name: "app", mountPath: "/app", subPath: "value" }] }],
      volumes: [appVolume],
    },
    rolls: ["app"],
  },
  {
    title: "a mount by subPathExpr",
    pod: {
      containers: [
        {
          ...main,
          env: [{ name: "WHICH", value: "value" }],
          volumeMounts: [{ name: "app", mountPath: "/app", subPathExpr: "$(WHICH)" }],
        },
      ],
      volumes: [appVolume],
    },
    rolls: both,
  },
  {
    title: "a volume of single keys",
    pod: {
      containers: [{ ...main, ...mount("app") }],
      volumes: [{ name: "app", configMap: { name: "app", items: [{ key: "value", path: "file" }] } }],
    },
    rolls: ["app"],
  },
  { title: "a volume that no container mounts", pod: { volumes: [appVolume] }, rolls: [] },
  {
    title: "two volumes of a ConfigMap, of which the second is mounted",
    pod: { containers: [{ ...main, ...mount("again") }], volumes: [appVolume, { ...appVolume, name: "again" }] },
    rolls: both,
  },
  {
    title: "a block device",
    pod: {
      containers: [{ ...main, volumeDevices: [{ name: "disk", devicePath: "/dev/xvda" }] }],
      volumes: [{ name: "disk", persistentVolumeClaim: { claimName: "disk" } }, appVolume],
    },
    rolls: [],
  },
  { title: "imagePullSecrets", pod: { imagePullSecrets: [{ name: "db" }] }, rolls: [] },
  { title: "Secrets of the ServiceAccount", pod: { serviceAccountName: "runner" }, rolls: [] },
  {
    title: "csi.nodePublishSecretRef",
    pod: driverVolume({ csi: { driver: "csi.example.com", nodePublishSecretRef: { name: "db" } } }),
    rolls: ["db"],
  },
  { title: "azureFile", pod: driverVolume({ azureFile: { secretName: "db", shareName: "share" } }), rolls: ["db"] },
  {
    title: "cephfs",
    pod: driverVolume({ cephfs: { monitors: ["10.0.0.1"], secretRef: { name: "db" } } }),
    rolls: ["db"],
  },
  {
    title: "rbd",
    pod: driverVolume({ rbd: { monitors: ["10.0.0.1"], image: "data", secretRef: { name: "db" } } }),
    rolls: ["db"],
  },
  {
    title: "iscsi",
    pod: driverVolume({
      iscsi: { targetPortal: "10.0.0.1", iqn: "iqn.2001-04.com.example:disk", lun: 0, secretRef: { name: "db" } },
    }),
    rolls: ["db"],
  },
  {
    title: "scaleIO",
    pod: driverVolume({
      scaleIO: { gateway: "https://10.0.0.1", system: "s", volumeName: "v", secretRef: { name: "db" } },
    }),
    rolls: ["db"],
  },
  {
    title: "flexVolume",
    pod: driverVolume({ flexVolume: { driver: "example.com/disk", secretRef: { name: "db" } } }),
    rolls: ["db"],
  },
];

/** Changes of the sources, with values that they have not had before. */
function changes(shop: Shop, value: string): Changes {
  const change = (name: string, key: string) => () => kube.patch(shop.configMap(name, {}), { data: { [key]: value } });
  return {
    app: change("app", "value"),
    "app: another key": change("app", "another"),
    db: () => kube.patch(shop.secret("db", {}), shop.secret("db", { value })),
  };
}

t.test("references", async (t) => {
  const shop = await openShop(install, "shop", {});
  await kube.create(shop.configMap("app", { value: "1", another: "1" }));
  await kube.create(shop.secret("db", { value: "1" }));
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "runner", namespace: "shop" } };
  await kube.create({ ...account, secrets: [{ name: "db" }], imagePullSecrets: [{ name: "db" }] } as KubeObject);
  const tls = {
    tls: [{ hosts: ["shop.example"], secretName: "db" }],
    defaultBackend: { resource: { kind: "a", name: "b" } },
  };
  const ingress = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "web", namespace: "shop" } };
  await kube.create({ ...ingress, spec: tls } as KubeObject);
  const auto = { metadata: { annotations: { "reloader.stakater.com/auto": "true" } } };
  await nextSecond();
  for (const [index, { pod }] of rows.entries()) await kube.create(shop.deployment(`row-${index}`, pod, auto));
  const expected = new Map(rows.map(({ rolls }, index) => [`row-${index}`, rolls]));
  const index = (title: string) => rows.findIndex((row) => row.title === title);

  await t.test("keys that a workload uses", async (t) => {
    await runReloader(t, install);
    await shop.caughtUp();
    const rolled = await whoRolls({ kube, shop }, expected, changes(shop, "2"));
    for (const [index, { title, rolls }] of rows.entries()) t.same(rolled.get(`row-${index}`), rolls, title);
    const { spec } = await shop.get(`row-${index("an init container's environment")}`);
    type Containers = readonly { readonly env?: readonly { readonly name: string }[] }[];
    const { containers, initContainers } = spec.template.spec as unknown as Record<string, Containers>;
    t.match(containers?.[0]?.env, [{ name: "STAKATER_APP_CONFIGMAP" }, { name: "STAKATER_DB_SECRET" }]);
    t.equal(initContainers?.[0]?.env?.length, 2, "what an init container uses has its variable in the first container");
  });

  await t.test("--granularity=object: any key", async (t) => {
    await runReloader(t, install, "--granularity=object");
    await shop.caughtUp();
    const made = changes(shop, "3");
    const isMeant = (rolls: readonly string[], title: string): boolean =>
      rolls.includes(title.startsWith("app") ? "app" : title);
    const whole = rows.map(({ rolls }) => Object.keys(made).filter((title) => isMeant(rolls, title)));
    const expected = new Map(whole.map((rolls, index) => [`row-${index}`, rolls]));
    const rolled = await whoRolls({ kube, shop }, expected, made);
    for (const [index, { title }] of rows.entries()) t.same(rolled.get(`row-${index}`), whole[index], title);
  });

  await t.test("ephemeral containers are not part of a template", async (t) => {
    const pod = { ephemeralContainers: [{ name: "debug", image: "registry.example/debug:1", ...keyRefs }] };
    const path = "/apis/apps/v1/namespaces/shop/deployments";
    const { status, body } = await kube.raw(path, { method: "POST", body: shop.deployment("debug", pod, auto) });
    t.match({ status, body }, { status: 422, body: /ephemeral containers not allowed in pod template/ });
  });
});
