import t from "tap";
import { createWorkloadKinds, parseCustomWorkload } from "../../../src/core/workload-kinds.ts";
import { customWorkloadRights, customWorkloadRightsYaml } from "../../../src/manifests/custom-workload-rights.ts";
import { parseManifests } from "../../helpers/kustomize.ts";

const customWorkloads = [
  "serving.knative.dev/v1/services/Service",
  "example.com/v1/clusters/Cluster:spec.workers.pod.template",
  "example.com/v1/widgets/Widget",
].map((text) => {
  const kind = parseCustomWorkload(text);
  if ("problem" in kind) throw new Error(kind.problem);
  return kind;
});

t.test(
  "customWorkloadRights() has the rights on the kinds that an operator has configured, and no others",
  async (t) => {
    const kinds = createWorkloadKinds({ customWorkloads, ignoredWorkloadTypes: ["widgets"] });
    const names = { namespace: "acme-system", controllerServiceAccount: "acme-controller" };
    const [role, binding, ...more] = customWorkloadRights(kinds, names);
    const verbs = ["get", "list", "watch", "patch"];
    t.match(role, {
      kind: "ClusterRole",
      rules: [
        { apiGroups: ["serving.knative.dev"], resources: ["services"], verbs },
        { apiGroups: ["example.com"], resources: ["clusters"], verbs },
      ],
    });
    t.match(binding, {
      kind: "ClusterRoleBinding",
      roleRef: { kind: "ClusterRole", name: Reflect.get(Object(role), "metadata").name },
      subjects: [{ kind: "ServiceAccount", name: "acme-controller", namespace: "acme-system" }],
    });
    t.same(more, []);
    t.same(parseManifests(customWorkloadRightsYaml(kinds, names)), [role, binding]);
  },
);

t.test("customWorkloadRights() are none without such kinds", async (t) => {
  t.same(customWorkloadRights(createWorkloadKinds()), []);
  t.equal(customWorkloadRightsYaml(createWorkloadKinds()), "");
});
