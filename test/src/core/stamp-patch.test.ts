import fc from "fast-check";
import t from "tap";
import { at, canonicalJson, isObject } from "../../../src/core/json.ts";
import { annotationsLimit, annotationsSize, sameApartFromStamp, stampOf } from "../../../src/core/pod-template.ts";
import { stampAnnotation } from "../../../src/core/stamp.ts";
import {
  advanceOperations,
  escapePointer,
  type PatchOperation,
  stampFits,
  stampOperations,
} from "../../../src/core/stamp-patch.ts";
import { readWorkload } from "../../../src/core/workload.ts";
import { createWorkloadKinds, type WorkloadKind } from "../../../src/core/workload-kinds.ts";

/** RFC 6902 as the API server has it; `undefined` where the patch is rejected. A `test` for null holds where nothing is. */
function apply(object: unknown, operations: readonly PatchOperation[]): unknown {
  const result = structuredClone(object);
  for (const operation of operations) {
    const path = operation.path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = path.at(-1) ?? "";
    const parent = at(result, path.slice(0, -1));
    const found = at(result, path);
    if (operation.op === "test") {
      if (canonicalJson(found) !== canonicalJson(operation.value)) return undefined;
      continue;
    }
    if (!isObject(parent)) return undefined;
    if (operation.op === "remove" && found === undefined) return undefined;
    if (operation.op === "remove") Reflect.deleteProperty(parent, last);
    else
      Reflect.defineProperty(parent, last, {
        value: operation.value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return result;
}

function kindOf(group: string, resource: string): WorkloadKind {
  const kind = createWorkloadKinds().find(group, resource);
  if (kind === undefined) throw new Error(`no kind ${resource}`);
  return kind;
}

const kinds = fc.constantFrom(kindOf("apps", "deployments"), kindOf("batch", "cronjobs"));
const wrap = (path: readonly string[], value: unknown): object =>
  Object(path.reduceRight((inner: unknown, part) => ({ [part]: inner }), value));

const annotations = fc.oneof(
  fc.constantFrom(undefined, null, {}),
  fc.dictionary(fc.string(), fc.string()),
  fc
    .tuple(fc.dictionary(fc.string(), fc.string()), fc.string())
    .map(([more, stamp]) => ({ ...more, [stampAnnotation]: stamp })),
);
const metadata = fc.oneof(
  fc.constantFrom(undefined, null),
  fc.record({ labels: fc.dictionary(fc.string(), fc.string()), annotations }),
);
const templates = fc.record({ metadata, spec: fc.jsonValue() });

t.test("escapePointer() follows RFC 6901", async (t) => {
  t.equal(escapePointer("restamp.dev/stamp"), "restamp.dev~1stamp");
  t.equal(escapePointer("~/"), "~0~1");
});

t.test("stampOperations() gives exactly the stamp", async (t) => {
  fc.assert(
    fc.property(templates, kinds, fc.option(fc.string(), { nil: undefined }), (template, kind, stamp) => {
      const object = wrap(kind.templatePath, template);
      const result = apply(object, stampOperations(object, kind.templatePath, stamp));
      const after = at(result, kind.templatePath);
      return stampOf(after) === stamp && sameApartFromStamp(template, after) && result !== undefined;
    }),
  );
  t.same(stampOperations({ spec: { template: {} } }, ["spec", "template"], undefined), [], "nothing to take away");
});

t.test("advanceOperations() applies to the object that was looked at, and to no other", async (t) => {
  const uid = "u1";
  fc.assert(
    fc.property(templates, templates, kinds, (template, other, kind) => {
      const object = { metadata: { uid }, ...wrap(kind.templatePath, template) };
      const workload = readWorkload(kind, object);
      const operations = advanceOperations(workload, "v1:new");
      const result = apply(object, operations);
      const after = at(result, kind.templatePath);
      if (stampOf(after) !== "v1:new" || !sameApartFromStamp(after, template)) return false;
      const reborn = { ...object, metadata: { uid: "u2" } };
      const changed = { metadata: { uid }, ...wrap(kind.templatePath, other) };
      const isOther = stampOf(other) !== stampOf(template);
      return apply(reborn, operations) === undefined && (!isOther || apply(changed, operations) === undefined);
    }),
  );
  const rollout = readWorkload(kindOf("argoproj.io", "rollouts"), {
    spec: { workloadRef: { kind: "Deployment", name: "x" } },
  });
  t.same(advanceOperations(rollout, "v1:new"), [], "without a template there is nothing to write");
});

t.test("stampFits() knows the limit to the byte", async (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.option(fc.string(), { nil: undefined }), fc.string(), (less, before, stamp) => {
      const filler = "x".repeat(annotationsLimit - less - 1);
      const own = before === undefined ? {} : { [stampAnnotation]: before };
      const template = { metadata: { annotations: { a: filler, ...own } } };
      const object = { spec: { template } };
      const result = apply(object, stampOperations(object, ["spec", "template"], stamp));
      const size = annotationsSize(at(result, ["spec", "template"]));
      return stampFits(annotationsSize(template), before, stamp) === size <= annotationsLimit;
    }),
    { numRuns: 40 },
  );
  t.pass();
});
