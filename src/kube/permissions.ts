import { keepNewest } from "../core/bounded.ts";
import { isClusterError } from "../core/errors.ts";
import type { ApiRequest, Clock } from "../core/ports.ts";
import type { KubeApiClient } from "./client.ts";
import { requestInfo } from "./request-info.ts";

/** What RBAC does not grant, as far as calls have shown. */
export interface Permissions {
  /** One text for each verb that was refused and has not worked since, such as `grant "patch" on "deployments.apps"`. */
  missing(): readonly string[];
}

/** How RBAC puts it; admission and namespaces that are being deleted also answer 403, in other words. */
const refusal = /\bcannot \S+ resource\b/;
/** Longer than the longest wait for a retry (5 min): what nobody asks for any more is not missed. */
const forgetMs = 6 * 60_000;
/** An API server that starts refuses everything until it has read its RBAC rules; what is refused for good is refused again. */
const startingMs = 10_000;
const mostShown = 5;
/** Namespaces are of any number. */
const mostKept = 1_000;

/** A client that remembers what it was not allowed to do, for readiness. Watches are left out. */
export function watchPermissions(deps: {
  readonly api: KubeApiClient;
  readonly clock: Clock;
}): Permissions & { readonly api: KubeApiClient } {
  const { api, clock } = deps;
  /** When each was last refused. */
  const refused = new Map<string, number>();
  /** When there was last no answer at all. */
  let goneAt = Number.NEGATIVE_INFINITY;

  async function request<T>(request: ApiRequest): Promise<T> {
    try {
      const answer = await api.request<T>(request);
      if (refused.size > 0) refused.delete(need(request));
      return answer;
    } catch (error) {
      note(request, error);
      throw error;
    }
  }

  function note(request: ApiRequest, error: unknown): void {
    const now = clock.now();
    if (isClusterError(error, "unavailable") && error.status === undefined) goneAt = now;
    const isStarting = now - goneAt < startingMs;
    if (!isStarting && isClusterError(error, "forbidden") && refusal.test(error.message)) {
      refused.set(need(request), now);
      keepNewest(refused, mostKept);
    }
  }

  return {
    api: { request, stream: (request) => api.stream(request), close: () => api.close() },
    missing() {
      const since = clock.now() - forgetMs;
      const current = [...refused].filter(([, at]) => at > since).map(([what]) => what);
      const more = current.length > mostShown ? [`${current.length - mostShown} more`] : [];
      return [...current.slice(0, mostShown), ...more];
    },
  };
}

function need(request: ApiRequest): string {
  const { verb, resource, group, namespace } = requestInfo(request);
  const where = namespace === undefined ? "" : ` in namespace "${namespace}"`;
  return `grant "${verb}" on "${group === "" ? resource : `${resource}.${group}`}"${where}`;
}
