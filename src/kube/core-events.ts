import { isClusterError } from "../core/errors.ts";
import { asObject, type JsonObject } from "../core/json.ts";
import type { ApiClient, ApiRequest } from "../core/ports.ts";

/** What Events are written through. */
export interface CoreEventsDeps {
  /** Refusals of its requests are reported as missing rights. */
  readonly api: ApiClient;
  /** The same API server; nobody is told of its refusals. */
  readonly quiet: Pick<ApiClient, "request">;
}

const newer = "/apis/events.k8s.io/v1/";
const core = "/api/v1/";

/**
 * A client for Events that writes them through the core API group where RBAC refuses `events.k8s.io`: they are the same objects
 * in another form, and older roles, such as Reloader's, grant only that one. A right counts as missing if both are refused.
 */
export function createCoreEvents({ api, quiet }: CoreEventsDeps): ApiClient {
  /** `reported`: both were refused, and as long as that lasts, readiness says so. */
  let way: "newer" | "core" | "reported" = "newer";

  async function otherwise<T>(request: ApiRequest, error: unknown): Promise<T> {
    if (!isClusterError(error, "forbidden")) throw error;
    try {
      const answer = await quiet.request<T>(coreRequest(request));
      way = "core";
      return answer;
    } catch (again) {
      if (!isClusterError(again, "forbidden")) throw again;
      if (way === "reported") throw error;
      way = "reported";
      return await api.request<T>(request);
    }
  }

  return {
    stream: (request) => api.stream(request),
    async request(request) {
      if (!request.path.startsWith(newer)) return await api.request(request);
      const known = way === "core" ? coreRequest(request) : request;
      try {
        return await (way === "reported" ? api : quiet).request(known);
      } catch (error) {
        return await otherwise(request, error);
      }
    },
  };
}

/** The same request to the core API group: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/. */
function coreRequest(request: ApiRequest): ApiRequest {
  const path = request.path.replace(newer, core);
  if (request.method !== "POST") return { ...request, path };
  const {
    note: message,
    regarding: involvedObject,
    reportingController: reportingComponent,
    ...same
  } = asObject(request.body);
  const body: JsonObject = { ...same, apiVersion: "v1", message, involvedObject, reportingComponent };
  return { ...request, path, body };
}
