import { KubeError, orMissing } from "./kube-error.ts";
import { type Collection, createKubePaths, type Identity } from "./kube-paths.ts";
import type { RawRequest, RawResponse, Transport } from "./kube-transport.ts";

/** Any object of the API. Calls take the exact type as a parameter where a test wants it. */
export interface KubeObject extends Identity {
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** The usual fields of metadata. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Query parameters, such as `{ dryRun: "All" }`. */
export type Query = Readonly<Record<string, string>>;

/** An absolute path, or an object (or the beginning of one) that says where it is; the default namespace is "default". */
export type Target = string | Submitted;

/** An object to send; at least what says where it is. */
export type Submitted = Identity | KubeObject;

/** How to send a patch. */
export interface PatchOptions {
  /** @default "merge" */
  readonly type?: keyof typeof patchTypes;
  /** Such as "status" or "scale". */
  readonly subresource?: string;
  readonly query?: Query;
}

/** Calls of the API by path or by object. Every one but `raw` fails with a `KubeError` if the API server refuses. */
export interface KubeCalls {
  get<T = KubeObject>(target: Target): Promise<T>;
  /** Like `get`, but undefined if there is no such object. */
  find<T = KubeObject>(target: Target): Promise<T | undefined>;
  list<T = KubeObject>(collection: string | Collection, query?: Query): Promise<T[]>;
  create<T = KubeObject>(object: Submitted, query?: Query): Promise<T>;
  /** Server-side apply with `force`, as field manager "restamp-test" unless the query says otherwise. */
  apply<T = KubeObject>(object: Submitted, query?: Query): Promise<T>;
  /** PUT of the whole object. */
  replace<T = KubeObject>(object: Submitted, query?: Query): Promise<T>;
  patch<T = KubeObject>(target: Target, patch: object, options?: PatchOptions): Promise<T>;
  /** Deletes an object; no failure if there is none. Query: `{ propagationPolicy: "Foreground" }` and the like. */
  delete(target: Target, query?: Query): Promise<void>;
  /** Any request; every status is an answer. */
  raw(path: string, init?: RawRequest): Promise<RawResponse>;
}

const patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
} as const;

const applyHeaders = { "content-type": "application/apply-patch+yaml" };

/** Creates the calls over a transport. */
export function createKubeCalls(transport: Transport): KubeCalls {
  const paths = createKubePaths(transport);

  async function call<T>(path: string, init: RawRequest = {}, query: Query = {}): Promise<T> {
    const search = new URLSearchParams(query).toString();
    const full = search === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${search}`;
    const answer = await transport.send(full, init);
    if (answer.status >= 300) throw new KubeError(`${init.method ?? "GET"} "${full}"`, answer);
    return JSON.parse(answer.body) as T;
  }

  async function get<T>(target: Target): Promise<T> {
    return call<T>(await paths.object(target));
  }

  return {
    get,
    find: <T>(target: Target) => orMissing(get<T>(target)),
    async list<T>(collection: string | Collection, query?: Query) {
      const path = typeof collection === "string" ? collection : await paths.collection(collection);
      return (await call<{ items: T[] }>(path, {}, query)).items;
    },
    async create<T>(object: Submitted, query?: Query) {
      const path = await paths.object(object);
      return call<T>(path.slice(0, path.lastIndexOf("/")), { method: "POST", body: object }, query);
    },
    async apply<T>(object: Submitted, query?: Query) {
      const all = { fieldManager: "restamp-test", force: "true", ...query };
      return call<T>(await paths.object(object), { method: "PATCH", headers: applyHeaders, body: object }, all);
    },
    async replace<T>(object: Submitted, query?: Query) {
      return call<T>(await paths.object(object), { method: "PUT", body: object }, query);
    },
    async patch<T>(target: Target, patch: object, { type = "merge", query, subresource }: PatchOptions = {}) {
      const path = `${await paths.object(target)}${subresource === undefined ? "" : `/${subresource}`}`;
      return call<T>(path, { method: "PATCH", headers: { "content-type": patchTypes[type] }, body: patch }, query);
    },
    async delete(target, query) {
      await orMissing(call(await paths.object(target), { method: "DELETE" }, query));
    },
    raw: (path, init) => transport.send(path, init),
  };
}
