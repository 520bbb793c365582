import fc from "fast-check";
import t from "tap";
import { allowed, parseAdmissionReview, patched } from "../../webhook/admission-review.ts";
import { readAnswer, review } from "../helpers/admission.ts";

t.test("parseAdmissionReview() reads what the API server sends", async (t) => {
  const parsed = parseAdmissionReview(review({ object: { a: 1 }, oldObject: { b: 2 }, subResource: "scale" }));
  t.match(parsed, {
    is: "review",
    request: {
      ...{ uid: "705ab4f5-6393-11e8-b7cc-42010a800002", group: "apps", resource: "deployments", subResource: "scale" },
      ...{ kind: "Deployment", namespace: "shop", name: "cart", operation: "UPDATE", username: "jane" },
      ...{ fieldManager: "kubectl-client-side-apply", object: { a: 1 }, oldObject: { b: 2 } },
    },
  });
  const generated = parseAdmissionReview(review({ name: "", object: { metadata: { generateName: "cart-" } } }));
  t.match(generated, { request: { name: "cart-" } }, "takes generateName where there is no name yet");
});

t.test("parseAdmissionReview() never throws", async (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
      const parsed = parseAdmissionReview(body);
      return parsed.is === "unreadable" || typeof parsed.request.uid === "string";
    }),
  );
  const anyRequest = fc.dictionary(
    fc.constantFrom("resource", "object", "userInfo", "options", "name"),
    fc.jsonValue(),
  );
  fc.assert(fc.property(anyRequest, (request) => parseAdmissionReview(review(request)).is === "review"));
  t.pass();
});

t.test("allowed(), patched() answer in admission.k8s.io/v1", async (t) => {
  const remarks = { warnings: [], outcome: "skipped" };
  t.same(JSON.parse(allowed("u1", remarks)), {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: "u1", allowed: true, auditAnnotations: { outcome: "skipped" } },
  });
  const answer = patched("u1", [{ op: "remove", path: "/a" }], { warnings: ["w"], outcome: "carried" });
  t.equal(JSON.parse(answer).response.patchType, "JSONPatch");
  t.match(readAnswer(answer), { allowed: true, warnings: ["w"], patch: [{ op: "remove", path: "/a" }] });
});
