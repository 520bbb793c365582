import t from "tap";
import { reloaderEnvironmentName } from "../../../../src/core/reloader/environment-name.ts";
import { lastReloadedFromAnnotation } from "../../../../src/core/reloader/last-reloaded-from.ts";
import { apartFromReloads, withoutReloads } from "../../../../src/core/reloader/without-reloads.ts";
import { readWorkload } from "../../../../src/core/workload.ts";
import { createWorkloadKinds } from "../../../../src/core/workload-kinds.ts";

const variable = { name: reloaderEnvironmentName("ConfigMap", "app"), value: "a".repeat(40) };
const own = { name: "URL", value: "x" };
const image = "registry.example/app:1";

const bare = {
  spec: {
    containers: [
      { name: "main", image, env: [own] },
      { name: "side", image },
    ],
  },
};
const reloads: readonly { title: string; template: object }[] = [
  {
    title: "a variable before others",
    template: {
      spec: {
        containers: [
          { name: "main", image, env: [variable, own] },
          { name: "side", image },
        ],
      },
    },
  },
  {
    title: "a variable where there was none",
    template: {
      spec: {
        containers: [
          { name: "main", image, env: [own] },
          { name: "side", image, env: [variable] },
        ],
      },
    },
  },
  {
    title: "its annotation",
    template: { ...bare, metadata: { annotations: { [lastReloadedFromAnnotation]: "{}" } } },
  },
];

function read(template: object) {
  const [kind] = createWorkloadKinds().all;
  if (kind === undefined) throw new Error("There are no kinds");
  const object = { metadata: { name: "web", namespace: "shop", uid: "u" }, spec: { template } };
  return apartFromReloads(readWorkload(kind, object), object).template;
}

for (const { title, template } of reloads) {
  t.test(`apartFromReloads() does not see ${title}`, async (t) => {
    const { hash, bareHash } = read(template) ?? {};
    t.match(read(bare), { hash, bareHash });
  });
}

t.test("apartFromReloads() sees everything else", async (t) => {
  const others = [
    { spec: { containers: [{ name: "main", image: `${image}2`, env: [own] }] } },
    { spec: { containers: [{ name: "main", image, env: [own, { name: "STAKATER_NAME", value: "x" }] }] } },
    { ...bare, metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } },
  ];
  for (const template of others) t.not(read(template)?.hash, read(bare)?.hash, JSON.stringify(template));
});

t.test("withoutReloads() leaves a template alone that Reloader has not written", async (t) => {
  t.equal(withoutReloads(bare), bare);
  t.same(withoutReloads(undefined), {});
});
