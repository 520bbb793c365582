import t from "tap";
import { annotationOperations } from "../../src/core/reloader/annotation-patch.ts";
import { lastReloadedFromAnnotation } from "../../src/core/reloader/last-reloaded-from.ts";
import { strategyPatch } from "../../src/core/reloader/strategy-patch.ts";
import type { StrategyWrite } from "../../src/core/reloader/strategy-plan.ts";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { openShop, type PodBody } from "../helpers/shop.ts";
import { changeOf, hashOf, variable, writeOf } from "../helpers/strategy-cases.ts";

t.setTimeout(180_000);
t.jobs = 1;

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const shop = await openShop({ kube }, "shop");
const path = ["spec", "template"];
const at = (name: string) => `/apis/apps/v1/namespaces/shop/deployments/${name}`;
const hash = hashOf(1);

function patchOf(object: KubeObject, write: StrategyWrite, stamp: string): object {
  const { annotations, operations } = strategyPatch(object, path, write);
  return [...annotationOperations(object, path, { ...annotations, [stampAnnotation]: stamp }), ...operations];
}

type Container = {
  readonly name: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
};

async function containers(name: string): Promise<readonly Container[]> {
  return (await kube.get<{ spec: { template: { spec: { containers: readonly Container[] } } } }>(at(name))).spec
    .template.spec.containers;
}

function body(...env: readonly (readonly object[] | undefined)[]): PodBody {
  const envFrom = [{ configMapRef: { name: "app" } }];
  return { containers: env.map((each, index) => ({ name: `c${index}`, ...(each && { env: each }), envFrom })) };
}

t.test("one patch writes the stamp, the variable and the annotation, whatever is there", async (t) => {
  const sources = [changeOf("ConfigMap", "app", hash), changeOf("Secret", "db-1", hashOf(2))];
  const changes = sources.map((each) => ({ ...each, named: true }));
  const bodies = {
    none: body(undefined),
    some: body([variable("MINE", "1")]),
    own: body([variable("STAKATER_APP_CONFIGMAP", hashOf(9))]),
  };
  for (const [name, pod] of Object.entries(bodies)) {
    const created = await kube.create(shop.deployment(name, pod));
    await kube.patch(at(name), patchOf(created, writeOf("env-vars", changes), "v1:a"), { type: "json" });
    const [first] = await containers(name);
    t.match(
      new Map(first?.env?.map((each) => [each.name, each.value])),
      new Map([
        ["STAKATER_APP_CONFIGMAP", hash],
        ["STAKATER_DB_1_SECRET", hashOf(2)],
      ]),
    );
    t.equal(await shop.stamp(name), "v1:a");
    const live = await kube.get(at(name));
    await kube.patch(at(name), patchOf(live, writeOf("annotations", changes), "v1:b"), { type: "json" });
    const { spec } = await shop.get(name);
    t.match(spec.template.metadata?.annotations, {
      [stampAnnotation]: "v1:b",
      [lastReloadedFromAnnotation]: /"name":"db-1"/,
    });
  }
});

t.test("W12: where the list of variables has changed, the patch is refused as a whole", async (t) => {
  const env = [
    variable("MINE", "1"),
    variable("STAKATER_APP_CONFIGMAP", hashOf(9)),
    variable("STAKATER_OLD_SECRET", hashOf(9)),
  ];
  const set = writeOf("env-vars", [changeOf("ConfigMap", "app", hash)], { removeLeftovers: true });
  const seen = await kube.create(shop.deployment("moved", body(env)));
  const [, ...others] = env;
  const moves = [others, [...env].reverse(), [variable("NEW", "1"), ...env], []];
  for (const moved of moves) {
    const { containers } = body(moved);
    const { spec } = shop.deployment("moved", { containers } as PodBody);
    await kube.patch(at("moved"), [{ op: "replace", path: "/spec/template", value: spec.template }], { type: "json" });
    const before = await kube.get(at("moved"));
    const answer = await kube.raw(at("moved"), {
      method: "PATCH",
      headers: { "content-type": "application/json-patch+json" },
      body: patchOf(seen, set, "v1:a") as never,
    });
    t.equal(answer.status, 422, JSON.stringify(moved));
    t.strictSame(await kube.get(at("moved")), before);
  }
});

t.test("W12: another container in the place of the one that was seen is not touched", async (t) => {
  const seen = await kube.create(shop.deployment("swapped", body(undefined)));
  await kube.patch(at("swapped"), [{ op: "replace", path: "/spec/template/spec/containers/0/name", value: "other" }], {
    type: "json",
  });
  const patch = patchOf(seen, writeOf("env-vars", [changeOf("ConfigMap", "app", hash)]), "v1:a");
  await t.rejects(kube.patch(at("swapped"), patch, { type: "json" }), /422/);
  t.strictSame((await containers("swapped"))[0]?.env, undefined);
});

t.test("left-overs are removed with the stamp's patch, in every container, and nothing else is", async (t) => {
  const env = [
    variable("STAKATER_A_SECRET", hash),
    variable("MINE", hash),
    variable("STAKATER_B_CONFIGMAP", hash),
    variable("STAKATER_URL", "x"),
  ];
  const created = await kube.create(
    shop.deployment("leftovers", body(env, env, [variable("STAKATER_A_SECRET", hash)])),
  );
  await kube.patch(at("leftovers"), patchOf(created, writeOf("stamp", [], { removeLeftovers: true }), "v1:a"), {
    type: "json",
  });
  const kept = [variable("MINE", hash), variable("STAKATER_URL", "x")];
  t.strictSame(
    (await containers("leftovers")).map((each) => each.env),
    [kept, kept, undefined],
  );
});
