import type { ApiClient, ApiRequest } from "../../src/core/ports.ts";

/** What a {@link crashAt} client throws. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * A client of a process that ends at its request number `at` (from 0): `before` it is sent, or `after` the API server has
 * acted on it and before its answer is read. From then on nothing is sent any more.
 */
export function crashAt(
  api: ApiClient,
  at: number,
  when: "before" | "after",
): ApiClient & { readonly crashed: () => boolean } {
  let sent = 0;
  let crashed = false;
  return {
    async request<T>(request: ApiRequest): Promise<T> {
      const isLast = sent++ === at;
      if (crashed || (isLast && when === "before")) {
        crashed = true;
        throw new Crash(`ended before ${request.method} ${request.path}`);
      }
      const answer = await api.request<T>(request).catch((error: unknown) => {
        if (!isLast) throw error;
      });
      if (isLast) {
        crashed = true;
        throw new Crash(`ended after ${request.method} ${request.path}`);
      }
      return answer as T;
    },
    stream: (request) => api.stream(request),
    crashed: () => crashed,
  };
}
