import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { waveDialect } from "../../src/core/dialects/wave.ts";
import type { SourceId } from "../../src/core/source.ts";
import { deployment } from "../helpers/admission.ts";
import { admissionBench, ownRules } from "../helpers/admission-bench.ts";
import { stampByController } from "../helpers/stamp-by-controller.ts";

// One decision, two callers: whatever is annotated in whatever dialect, webhook and controller agree on what counts. What
// patterns match is for the controller alone, and the webhook carries it over.

const { ConfigMap, Secret } = reloaderKeys.kinds;
const bools = fc.constantFrom("true", "false");
type Texts = Readonly<Record<string, string>>;

const marks: fc.Arbitrary<Texts> = fc.record<Record<string, string>>(
  {
    [keys.enabled]: fc.constantFrom("true", "matched", "false"),
    [keys.kinds]: fc.constantFrom("configmap", "secret", "configmap,secret"),
    [keys.extra]: fc.constantFrom("configmap/a, secret/c", "configmap/b", ""),
    [keys.exclude]: fc.constantFrom("configmap/a", "secret/*", "configmap/?, secret/b"),
    [reloaderKeys.auto]: bools,
    [reloaderKeys.search]: bools,
    [Secret.auto]: bools,
    [ConfigMap.reload]: fc.constantFrom("a", "b,c", "c"),
    [Secret.exclude]: fc.constantFrom("a", "b,c"),
    "wave.pusher.com/update-on-config-change": bools,
    "wave.pusher.com/extra-secrets": fc.constantFrom("a", "c"),
  },
  { requiredKeys: [] },
);
const ofSource = fc.record(
  { [keys.ignore]: bools, [keys.match]: bools, [reloaderKeys.ignore]: bools, [reloaderKeys.match]: bools },
  { requiredKeys: [] },
);
const names = ["a", "b", "c"];
const sources = fc.dictionary(fc.constantFrom(...names), fc.record({ annotations: ofSource, value: fc.string() }));
const spec = {
  containers: [
    {
      envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "a", optional: true } }],
      env: [{ name: "V", valueFrom: { secretKeyRef: { name: "b", key: "k" } } }],
    },
  ],
};
const rules = fc.record({
  autoReloadAll: fc.boolean(),
  granularity: fc.constantFrom("key" as const, "object" as const),
  ignoresSecrets: fc.boolean(),
});
type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

function rulesOf({ autoReloadAll, granularity, ignoresSecrets }: Rules) {
  const dialects = [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll }), waveDialect];
  return { ...ownRules, dialects, granularity, ignoredKinds: new Set(ignoresSecrets ? (["Secret"] as const) : []) };
}

type Sources = Readonly<Record<string, { readonly annotations: object; readonly value: string }>>;

function put(bench: Awaited<ReturnType<typeof admissionBench>>, configMaps: Sources, secrets: Sources): void {
  for (const [resource, all] of [["configmaps", configMaps] as const, ["secrets", secrets] as const]) {
    for (const name of names) {
      const each = all[name];
      const metadata = { name, namespace: "shop", uid: name, resourceVersion: "1", annotations: each?.annotations };
      const data = { k: Buffer.from(each?.value ?? "").toString("base64") };
      bench.put(resource, name, each && { metadata, data });
    }
  }
}

for (const given of fc.sample(rules, { numRuns: 4, seed: 7 })) {
  t.test(`webhook and controller agree on annotations with ${JSON.stringify(given)}`, async (t) => {
    const bench = await admissionBench(t, rulesOf(given));
    const property = fc.asyncProperty(
      marks,
      marks,
      sources,
      sources,
      async (annotations, templateAnnotations, ...all) => {
        put(bench, ...all);
        const object = deployment({ annotations, templateAnnotations, spec });
        const byWebhook = await bench.stampFor({ operation: "CREATE", object });
        const refuses = annotations[keys.enabled] === "false";
        assert.equal(byWebhook, refuses ? undefined : await stampByController(bench, object));
      },
    );
    await t.resolves(fc.assert(property, { numRuns: 100 }));
  });
}

const patterns = fc.constantFrom(
  { [keys.extra]: "configmap/*" },
  { [keys.extra]: "configmap/*, secret/?", [keys.exclude]: "configmap/b" },
  { [keys.enabled]: "matched", [ConfigMap.reload]: "a|c" },
  { [keys.extra]: "secret/*", [Secret.reload]: "[bc]", [keys.kinds]: "configmap" },
);
const all: readonly SourceId[] = (["ConfigMap", "Secret"] as const).flatMap((kind) =>
  names.map((name) => ({ kind, namespace: "shop", name })),
);

t.test("the webhook carries over what the controller found by patterns", async (t) => {
  const bench = await admissionBench(t, rulesOf({ autoReloadAll: false, granularity: "key", ignoresSecrets: false }));
  const property = fc.asyncProperty(patterns, sources, sources, async (annotations, ...given) => {
    put(bench, ...given);
    const there = all.filter(({ kind, name }) => given[kind === "Secret" ? 1 : 0][name] !== undefined);
    const stamp = await stampByController(bench, deployment({ annotations, spec }), there);
    if (stamp === undefined) return;
    const object = deployment({ annotations, spec: { ...spec, restartPolicy: "Always" } });
    const oldObject = deployment({ annotations, spec, stamp });
    assert.equal(await bench.stampFor({ operation: "UPDATE", object, oldObject }), stamp);
  });
  await t.resolves(fc.assert(property, { numRuns: 200 }));
});
