import fc from "fast-check";
import t from "tap";
import { triage } from "../../webhook/admission-subject.ts";
import { admissionRequest, deployment } from "../helpers/admission.ts";
import { oldStamp } from "../helpers/admission-bench.ts";

t.test("triage() finds the template, the requested and the stored stamp", async (t) => {
  const stored = deployment({ stamp: oldStamp });
  const found = triage(admissionRequest({ object: deployment({ stamp: "other" }), oldObject: stored }));
  t.match(found, { is: "subject", subject: { kind: { kind: "Deployment" }, requested: "other", stored: oldStamp } });
  const created = triage(admissionRequest({ object: deployment(), operation: "CREATE", oldObject: stored }));
  t.match(
    created,
    { is: "subject", subject: { stored: undefined, storedTemplate: undefined } },
    "on CREATE nothing is stored",
  );
  const spec = { jobTemplate: { spec: { template: { spec: {} } } } };
  const cron = triage(admissionRequest({ resource: { group: "batch", resource: "cronjobs" }, object: { spec } }));
  t.match(cron, { is: "subject", subject: { kind: { kind: "CronJob" }, template: { spec: {} } } });
});

t.test("triage() takes no kind for a resource", async (t) => {
  const found = triage(admissionRequest({ resource: { group: "apps", resource: "Deployment" }, object: deployment() }));
  t.match(found, { is: "foreign", warning: /"Deployment.apps" is not a kind of workload/ });
});

t.test("triage() never throws", async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (object, oldObject) => {
      const found = triage(admissionRequest({ object, oldObject }));
      return found.is === "foreign" || found.is === "subject";
    }),
  );
  t.pass();
});
