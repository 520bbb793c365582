import fc from "fast-check";
import t from "tap";
import { at, isObject } from "../../src/core/json.ts";
import { sameApartFromStamp, stampOf } from "../../src/core/pod-template.ts";
import { stampAnnotation } from "../../src/core/stamp.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { triage } from "../../webhook/admission-subject.ts";
import { applyPatch } from "../../webhook/apply-patch.ts";
import { checkedPatch } from "../../webhook/checked-patch.ts";
import { admissionRequest } from "../helpers/admission.ts";

const kinds = createWorkloadKinds();

const texts = fc.dictionary(fc.string(), fc.string());
const annotations = fc.oneof(
  fc.constantFrom(undefined, null, {}, [], "x", 7),
  texts,
  fc.tuple(texts, fc.string()).map(([others, stamp]) => ({ ...others, [stampAnnotation]: stamp })),
);
const metadata = fc.oneof(
  fc.constantFrom(undefined, null, [], "x"),
  fc.record({ labels: fc.jsonValue(), annotations }),
);
const template = fc.record({ metadata, spec: fc.jsonValue() });
const resource = fc.constantFrom(
  { group: "apps", resource: "deployments", wrap: (value: unknown) => ({ spec: { template: value } }) },
  {
    group: "batch",
    resource: "cronjobs",
    wrap: (value: unknown) => ({ spec: { jobTemplate: { spec: { template: value } } } }),
  },
);

t.test("checkedPatch() applies to the object that it was made for, and does what it says", async (t) => {
  fc.assert(
    fc.property(template, resource, fc.option(fc.string(), { nil: undefined }), (body, { wrap, ...names }, text) => {
      const request = admissionRequest({ resource: names, object: wrap(body) });
      const found = triage(request, kinds);
      if (found.is !== "subject") return false;
      const { subject } = found;
      const patch = checkedPatch(subject, text);
      // The API server sends none of these; what they held would be lost.
      if ("problem" in patch) return isOdd(body.metadata) || isOdd(at(body.metadata, ["annotations"]));
      const result = at(applyPatch(request.object, patch.operations), subject.kind.templatePath);
      const again = triage(admissionRequest({ resource: names, object: wrap(result) }), kinds);
      return (
        stampOf(result) === text &&
        sameApartFromStamp(result, subject.template) &&
        again.is === "subject" &&
        Reflect.get(checkedPatch(again.subject, text), "operations").length === 0
      );
    }),
  );
  t.pass();
});

function isOdd(value: unknown): boolean {
  return value !== undefined && value !== null && !isObject(value);
}
