import fc from "fast-check";
import t from "tap";
import { podReferences, type SourceReference } from "../../../src/core/pod-references.ts";
import { sourceEntry } from "../../../src/core/source.ts";

/** `configmap/app! env a:e b:f?`: required with `!`, all of it by `env` or `files`, keys with who reads them. */
function describe({ keys, ...reference }: SourceReference): string {
  const all = [reference.allEnv ? " env" : "", reference.allFiles ? " files" : ""].join("");
  const named = keys.map(
    ({ key, env, file, optional }) => ` ${key}:${env ? "e" : ""}${file ? "f" : ""}${optional ? "?" : ""}`,
  );
  return `${sourceEntry(reference)}${reference.optional ? "" : "!"}${all}${named.join("")}`;
}

const container = (parts: object) => ({ spec: { containers: [{ name: "app", ...parts }] } });
const variable = (field: string, ref: object) => ({ env: [{ name: "X", valueFrom: { [field]: ref } }] });
const volumes = (volume: object, ...mounts: object[]) => ({
  spec: {
    volumes: [{ name: "v", ...volume }],
    containers: [{ name: "app", volumeMounts: mounts.map((mount) => ({ name: "v", mountPath: "/x", ...mount })) }],
  },
});
const items = [
  { key: "a", path: "a.txt" },
  { key: "b", path: "dir/b.txt" },
];
const secret = { secret: { secretName: "s" } };

const cases = [
  {
    title: "envFrom",
    template: container({ envFrom: [{ configMapRef: { name: "c" } }, { secretRef: { name: "s", optional: true } }] }),
    want: ["configmap/c! env", "secret/s env"],
  },
  {
    title: "configMapKeyRef",
    template: container(variable("configMapKeyRef", { name: "c", key: "k" })),
    want: ["configmap/c! k:e"],
  },
  {
    title: "an optional secretKeyRef",
    template: container(variable("secretKeyRef", { name: "s", key: "k", optional: true })),
    want: ["secret/s k:e?"],
  },
  {
    title: "init containers and sidecars",
    template: { spec: { initContainers: [{ envFrom: [{ secretRef: { name: "s" } }] }] } },
    want: ["secret/s! env"],
  },
  { title: "a ConfigMap volume", template: volumes({ configMap: { name: "c" } }, {}), want: ["configmap/c! files"] },
  {
    title: "an optional Secret volume",
    template: volumes({ secret: { secretName: "s", optional: true } }, {}),
    want: ["secret/s files"],
  },
  { title: "no volume that nobody mounts", template: volumes(secret), want: [] },
  {
    title: "a source that is mounted by one of two volumes",
    template: {
      spec: {
        volumes: [
          { name: "v", ...secret },
          { name: "w", ...secret },
        ],
        containers: [{ volumeMounts: [{ name: "w", subPath: "k" }] }],
      },
    },
    want: ["secret/s! k:f?"],
  },
  {
    title: "a volume that an init container mounts",
    template: {
      spec: { volumes: [{ name: "v", ...secret }], initContainers: [{ volumeMounts: [{ name: "v" }] }] },
    },
    want: ["secret/s! files"],
  },
  {
    title: "a class of the Secrets Store CSI driver, whatever its name",
    template: volumes({ csi: { driver: "any", volumeAttributes: { secretProviderClass: "db" } } }, {}),
    want: ["secretproviderclass/db! files"],
  },
  {
    title: "a class by subPath as a whole: what its objects are called in the volume is not known",
    template: volumes({ csi: { driver: "any", volumeAttributes: { secretProviderClass: "db" } } }, { subPath: "k" }),
    want: ["secretproviderclass/db! files"],
  },
  {
    title: "no class that nobody mounts",
    template: volumes({ csi: { driver: "any", volumeAttributes: { secretProviderClass: "db" } } }),
    want: [],
  },
  {
    title: "a class and the Secret that its driver reads",
    template: volumes(
      { csi: { driver: "any", volumeAttributes: { secretProviderClass: "db" }, nodePublishSecretRef: { name: "s" } } },
      {},
    ),
    want: ["secret/s! files", "secretproviderclass/db! files"],
  },
  { title: "items", template: volumes({ secret: { secretName: "s", items } }, {}), want: ["secret/s! a:f b:f"] },
  {
    title: "optional items",
    template: volumes({ secret: { secretName: "s", items, optional: true } }, {}),
    want: ["secret/s a:f? b:f?"],
  },
  {
    title: "items of which one is mounted",
    template: volumes({ secret: { secretName: "s", items } }, { subPath: "a.txt" }),
    want: ["secret/s! a:f b:"],
  },
  {
    title: "items below a folder",
    template: volumes({ secret: { secretName: "s", items } }, { subPath: "dir" }),
    want: ["secret/s! a: b:f"],
  },
  { title: "a subPath", template: volumes(secret, { subPath: "k" }), want: ["secret/s! k:f?"] },
  { title: "subPaths", template: volumes(secret, { subPath: "k" }, { subPath: "l/" }), want: ["secret/s! k:f? l:f?"] },
  { title: "a subPath beside the whole", template: volumes(secret, { subPath: "k" }, {}), want: ["secret/s! files"] },
  { title: "a subPath that is the whole", template: volumes(secret, { subPath: "./" }), want: ["secret/s! files"] },
  {
    title: "a subPath with a part that means nothing",
    template: volumes({ secret: { secretName: "s", items } }, { subPath: "dir/." }),
    want: ["secret/s! a:f b:f"],
  },
  {
    title: "a subPath with a slash too many",
    template: volumes({ secret: { secretName: "s", items } }, { subPath: "dir//b.txt" }),
    want: ["secret/s! a:f b:f"],
  },
  { title: "a subPath below a key", template: volumes(secret, { subPath: "k/l" }), want: ["secret/s! files"] },
  { title: "subPathExpr", template: volumes(secret, { subPathExpr: "$(POD)" }), want: ["secret/s! files"] },
  {
    title: "projected sources",
    template: volumes(
      {
        projected: {
          sources: [
            { secret: { name: "s", items: [{ key: "a", path: "a" }] } },
            { configMap: { name: "c", optional: true } },
            { serviceAccountToken: { path: "t" } },
          ],
        },
      },
      {},
    ),
    want: ["configmap/c files", "secret/s! a:f"],
  },
  {
    title: "a CSI driver's Secret",
    template: volumes({ csi: { driver: "d", nodePublishSecretRef: { name: "s" } } }, {}),
    want: ["secret/s! files"],
  },
  {
    title: "other drivers' Secrets",
    template: volumes({ azureFile: { secretName: "azure" } }, {}),
    want: ["secret/azure! files"],
  },
  ...["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "storageos"].map((driver) => ({
    title: `the Secret of the driver ${driver}`,
    template: volumes({ [driver]: { secretRef: { name: "s" } } }, {}),
    want: ["secret/s! files"],
  })),
  {
    title: "the Secret of a block device's driver",
    template: {
      spec: {
        volumes: [{ name: "v", iscsi: { secretRef: { name: "s" } } }],
        containers: [{ volumeDevices: [{ name: "v" }] }],
      },
    },
    want: ["secret/s! files"],
  },
  { title: "not imagePullSecrets", template: { spec: { imagePullSecrets: [{ name: "s" }] } }, want: [] },
  { title: "not fieldRef", template: container(variable("fieldRef", { fieldPath: "metadata.name" })), want: [] },
  {
    title: "no names that cannot be",
    template: container({ envFrom: [{ secretRef: { name: "A/b" } }, { secretRef: { name: "" } }, { secretRef: {} }] }),
    want: [],
  },
  {
    title: "one row for all uses of a source",
    template: container({
      envFrom: [{ secretRef: { name: "s", optional: true } }],
      ...variable("secretKeyRef", { name: "s", key: "k" }),
    }),
    want: ["secret/s! env k:e"],
  },
  {
    title: "a key that one user requires",
    template: container({
      env: [true, false].map((optional) => ({ valueFrom: { secretKeyRef: { name: "s", key: "k", optional } } })),
    }),
    want: ["secret/s! k:e"],
  },
  {
    title: "kinds of the same name apart",
    template: container({ envFrom: [{ secretRef: { name: "x" } }, { configMapRef: { name: "x" } }] }),
    want: ["configmap/x! env", "secret/x! env"],
  },
];
for (const { title, template, want } of cases)
  t.same(podReferences(template).map(describe), want, `podReferences() ${title}`);

