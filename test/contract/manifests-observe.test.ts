import t from "tap";
import { environmentName } from "../../src/options/option-row.ts";
import { rowsOf } from "../../src/options/table.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { kustomize, manifest, parseManifests } from "../helpers/kustomize.ts";
import type { Rule } from "../helpers/rights.ts";

// The install for a trial: that it works so is shown by test/reloader/observe.test.ts.

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly env: readonly object[] }] } };
  };
}

const installs = {
  "overlays/observe": { resources: ["overlays/observe"] },
  "base/controller with components/observe": { resources: ["base/controller"], components: ["components/observe"] },
};
for (const [title, kustomization] of Object.entries(installs)) {
  t.test(`${title}: one replica at a time, which may write Events alone`, async (t) => {
    const objects = parseManifests(await kustomize(kustomization));
    const { spec } = manifest<Deployment>(objects, "Deployment");
    t.match(spec, { replicas: 1, strategy: { type: "Recreate" } });
    const mode = rowsOf("controller").find(({ name }) => name === "mode");
    const name = mode === undefined ? "" : environmentName(mode);
    t.match(
      spec.template.spec.containers[0].env.find((each) => (each as { name: string }).name === name),
      { value: "observe" },
    );
    t.same(
      objects.map(({ kind }) => kind).filter((kind) => ["Role", "RoleBinding", "PodDisruptionBudget"].includes(kind)),
      [],
    );
    const { rules } = manifest<KubeObject & { readonly rules: readonly Rule[] }>(objects, "ClusterRole");
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)));
    t.same(writing, [{ apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] }]);
  });
}
