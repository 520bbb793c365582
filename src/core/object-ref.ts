/** Where a kind of object is served. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `deployments`. */
  readonly resource: string;
  /** `Deployment`. */
  readonly kind: string;
}

/** One object, as an Event's `regarding` names it. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersion(resource: Pick<Resource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `secrets`, or `rollouts.argoproj.io`: how RBAC and `kubectl` name a resource. */
export function resourceName({ group, resource }: Pick<Resource, "group" | "resource">): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** The path of a collection, or of one object of it. Without a namespace: all namespaces, or a cluster-scoped kind. */
export function resourcePath(resource: Resource, where: { namespace?: string; name?: string } = {}): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = where.namespace === undefined ? "" : `/namespaces/${encodeURIComponent(where.namespace)}`;
  const name = where.name === undefined ? "" : `/${encodeURIComponent(where.name)}`;
  return `${root}${scope}/${resource.resource}${name}`;
}

/** `Deployment shop/cart`: how messages and Events name an object. */
export function describeObject(object: Pick<ObjectReference, "kind" | "namespace" | "name">): string {
  return `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
}

/** ConfigMaps, as sources and for the ledger. */
export const configMaps: Resource = { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" };
/** Secrets, as sources and for the digest keys. */
export const secrets: Resource = { group: "", version: "v1", resource: "secrets", kind: "Secret" };
/** Classes of the Secrets Store CSI driver: what pods mount from outside the cluster, for their annotations. */
export const secretProviderClasses: Resource = {
  group: "secrets-store.csi.x-k8s.io",
  version: "v1",
  resource: "secretproviderclasses",
  kind: "SecretProviderClass",
};
/** What the Secrets Store CSI driver has mounted, one object for each pod. */
export const secretProviderClassPodStatuses: Resource = {
  group: "secrets-store.csi.x-k8s.io",
  version: "v1",
  resource: "secretproviderclasspodstatuses",
  kind: "SecretProviderClassPodStatus",
};
/** Namespaces, for their opt-in label and defaults. */
export const namespaces: Resource = { group: "", version: "v1", resource: "namespaces", kind: "Namespace" };
/** Leases, for leader election. */
export const leases: Resource = { group: "coordination.k8s.io", version: "v1", resource: "leases", kind: "Lease" };
