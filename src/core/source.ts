import { configMaps, type Resource, secretProviderClasses, secrets } from "./object-ref.ts";

/** The kinds of object whose content pods take as configuration. */
export type SourceKind = "ConfigMap" | "Secret" | "SecretProviderClass";

/** One kind of source: where it is served, and what it is called. */
export interface SourceKindRow extends Resource {
  readonly kind: SourceKind;
  /** Begins its entries in a stamp, and names the kind in annotations: `configmap`. */
  readonly prefix: string;
  /** What Reloader calls it: `CONFIGMAP`. */
  readonly reloaderType: string;
  /** Part of every cluster, or an API that may be missing and may appear later. */
  readonly builtIn: boolean;
  /**
   * What tells its content: the object itself, or the pods that use it. Of the latter only the controller knows, and of the
   * object nothing but its existence and its annotations counts.
   */
  readonly contentFrom: "object" | "pods";
}

/** The kinds of source that restamp knows. */
export const sourceKinds: readonly SourceKindRow[] = [
  row(configMaps, "ConfigMap"),
  row(secrets, "Secret"),
  row(secretProviderClasses, "SecretProviderClass", { builtIn: false, contentFrom: "pods" }),
];

/** The row of a kind. */
export function sourceKind(kind: SourceKind): SourceKindRow {
  const found = sourceKinds.find((row) => row.kind === kind);
  if (found === undefined) throw new Error(`There is no kind of source "${kind}"`);
  return found;
}

/** Whether the content of a source does not lie in its object, but in what pods have mounted of it. */
export function isToldByPods({ kind }: { readonly kind: SourceKind }): boolean {
  return sourceKind(kind).contentFrom === "pods";
}

/** The kind that a stamp or an annotation names, in any case: `configmap`, `Secret`; `undefined` if it names none. */
export function namedSourceKind(text: string): SourceKind | undefined {
  return sourceKinds.find(({ prefix }) => prefix === text.toLowerCase())?.kind;
}

/** A source, by namespace. */
export interface SourceId {
  readonly kind: SourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** How a stamp names a source: `configmap/app-config`. */
export function sourceEntry(source: { readonly kind: SourceKind; readonly name: string }): string {
  return `${sourceKind(source.kind).prefix}/${source.name}`;
}

/** The source that an entry of a stamp is about; `undefined` where it is about none, or about a pattern. The inverse of {@link sourceEntry}. */
export function namedSource(entry: string): Pick<SourceId, "kind" | "name"> | undefined {
  const slash = entry.indexOf("/");
  const [kind, name] = [namedSourceKind(entry.slice(0, slash)), entry.slice(slash + 1)];
  return slash < 0 || kind === undefined || !isObjectName(name) ? undefined : { kind, name };
}

/** The key of a source in maps and queues: `ConfigMap/shop/app-config`. */
export function sourceKey(source: SourceId): string {
  return `${source.kind}/${source.namespace}/${source.name}`;
}

/** Whether an object of that name can exist: a DNS subdomain (RFC 1123), as the API server validates it. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

function row(
  resource: Resource,
  kind: SourceKind,
  more: Partial<Pick<SourceKindRow, "builtIn" | "contentFrom">> = {},
): SourceKindRow {
  const names = { kind, prefix: kind.toLowerCase(), reloaderType: kind.toUpperCase() };
  return { ...resource, ...names, builtIn: true, contentFrom: "object", ...more };
}
