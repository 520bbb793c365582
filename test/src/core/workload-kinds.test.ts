import fc from "fast-check";
import t from "tap";
import {
  createWorkloadKinds,
  parseCustomWorkload,
  printCustomWorkload,
  type WorkloadKind,
  workloadKinds,
  workloadKindsProblems,
} from "../../../src/core/workload-kinds.ts";

function custom(text: string): WorkloadKind {
  const kind = parseCustomWorkload(text);
  if ("problem" in kind) throw new Error(kind.problem);
  return kind;
}

const knative = custom("serving.knative.dev/v1/services/Service");
const resources = (kinds: readonly WorkloadKind[]) => kinds.map(({ resource }) => resource);

t.test("parseCustomWorkload() reads a kind, with or without the path of its template", async (t) => {
  t.strictSame(knative, {
    ...{ group: "serving.knative.dev", version: "v1", resource: "services", kind: "Service" },
    ...{ templatePath: ["spec", "template"], stampable: true, builtIn: false, custom: true, pausable: false },
  });
  const nested = custom(" example.com/v1beta2/clusters/Cluster:spec.workers.pod-set.template ");
  t.strictSame(nested.templatePath, ["spec", "workers", "pod-set", "template"]);
  t.match(custom("/v1/replicationcontrollers/ReplicationController"), { group: "" }, "the core group is empty");
  for (const kind of [knative, nested]) t.strictSame(custom(printCustomWorkload(kind)), kind);
});

const unreadable: readonly { readonly text: string; readonly says: RegExp }[] = [
  { text: "", says: /^"" cannot be read; write GROUP\/VERSION\/RESOURCE\/KIND\[:template\.path\], such as/ },
  { text: "services.serving.knative.dev", says: /cannot be read/ },
  { text: "serving.knative.dev/v1/services", says: /cannot be read/ },
  { text: "example.com/v1/widgets/Widget/scale", says: /cannot be read/ },
  { text: "example.com/v1/widgets/Widget:a:b", says: /cannot be read/ },
  {
    text: "Example.com/v1/widgets/Widget",
    says: /^"Example.com" in ".*" is not an API group such as example\.com; write/,
  },
  { text: "example.com/1/widgets/Widget", says: /^"1" in ".*" is not a version such as v1/ },
  { text: "example.com/v1/Widget/widgets", says: /^"Widget" in ".*" is not a plural name in lower case/ },
  { text: "example.com/v1/widgets/widget", says: /^"widget" in ".*" is not a kind such as Widget/ },
  { text: "example.com/v1/widgets/Widget'", says: /is not a kind/ },
  { text: "example.com/v1/widgets/Widget:", says: /^"" in ".*" is not a dotted path such as spec\.template/ },
  { text: "example.com/v1/widgets/Widget:spec..template", says: /is not a dotted path/ },
  { text: "example.com/v1/widgets/Widget:.spec.template", says: /is not a dotted path/ },
  { text: "example.com/v1/widgets/Widget:spec.pods[0].template", says: /is not a dotted path/ },
  { text: "example.com/v1/widgets/Widget:spec.__proto__", says: /is not a dotted path/ },
  {
    text: "apps/v1/deployments/Deployment",
    says: /^"apps\/v1\/deployments\/Deployment:spec\.template" is known already/,
  },
  { text: "argoproj.io/v1beta1/rollouts/Rollout", says: /is known already: leave it out/ },
  { text: `${"a".repeat(200)}`, says: /^"a{80}…" cannot be read/ },
];
for (const { text, says } of unreadable) {
  t.match(parseCustomWorkload(text), { problem: says }, `parseCustomWorkload() of ${text.slice(0, 60)}`);
}

t.test("parseCustomWorkload() never throws, and what it reads is safe in CEL and paths", async (t) => {
  const part = fc.oneof(fc.string(), fc.constantFrom("a.b", "v1", "things", "Thing", ""));
  const text = fc.oneof(
    fc.string(),
    fc.tuple(part, part, part, part).map((parts) => parts.join("/")),
  );
  fc.assert(
    fc.property(text, (input) => {
      const kind = parseCustomWorkload(input);
      return "problem" in kind || /^[A-Za-z0-9./:_-]+$/.test(printCustomWorkload(kind));
    }),
  );
  t.pass();
});

t.test("createWorkloadKinds() follows the table by default", async (t) => {
  const kinds = createWorkloadKinds();
  t.strictSame(kinds.all, workloadKinds);
  t.equal(kinds.find("apps", "Deployment"), kinds.find("apps", "deployments"));
  t.equal(kinds.find("", "Deployment"), undefined);
  t.match(kinds.find("apps.openshift.io", "DeploymentConfig"), { builtIn: false, stampable: true });
});

t.test("createWorkloadKinds() adds kinds whose names exist elsewhere", async (t) => {
  const kinds = createWorkloadKinds({ customWorkloads: [knative] });
  t.equal(kinds.find("serving.knative.dev", "Service"), knative);
  t.equal(kinds.find("", "Service"), undefined, "a Service of the core group is none");
  t.ok(kinds.owns({ group: "serving.knative.dev", kind: "Service" }));
  t.notOk(kinds.owns({ group: "", kind: "Service" }));
  t.notOk(kinds.owns(undefined));
});

t.test("createWorkloadKinds() leaves kinds out, but knows them as owners", async (t) => {
  const cases = [
    { options: { argoRollouts: false }, lacks: ["rollouts"] },
    { options: { deploymentConfigs: false }, lacks: ["deploymentconfigs"] },
    { options: { ignoredWorkloadTypes: ["jobs", "cronjobs"] }, lacks: ["jobs", "cronjobs"] },
    { options: { ignoredWorkloadTypes: ["rollouts.argoproj.io", "services"] }, lacks: ["rollouts", "services"] },
  ];
  for (const { options, lacks } of cases) {
    const kinds = createWorkloadKinds({ customWorkloads: [knative], ...options });
    const left = resources([...workloadKinds, knative]).filter((name) => !lacks.includes(name));
    t.strictSame(resources(kinds.all), left, lacks.join());
    for (const { group, kind, resource } of kinds.known) {
      t.equal(kinds.find(group, kind) === undefined, lacks.includes(resource), resource);
      t.ok(kinds.owns({ group, kind }), resource);
    }
  }
});

t.test("workloadKindsProblems() says what the options cannot mean", async (t) => {
  t.strictSame(workloadKindsProblems({}), []);
  t.strictSame(
    workloadKindsProblems({ customWorkloads: [knative], ignoredWorkloadTypes: ["services", "jobs.batch"] }),
    [],
  );
  const again = { ...knative, version: "v1alpha1" };
  const options = { customWorkloads: [knative, again], ignoredWorkloadTypes: ["job", "jobs"] };
  t.strictSame(workloadKindsProblems(options), [
    '"serving.knative.dev/v1alpha1/services/Service:spec.template" is there twice: leave one out',
    '"job" is not a type of workload; write some of deployments, statefulsets, daemonsets, cronjobs, jobs, rollouts, deploymentconfigs, services',
  ]);
  t.strictSame(resources(createWorkloadKinds(options).all), [
    ...resources(workloadKinds).filter((name) => name !== "jobs"),
    "services",
  ]);
});
