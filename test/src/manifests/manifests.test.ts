import t from "tap";
import { parseCustomWorkload } from "../../../src/core/workload-kinds.ts";
import { manifestsYaml } from "../../../src/manifests/manifests.ts";
import { parseManifests } from "../../helpers/kustomize.ts";

t.test("manifestsYaml() is the webhook configuration, and the rights that kinds of one's own take", async (t) => {
  const kind = parseCustomWorkload("example.com/v1/widgets/Widget:spec.pod");
  if ("problem" in kind) throw new Error(kind.problem);
  t.same(
    parseManifests(manifestsYaml()).map((object) => object.kind),
    ["MutatingWebhookConfiguration"],
  );
  const [configuration, ...rights] = parseManifests(manifestsYaml({ customWorkloads: [kind], namespace: "acme" }));
  t.match(JSON.stringify(configuration), '"spec-pod.namespaces.restamp.dev"');
  t.same(
    rights.map((object) => object.kind),
    ["ClusterRole", "ClusterRoleBinding"],
  );
});
