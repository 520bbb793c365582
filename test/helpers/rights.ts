import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";

/** One rule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };

const clusterRole = "/apis/rbac.authorization.k8s.io/v1/clusterroles/restamp-controller";

/** Gives the controller other rights on the cluster than the manifests do; those in its own namespace stay. */
export async function setClusterRules(kube: Kube, rules: readonly Rule[]): Promise<void> {
  await kube.patch(clusterRole, { rules });
}

/** The rights that the controller has on the cluster. */
export async function clusterRules(kube: Kube): Promise<readonly Rule[]> {
  return (await kube.get<Role>(clusterRole)).rules;
}

/** What a ServiceAccount may do, or may not. */
export interface Right {
  readonly account: { readonly namespace: string; readonly name: string };
  readonly verb: string;
  /** Of the core API. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/**
 * Waits until the API server goes by a change of RBAC: it learns of it by a watch, after it has answered whoever made the
 * change.
 */
export async function untilGranted(kube: Kube, { account, ...right }: Right, granted = true): Promise<void> {
  const user = `system:serviceaccount:${account.namespace}:${account.name}`;
  const isSo = async (): Promise<boolean> => {
    const review = await kube.raw("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      method: "POST",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user, resourceAttributes: right },
      },
    });
    return JSON.parse(review.body).status.allowed === granted;
  };
  const what = `${right.verb} on ${right.resource} to be ${granted ? "granted to" : "taken from"} ${account.name}`;
  await waitFor(isSo, { describe: what });
}

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

/**
 * The ClusterRole of Reloader's chart 2.2.16 with its default values: workloads may be listed, not watched, and Namespaces
 * may not be read.
 */
export const reloadersRules: readonly Rule[] = [
  rule("", ["secrets", "configmaps"], ["list", "get", "watch"]),
  rule("apps", ["deployments", "daemonsets", "statefulsets"], ["list", "get", "update", "patch"]),
  rule("batch", ["cronjobs"], ["list", "get"]),
  rule("batch", ["jobs"], ["create", "delete", "list", "get"]),
  rule("", ["events"], ["create", "patch"]),
];
