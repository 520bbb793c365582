import fc from "fast-check";
import t from "tap";
import { createWorkloadKinds, parseCustomWorkload } from "../../src/core/workload-kinds.ts";
import { triage } from "../../webhook/admission-subject.ts";
import { admissionRequest, deployment } from "../helpers/admission.ts";
import { oldStamp } from "../helpers/admission-bench.ts";

const kinds = createWorkloadKinds();

t.test("triage() finds the template, the requested and the stored stamp", async (t) => {
  const stored = deployment({ stamp: oldStamp });
  const found = triage(admissionRequest({ object: deployment({ stamp: "other" }), oldObject: stored }), kinds);
  t.match(found, { is: "subject", subject: { kind: { kind: "Deployment" }, requested: "other", stored: oldStamp } });
  const created = triage(admissionRequest({ object: deployment(), operation: "CREATE", oldObject: stored }), kinds);
  t.match(
    created,
    { is: "subject", subject: { stored: undefined, storedTemplate: undefined } },
    "on CREATE nothing is stored",
  );
  const spec = { jobTemplate: { spec: { template: { spec: {} } } } };
  const cron = triage(
    admissionRequest({ resource: { group: "batch", resource: "cronjobs" }, object: { spec } }),
    kinds,
  );
  t.match(cron, { is: "subject", subject: { kind: { kind: "CronJob" }, template: { spec: {} } } });
});

t.test("triage() takes no kind for a resource", async (t) => {
  const found = triage(
    admissionRequest({ resource: { group: "apps", resource: "Deployment" }, object: deployment() }),
    kinds,
  );
  t.match(found, { is: "foreign", warning: /"Deployment.apps" is not a kind of workload/ });
});

t.test("triage() follows the kinds that the options decide on", async (t) => {
  const custom = parseCustomWorkload("serving.knative.dev/v1/services/Service:spec.pod.template");
  if ("problem" in custom) throw new Error(custom.problem);
  const own = createWorkloadKinds({ customWorkloads: [custom], ignoredWorkloadTypes: ["statefulsets"] });
  const resource = { group: "serving.knative.dev", resource: "services" };
  const object = { spec: { pod: { template: { spec: {} } } } };
  t.match(triage(admissionRequest({ resource, object }), own), { is: "subject", subject: { kind: custom } });
  t.match(triage(admissionRequest({ resource, object: { spec: { pod: [] } } }), own), { is: "foreign" }, "no template");
  const service = { group: "", resource: "services" };
  t.match(triage(admissionRequest({ resource: service, object }), own), { is: "foreign", warning: /"services"/ });
  const ignored = admissionRequest({ resource: { group: "apps", resource: "statefulsets" }, object: deployment() });
  t.strictSame(triage(ignored, own), { is: "foreign" }, "what is switched off is no mistake in the set-up");
});

t.test("triage() leaves alone what a workload of a known kind controls", async (t) => {
  const custom = parseCustomWorkload("example.com/v1/shops/Shop");
  if ("problem" in custom) throw new Error(custom.problem);
  const by = (kind: string) => ({ ownerReferences: [{ apiVersion: "example.com/v1", kind, controller: true }] });
  const request = admissionRequest({ object: { ...deployment(), metadata: by("Shop") } });
  t.match(triage(request, kinds), { is: "subject" });
  t.match(triage(request, createWorkloadKinds({ customWorkloads: [custom] })), { is: "foreign" });
  const off = createWorkloadKinds({ customWorkloads: [custom], ignoredWorkloadTypes: ["shops"] });
  t.match(triage(request, off), { is: "foreign" }, "followed or not");
});

t.test("triage() never throws", async (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (object, oldObject) => {
      const found = triage(admissionRequest({ object, oldObject }), kinds);
      return found.is === "foreign" || found.is === "subject";
    }),
  );
  t.pass();
});
