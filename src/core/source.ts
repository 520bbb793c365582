/** The two kinds of object whose content pods take as configuration. */
export type SourceKind = "ConfigMap" | "Secret";

/** A ConfigMap or Secret, by namespace. */
export interface SourceId {
  readonly kind: SourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** How a stamp names a source: `configmap/app-config`. */
export function sourceEntry(source: { readonly kind: SourceKind; readonly name: string }): string {
  return `${source.kind === "ConfigMap" ? "configmap" : "secret"}/${source.name}`;
}

/** The key of a source in maps and queues: `ConfigMap/shop/app-config`. */
export function sourceKey(source: SourceId): string {
  return `${source.kind}/${source.namespace}/${source.name}`;
}

/** Whether an object of that name can exist: a DNS subdomain (RFC 1123), as the API server validates it. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}
