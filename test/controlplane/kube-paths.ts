import type { Transport } from "./kube-transport.ts";

/** Enough of an object to know where it lives. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A kind, in one namespace or in all. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
}

/** Finds the paths of objects from what the API server says about its kinds, which is asked once for each group. */
export interface KubePaths {
  /** Path of the collection, such as "/apis/apps/v1/namespaces/shop/deployments". */
  collection(of: Collection): Promise<string>;
  /** Path of one object; a path is returned as it is. */
  object(target: string | Identity): Promise<string>;
}

interface Kind {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Creates the finder of paths. */
export function createKubePaths(transport: Transport): KubePaths {
  const known = new Map<string, readonly Kind[]>();

  async function findKind({ apiVersion, kind }: Collection): Promise<Kind> {
    const find = () => known.get(apiVersion)?.find((row) => row.kind === kind && !row.name.includes("/"));
    const found = find();
    if (found) return found;
    // Asked again for an unknown kind: its CRD may be new.
    const { status, body } = await transport.send(groupPath(apiVersion));
    if (status === 200) known.set(apiVersion, (JSON.parse(body) as { resources: Kind[] }).resources);
    const now = find();
    if (now === undefined)
      throw new Error(`Cannot find kind "${kind}" in "${apiVersion}": the API server does not serve it`);
    return now;
  }

  async function collection(of: Collection): Promise<string> {
    const { name, namespaced } = await findKind(of);
    const folder = namespaced && of.namespace !== undefined ? `/namespaces/${of.namespace}` : "";
    return `${groupPath(of.apiVersion)}${folder}/${name}`;
  }

  async function object(target: string | Identity): Promise<string> {
    if (typeof target === "string") return target;
    const { apiVersion, kind, metadata } = target;
    const { namespaced } = await findKind(target);
    const namespace = namespaced ? (metadata.namespace ?? "default") : undefined;
    return `${await collection({ apiVersion, kind, namespace })}/${metadata.name}`;
  }

  return { collection, object };
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
