import type { AuditEntry } from "../controlplane/audit-log.ts";
import type { Kube, KubeObject } from "../controlplane/kube.ts";

/** One ability: a verb on a resource, perhaps of certain names only, everywhere or in one namespace. */
export interface Ability {
  readonly role: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

type Role = KubeObject & { readonly rules: readonly Rule[] };
type Binding = KubeObject & {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
};

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Everything that RBAC grants to a ServiceAccount by name (not to all of them), one ability at a time. */
export async function abilitiesOf(kube: Kube, account: { namespace: string; name: string }): Promise<Ability[]> {
  const bindings = [
    ...(await kube.list<Binding>(`${rbac}/clusterrolebindings`)),
    ...(await kube.list<Binding>(`${rbac}/rolebindings`)),
  ].filter(({ subjects = [] }) =>
    subjects.some(({ name, namespace }) => name === account.name && namespace === account.namespace),
  );
  const found: Ability[] = [];
  for (const { roleRef, metadata } of bindings) {
    const { namespace } = metadata;
    const path = roleRef.kind === "Role" ? `${rbac}/namespaces/${namespace}/roles` : `${rbac}/clusterroles`;
    const { rules } = await kube.get<Role>(`${path}/${roleRef.name}`);
    const role = `${roleRef.kind} ${roleRef.name}`;
    found.push(...rules.flatMap(expanded).map((ability) => ({ role, namespace, ...ability })));
  }
  return found;
}

/** Whether an ability permits a request. */
export function permits(ability: Ability, entry: AuditEntry): boolean {
  return (
    ability.verb === entry.verb &&
    ability.group === entry.group &&
    ability.resource === [entry.resource, entry.subresource].filter((part) => part !== "").join("/") &&
    (ability.name === undefined || ability.name === entry.name) &&
    (ability.namespace === undefined || ability.namespace === entry.namespace)
  );
}

/** An ability in words, such as `ClusterRole restamp-controller: get jobs.batch`. */
export function describeAbility({ role, verb, group, resource, name, namespace }: Ability): string {
  const what = `${verb} ${group === "" ? resource : `${resource}.${group}`}${name === undefined ? "" : ` "${name}"`}`;
  return `${role}: ${what}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

function expanded({ apiGroups = [], resources = [], resourceNames, verbs }: Rule) {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        (resourceNames ?? [undefined]).map((name: string | undefined) => ({ group, resource, verb, name })),
      ),
    ),
  );
}
