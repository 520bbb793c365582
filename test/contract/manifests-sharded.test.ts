import t from "tap";
import { nameInShard, parseShard, type Shard } from "../../src/core/shard.ts";
import { environmentName } from "../../src/options/option-row.ts";
import { rowsOf } from "../../src/options/table.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, parseManifests } from "../helpers/kustomize.ts";
import type { Rule } from "../helpers/rights.ts";

// Several controllers in place of the one: that they work so is shown by test/e2e/shards.test.ts.

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly [{ readonly env: readonly { name: string; value?: string }[] }] };
    };
  };
}
type Selecting = KubeObject & { readonly spec: { readonly selector: Deployment["spec"]["selector"] } };

const rendered = async (components: readonly string[]): Promise<KubeObject[]> =>
  parseManifests(await kustomize({ resources: ["overlays/release"], components }));
const [release, sharded] = [await rendered([]), await rendered(["components/sharded"])];
const ofKind = <T extends KubeObject>(objects: readonly KubeObject[], kind: string): T[] =>
  objects.filter((each) => each.kind === kind && each.metadata.name.includes("controller")) as T[];
const deployments = ofKind<Deployment>(sharded, "Deployment");
const shards = deployments.map(shardIn);

t.test("components/sharded has a Deployment for each shard, and none for all", async (t) => {
  t.ok(shards.length > 1);
  t.same(
    shards,
    shards.map((_, index) => ({ index, count: shards.length })),
  );
  for (const { spec, metadata } of deployments) t.equal(spec.replicas, 2, `${metadata.name} has a standby`);
});

t.test("components/sharded keeps the Pods of shards apart", async (t) => {
  const pods = deployments.map(({ spec }) => spec.template.metadata.labels);
  for (const kind of ["Deployment", "PodDisruptionBudget"]) {
    const selecting = ofKind<Selecting>(sharded, kind);
    const selected = selecting.map(({ spec }) => pods.filter((labels) => selects(spec.selector, labels)).length);
    t.same(
      selected,
      shards.map(() => 1),
      `each ${kind} selects the Pods of one shard`,
    );
    t.equal(new Set(selecting.map(({ spec }) => JSON.stringify(spec.selector))).size, shards.length);
  }
});

t.test("components/sharded grants each shard its Lease, and otherwise what one controller has", async (t) => {
  const rules = (objects: readonly KubeObject[]): readonly Rule[] =>
    manifest<KubeObject & { readonly rules: readonly Rule[] }>(objects, "Role", "restamp-controller").rules;
  const leaseName = rowsOf("controller").find(({ name }) => name === "lease-name")?.default ?? "";
  const leases = shards.map((shard) => nameInShard(leaseName, shard));
  const expected = rules(release).map((rule) =>
    rule.resourceNames?.includes(leaseName) ? { ...rule, resourceNames: leases } : rule,
  );
  t.same(rules(sharded), expected);
});

t.test("components/sharded changes nothing else", async (t) => {
  const others = (objects: readonly KubeObject[]): KubeObject[] =>
    objects.filter(
      ({ kind, metadata }) =>
        !(["Deployment", "PodDisruptionBudget", "Role"].includes(kind) && metadata.name.includes("controller")),
    );
  t.same(others(sharded), others(release));
});

function shardIn({ spec }: Deployment): Shard {
  const row = rowsOf("controller").find(({ name }) => name === "shard");
  if (row === undefined) throw new Error("Cannot find the option");
  const { env } = spec.template.spec.containers[0];
  const shard = parseShard(env.find(({ name }) => name === environmentName(row))?.value ?? "");
  if ("problem" in shard) throw new Error(shard.problem);
  return shard;
}

function selects({ matchLabels }: Deployment["spec"]["selector"], labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}
