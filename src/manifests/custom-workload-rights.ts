import type { WorkloadKinds } from "../core/workload-kinds.ts";
import type { InstallNames } from "./webhook-configuration.ts";
import { yamlDocument } from "./yaml-document.ts";

const name = "restamp-custom-workloads";

/**
 * The rights that the controller needs on the kinds that an operator has configured, as plain objects; none without any. The
 * webhook needs none: a review brings the workload along.
 */
export function customWorkloadRights(kinds: WorkloadKinds, names: InstallNames = {}): readonly object[] {
  const byGroup = Map.groupBy(
    kinds.all.filter(({ custom }) => custom),
    ({ group }) => group,
  );
  if (byGroup.size === 0) return [];
  const metadata = {
    name,
    labels: {
      "app.kubernetes.io/name": "restamp",
      "app.kubernetes.io/component": "controller",
      "app.kubernetes.io/part-of": "restamp",
    },
  };
  const account = names.controllerServiceAccount ?? "restamp-controller";
  return [
    {
      ...rbac("ClusterRole"),
      metadata,
      rules: [...byGroup].map(([group, rows]) => ({
        apiGroups: [group],
        resources: rows.map(({ resource }) => resource),
        verbs: ["get", "list", "watch", "patch"],
      })),
    },
    {
      ...rbac("ClusterRoleBinding"),
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name: account, namespace: names.namespace ?? "restamp-system" }],
    },
  ];
}

/** {@link customWorkloadRights} as YAML documents that follow another one; empty without any. */
export function customWorkloadRightsYaml(kinds: WorkloadKinds, names: InstallNames = {}): string {
  return customWorkloadRights(kinds, names)
    .map((object) => `---\n${yamlDocument(object)}`)
    .join("");
}

function rbac(kind: string) {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind };
}
