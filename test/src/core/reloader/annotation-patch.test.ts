import fc from "fast-check";
import t from "tap";
import { at, canonicalJson } from "../../../../src/core/json.ts";
import { annotationOperations, withAnnotations } from "../../../../src/core/reloader/annotation-patch.ts";
import { pointerTo } from "../../../../src/core/stamp-patch.ts";
import { applyJsonPatch } from "../../../helpers/json-patch.ts";

const path = ["spec", "jobTemplate", "spec", "template"];
const wrap = (template: unknown): unknown => path.reduceRight((inner: unknown, key) => ({ [key]: inner }), template);
const key = fc.constantFrom("restamp.dev/stamp", "a/b~c", "x");
const texts = fc.dictionary(key, fc.string());
const template = fc.record(
  {
    metadata: fc.option(fc.record({ labels: texts, annotations: fc.option(texts) }, { requiredKeys: [] })),
    spec: texts,
  },
  { requiredKeys: ["spec"] },
);
const wanted = fc.dictionary(key, fc.option(fc.string(), { nil: undefined }));

t.test("pointerTo() escapes each part", async (t) => {
  t.equal(pointerTo(["a", 0, "b/c~d"]), "/a/0/b~1c~0d");
});

t.test("annotationOperations() sets and takes away in one go, whatever of the path exists", async (t) => {
  fc.assert(
    fc.property(template, wanted, (before, annotations) => {
      const after = applyJsonPatch(wrap(before), annotationOperations(wrap(before), path, annotations));
      const isSet = Object.entries(annotations).every(
        ([name, value]) => at(after, [...path, "metadata", "annotations", name]) === value,
      );
      return isSet && canonicalJson(after) === canonicalJson(wrap(withAnnotations(before, annotations)));
    }),
  );
  t.pass();
});

t.test("annotationOperations() gives nothing for what is as it should be", async (t) => {
  fc.assert(
    fc.property(template, wanted, (before, annotations) => {
      const after = wrap(withAnnotations(before, annotations));
      return annotationOperations(after, path, annotations).length === 0;
    }),
  );
  t.strictSame(annotationOperations({}, path, { x: "1" }), [], "without a template there is nothing to write");
});

t.test("annotationOperations() apply to the annotations that were seen, and to no others", async (t) => {
  fc.assert(
    fc.property(template, template, wanted, (before, other, annotations) => {
      const of = (each: unknown, name: string) => at(each, ["metadata", "annotations", name]) ?? null;
      const operations = annotationOperations(wrap(before), path, annotations);
      const touched = Object.keys(annotations).filter((name) => of(before, name) !== (annotations[name] ?? null));
      const isChanged = touched.some((name) => of(before, name) !== of(other, name));
      return !isChanged || applyJsonPatch(wrap(other), operations) === undefined;
    }),
  );
  t.pass();
});
