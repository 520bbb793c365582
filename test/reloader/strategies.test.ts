import { hash } from "node:crypto";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installReloader, restartReloader } from "../helpers/reloader-install.ts";
import {
  type AnyWorkload,
  auto,
  changedTo,
  jobSpec,
  reloaderEnv,
  type WorkloadBody,
  workload,
} from "../helpers/reloader-workloads.ts";
import { secretValue } from "../helpers/secrecy.ts";
import { openShop } from "../helpers/shop.ts";

// Section 1.5 of the compatibility document: what the reload strategies write to a pod template.

const sha1 = (text: string): string => hash("sha1", text, "hex");
const generationOf = async (object: KubeObject): Promise<number> => (await kube.get(object)).metadata.generation ?? 0;

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());

const image = "registry.example/app:1";
const variable = (name: string, value: string) => ({ name, value });
const lastFrom = "reloader.stakater.com/last-reloaded-from";

const install = await installReloader(plane, { args: ["--reload-strategy=default"] });
const { kube } = install;
const shop = await openShop(install, "strategies", {});

interface Row {
  readonly title: string;
  readonly kind: "ConfigMap" | "Secret";
  /** Of the source. */
  readonly name: string;
  readonly pod: object;
  readonly annotations?: WorkloadBody["annotations"];
  /** Container and variable. */
  readonly wants: string;
}

const mount = (name: string) => [{ name, mountPath: `/${name}` }];
const main = { name: "main", image };
const side = { name: "side", image };

const rows: readonly Row[] = [
  {
    title: "env of the second container",
    kind: "Secret",
    name: "db-1",
    pod: {
      containers: [
        main,
        { ...side, env: [{ name: "P", valueFrom: { secretKeyRef: { name: "db-1", key: "a", optional: true } } }] },
      ],
    },
    wants: "side STAKATER_DB_1_SECRET",
  },
  {
    title: "a volume comes before variables",
    kind: "ConfigMap",
    name: "my-config",
    pod: {
      volumes: [{ name: "v", configMap: { name: "my-config" } }],
      containers: [
        { ...main, envFrom: [{ configMapRef: { name: "my-config" } }] },
        { ...side, volumeMounts: mount("v") },
      ],
    },
    wants: "side STAKATER_MY_CONFIG_CONFIGMAP",
  },
  {
    title: "a projected volume",
    kind: "Secret",
    name: "projected",
    pod: {
      volumes: [{ name: "v", projected: { sources: [{ secret: { name: "projected" } }] } }],
      containers: [main, { ...side, volumeMounts: mount("v") }],
    },
    wants: "side STAKATER_PROJECTED_SECRET",
  },
  {
    title: "an init container alone: the first container",
    kind: "ConfigMap",
    name: "www.stakater.com",
    pod: {
      initContainers: [{ name: "init", image, envFrom: [{ configMapRef: { name: "www.stakater.com" } }] }],
      containers: [main, side],
    },
    wants: "main STAKATER_WWW_STAKATER_COM_CONFIGMAP",
  },
  {
    title: "named and not used: the first container",
    kind: "Secret",
    name: "through.the-api--2",
    pod: { containers: [main, side] },
    annotations: { "secret.reloader.stakater.com/reload": "through.the-api--2" },
    wants: "main STAKATER_THROUGH_THE_API_2_SECRET",
  },
  {
    title: "variables that are there are kept",
    kind: "ConfigMap",
    name: "mine",
    pod: { containers: [{ ...main, env: [variable("MINE", "1")], envFrom: [{ configMapRef: { name: "mine" } }] }] },
    wants: "main STAKATER_MINE_CONFIGMAP",
  },
];
const nameOf = ({ name }: Row): string => name.replaceAll(".", "-");
const sourceOf = ({ kind, name }: Row): KubeObject =>
  kind === "Secret" ? shop.secret(name, { a: "1" }) : shop.configMap(name, { a: "1" });
/** As the workload's own shape, whatever is written beside it. */
const shapeOf = ({ spec }: AnyWorkload) =>
  spec.template.spec.containers.map(({ name, env = [] }) => [name, env.map((each) => each.name)]);

async function changeAll(value: string): Promise<void> {
  for (const row of rows) {
    const data = row.kind === "Secret" ? { stringData: { a: secretValue(value) } } : { data: { a: value } };
    await kube.patch(sourceOf(row), data);
  }
}

const contentOf = ({ kind }: Row, value: string): string => sha1(`a=${kind === "Secret" ? secretValue(value) : value}`);

t.test("env-vars: the name, the SHA-1 and the container are Reloader's", async (t) => {
  for (const row of rows) {
    await kube.create(sourceOf(row));
    const { annotations = auto, pod } = row;
    await kube.create(workload("strategies", nameOf(row), { annotations, pod }));
  }
  await shop.caughtUp();
  for (const [index, value] of ["2", "3"].entries()) {
    await changeAll(value);
    for (const row of rows) {
      const now = await changedTo(kube, workload("strategies", nameOf(row)), index + 2);
      t.same(reloaderEnv(now), [`${row.wants}=${contentOf(row, value)}`], row.title);
    }
  }
  t.same(shapeOf(await kube.get(workload("strategies", "mine"))), [["main", ["MINE", "STAKATER_MINE_CONFIGMAP"]]]);
  await shop.caughtUp();
  for (const row of rows) t.equal(await generationOf(workload("strategies", nameOf(row))), 3, row.title);
});

