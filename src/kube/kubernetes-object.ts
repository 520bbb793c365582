/** Any object as the API server sends it. Nothing of it may be trusted but that it is an object. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMetadata;
  readonly [field: string]: unknown;
}

/** The part of `metadata` that restamp reads. */
export interface ObjectMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * Only the metadata, and of it neither `managedFields` nor what `kubectl apply` keeps: that annotation holds the whole
 * content of a Secret. Guards against a server that sends more than the metadata that it was asked for.
 */
export function metadataOnly(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata ?? {};
  const { [lastApplied]: __, ...kept } = annotations ?? {};
  return { metadata: annotations === undefined ? metadata : { ...metadata, annotations: kept } };
}

/** `shop/db`, or the name alone of a cluster-scoped object. */
export function objectName(object: KubernetesObject): string {
  const { namespace, name = "" } = object.metadata ?? {};
  return namespace === undefined ? name : `${namespace}/${name}`;
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
