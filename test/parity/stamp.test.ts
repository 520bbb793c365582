import assert from "node:assert/strict";
import fc from "fast-check";
import t from "tap";
import { deployment } from "../helpers/admission.ts";
import { admissionBench } from "../helpers/admission-bench.ts";
import { stampByController } from "../helpers/stamp-by-controller.ts";

// One decision, two callers: the webhook's stamp of a template is the one that the controller compares with, whatever the
// template refers to and whatever is there. Both read from the same server, each its own way.

const names = fc.constantFrom("a", "b", "c");
const keyNames = fc.constantFrom("k", "l", "m");
const kinds = fc.constantFrom("configMap", "secret");
const optional = fc.option(fc.boolean(), { nil: undefined });

const envFrom = fc.record({ kind: kinds, name: names, optional }).map(({ kind, ...ref }) => ({ [`${kind}Ref`]: ref }));
const env = fc
  .record({ kind: kinds, name: names, key: keyNames, optional })
  .map(({ kind, ...ref }) => ({ name: "V", valueFrom: { [`${kind}KeyRef`]: ref } }));
const items = fc.option(
  fc.array(
    keyNames.map((key) => ({ key, path: key })),
    { minLength: 1, maxLength: 2 },
  ),
  { nil: undefined },
);
const volumeSource = fc.record({ kind: kinds, name: names, optional, items }).map(({ kind, name, ...rest }) => ({
  [kind]: kind === "secret" ? { secretName: name, ...rest } : { name, ...rest },
}));
const projected = fc
  .array(fc.record({ kind: kinds, name: names, optional, items }), { maxLength: 2 })
  .map((sources) => ({ projected: { sources: sources.map(({ kind, ...source }) => ({ [kind]: source })) } }));
const mount = fc.record({ name: fc.constantFrom("v0", "v1"), subPath: fc.option(keyNames, { nil: undefined }) });
const container = fc.record({
  envFrom: fc.array(envFrom, { maxLength: 2 }),
  env: fc.array(env, { maxLength: 3 }),
  volumeMounts: fc.array(mount, { maxLength: 2 }),
});
const podSpecs = fc.record({
  containers: fc.array(container, { minLength: 1, maxLength: 2 }),
  initContainers: fc.array(container, { maxLength: 1 }),
  volumes: fc
    .array(fc.oneof(volumeSource, projected), { maxLength: 2 })
    .map((volumes) => volumes.map((volume, index) => ({ name: `v${index}`, ...volume }))),
});
const values = fc.dictionary(
  keyNames,
  fc.string().map((text) => Buffer.from(text).toString("base64")),
);
const sources = fc.dictionary(names, fc.record({ data: values, binaryData: values }));

t.test("webhook and controller make the same stamp of any pod template", async (t) => {
  const bench = await admissionBench(t);
  const property = fc.asyncProperty(podSpecs, sources, sources, async (spec, configMaps, secrets) => {
    for (const name of ["a", "b", "c"]) {
      bench.put("configmaps", name, configMaps[name] && stored(name, configMaps[name]));
      bench.put("secrets", name, secrets[name] && stored(name, { data: secrets[name].data }));
    }
    const object = deployment({ spec });
    const byWebhook = await bench.stampFor({ operation: "CREATE", object });
    assert.equal(byWebhook, await stampByController(bench, object));
  });
  await t.resolves(fc.assert(property, { numRuns: 200 }));
});

function stored(name: string, content: object): object {
  return { metadata: { name, namespace: "shop", uid: name, resourceVersion: "1" }, ...content };
}