t.test("env-vars: hashes are those that Reloader's own code gives", async (t) => {
  const golden = [
    { data: { key: "value" }, want: "dc30e0faa89a70dec1033016a2309bbeb9efcbd0" },
    { data: { b: "2", a: "1" }, want: "f83e99e324ba68ccc373a58ef1eb42f8ab88646a" },
    { binaryData: { f: "aGVsbG8=" }, want: "5a85ec92e498289f69dcca398f541ae3164fa54b" },
    { data: {}, want: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
  ];
  await kube.create(shop.configMap("golden", { first: "1" }));
  const volumes = [{ name: "v", configMap: { name: "golden" } }];
  const pod = { volumes, containers: [{ ...main, volumeMounts: mount("v") }] };
  await kube.create(workload("strategies", "golden", { pod }));
  await shop.caughtUp();
  for (const [index, { want, ...content }] of golden.entries()) {
    const source = await kube.get<KubeObject & { data?: object }>(shop.configMap("golden", {}));
    const { data: _data, ["binaryData"]: _binaryData, ...bare } = source;
    await kube.replace({ ...bare, ...content } as KubeObject);
    const now = await changedTo(kube, workload("strategies", "golden"), index + 2);
    t.same(reloaderEnv(now), [`main STAKATER_GOLDEN_CONFIGMAP=${want}`]);
  }
});

t.test("two sources that share a variable: a change of either restarts", async (t) => {
  for (const name of ["foo.bar", "foo-bar"]) await kube.create(shop.configMap(name, { a: "1" }));
  const envFrom = ["foo.bar", "foo-bar"].map((name) => ({ configMapRef: { name } }));
  await kube.create(workload("strategies", "shared", { pod: { containers: [{ ...main, envFrom }] } }));
  await shop.caughtUp();
  for (const [index, name] of ["foo.bar", "foo-bar"].entries()) {
    await kube.patch(shop.configMap(name, {}), { data: { a: "2" } });
    const now = await changedTo(kube, workload("strategies", "shared"), index + 2);
    t.same(reloaderEnv(now), [`main STAKATER_FOO_BAR_CONFIGMAP=${sha1("a=2")}`]);
  }
});

t.test("annotations: the JSON is Reloader's, byte for byte, and switching to it restarts nothing", async (t) => {
  await restartReloader(install, ["--reload-strategy=annotations"]);
  await shop.caughtUp();
  for (const row of rows) t.equal(await generationOf(workload("strategies", nameOf(row))), 3, row.title);
  const start = Math.floor(Date.now() / 1_000);
  await changeAll("4");
  for (const row of rows) {
    const now = await changedTo(kube, workload("strategies", nameOf(row)), 4);
    const text = now.spec.template.metadata?.annotations?.[lastFrom] ?? "";
    const [container = ""] = row.wants.split(" ");
    const [observedAt = "0"] = /\d+(?=\}$)/.exec(text) ?? [];
    const type = row.kind.toUpperCase();
    const known = `{"type":"${type}","name":"${row.name}","namespace":"strategies","hash":"${contentOf(row, "4")}","containerRefs":["${container}"]`;
    t.equal(text, `${known},"observedAt":${observedAt}}`, row.title);
    t.ok(Number(observedAt) >= start && Number(observedAt) <= Date.now() / 1_000 + 1, "in seconds");
    t.same(reloaderEnv(now), [`${row.wants}=${contentOf(row, "3")}`], "what the other strategy wrote stays");
  }
  await restartReloader(install, ["--reload-strategy=annotations"]);
  await shop.caughtUp();
  for (const row of rows) t.equal(await generationOf(workload("strategies", nameOf(row))), 4, "once");
});

t.test("annotations: only the last source is kept, and nothing says that two restarted it", async (t) => {
  for (const [index, name] of ["foo-bar", "foo.bar"].entries()) {
    await kube.patch(shop.configMap(name, {}), { data: { a: "3" } });
    const { spec } = await changedTo(kube, workload("strategies", "shared"), index + 4);
    const { [lastFrom]: text = "" } = spec.template.metadata?.annotations ?? {};
    t.match(JSON.parse(text), { type: "CONFIGMAP", name, hash: sha1("a=3"), containerRefs: ["main"] });
  }
});

t.test("annotations: the Job of a CronJob has it in its own template", async (t) => {
  await kube.create(shop.configMap("nightly", { a: "1" }));
  const jobTemplate = { spec: jobSpec("nightly") };
  const metadata = { name: "nightly", namespace: "strategies", annotations: auto };
  const cronJob = { apiVersion: "batch/v1", kind: "CronJob", metadata };
  await kube.create({ ...cronJob, spec: { schedule: "0 0 1 1 *", jobTemplate } } as KubeObject);
  await shop.caughtUp();
  await kube.patch(shop.configMap("nightly", {}), { data: { a: "2" } });
  const found = async () => (await kube.list<AnyWorkload>("/apis/batch/v1/namespaces/strategies/jobs"))[0];
  const job = await waitFor(found, { describe: "a Job" });
  t.match(job.spec.template.metadata?.annotations?.[lastFrom], `"hash":"${sha1("a=2")}","containerRefs":["main"]`);
  t.same(reloaderEnv(job), []);
});