t.test("podReferences() never throws, and is sorted and unique", async (t) => {
  const words = fc.constantFrom(
    ...["spec", "containers", "initContainers", "volumes", "volumeMounts", "env", "envFrom", "valueFrom"],
    ...["secretRef", "configMapRef", "secretKeyRef", "secret", "configMap", "projected", "sources", "items"],
    ...["name", "secretName", "key", "path", "subPath", "optional", "csi", "nodePublishSecretRef"],
    ...["volumeDevices", "volumeAttributes", "secretProviderClass"],
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constantFrom("a", "b", "x/y", "", null, true, 7), fc.string()),
    tree: fc.oneof(
      { maxDepth: 8 },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(words, tie("tree"), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(tree, fc.jsonValue()), (template) => {
      const entries = podReferences(template).map(sourceEntry);
      return entries.every((entry, index) => index === 0 || (entries[index - 1] ?? "") < entry);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test("podReferences() does not depend on the order of containers and volumes", async (t) => {
  const refs = fc.record({ name: fc.constantFrom("a", "b"), key: fc.constantFrom("k", "l"), optional: fc.boolean() });
  const env = fc.array(
    refs.map((ref) => ({ valueFrom: { secretKeyRef: ref } })),
    { maxLength: 4 },
  );
  const containers = fc.array(fc.record({ env }), { maxLength: 4 });
  const mounted = fc.array(
    refs.map(({ name, optional }) => ({ name: `v-${name}`, secret: { secretName: name, optional } })),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(containers, mounted, (all, volumes) => {
      const there = podReferences({ spec: { containers: all, volumes } });
      const back = podReferences({ spec: { containers: all.toReversed(), volumes: volumes.toReversed() } });
      return JSON.stringify(there) === JSON.stringify(back);
    }),
  );
  t.pass();
});
