import type { ApiRequest } from "../core/ports.ts";

/** What a request is about, as RBAC sees it. Every field but `namespace` and `name` has few values. */
export interface RequestInfo {
  /** RBAC's verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  /** API group; empty for the core group and for paths that are not resources. */
  readonly group: string;
  /** Plural, with its subresource if any: `deployments/scale`. Empty for a path that is not a resource. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

/** Reads a request the way the API server does (https://kubernetes.io/docs/reference/access-authn-authz/authorization/). */
export function requestInfo(request: Pick<ApiRequest, "method" | "path" | "query">): RequestInfo {
  const [root, ...segments] = request.path.split("/").filter((segment) => segment !== "");
  const group = root === "apis" ? (segments[0] ?? "") : "";
  const rest = segments.slice(root === "apis" ? 2 : 1);
  const isResource = (root === "api" || root === "apis") && rest.length > 0;
  const inNamespace = rest[0] === "namespaces" && rest.length > 2;
  const [resource = "", name, subresource] = inNamespace ? rest.slice(2) : rest;
  return {
    verb: verbOf(request, name !== undefined),
    group,
    resource: isResource ? [resource, ...(subresource === undefined ? [] : [subresource])].join("/") : "",
    namespace: inNamespace && rest[1] !== undefined ? decodeURIComponent(rest[1]) : undefined,
    name: isResource && name !== undefined ? decodeURIComponent(name) : undefined,
  };
}

function verbOf(request: Pick<ApiRequest, "method" | "query">, named: boolean): string {
  switch (request.method) {
    case "GET":
      if (request.query?.["watch"] === "true") return "watch";
      return named ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return named ? "delete" : "deletecollection";
    default:
      return request.method satisfies never;
  }
}
