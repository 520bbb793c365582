import { ClusterError, isClusterError } from "../core/errors.ts";
import type { ApiClient, ReflectorHandler, Watched } from "../core/ports.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { objectRequest, pageRequest } from "./watched-requests.ts";

/** A page of a collection, as far as it is read. */
export interface Page {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  readonly items?: unknown;
}

/**
 * Lists a collection page by page and hands it to `handler`, object by object as it arrives. Returns the
 * resourceVersion to watch from. If any page fails it throws, and `listed` is not called; a continue token that expired on
 * the way is the error `gone`.
 */
export async function listPages(
  deps: { api: ApiClient; watched: Watched; handler: ReflectorHandler<KubernetesObject> },
  options: { limit: number; timeoutMs: number; signal: AbortSignal },
): Promise<string> {
  const { limit, timeoutMs, signal } = options;
  let next: string | undefined;
  let begun = false;
  const begin = (): void => {
    if (!begun) deps.handler.listing();
    begun = true;
  };
  // One at a time, as they arrive: a page is never in memory as a whole.
  const onItem = (item: unknown): void => {
    begin();
    deps.handler.item(item as KubernetesObject);
  };
  deps.handler.asking?.();
  for (;;) {
    const request = { ...pageRequest(deps.watched, { limit, next }), timeoutMs, signal, onItem };
    const page = await deps.api.request<Page>(request);
    const { resourceVersion, continue: token } = page?.metadata ?? {};
    // `items: null` is how Go may write an empty list; anything else that is no list must not look like an empty one.
    if (typeof resourceVersion !== "string" || !(Array.isArray(page.items) || page.items === null)) {
      throw new ClusterError("unavailable", `Cannot GET ${request.path}: the answer is not a list`);
    }
    begin();
    if (typeof token !== "string" || token === "") {
      deps.handler.listed();
      return resourceVersion;
    }
    next = token;
  }
}

/** Reads the one object that is followed and hands it to `handler` as a listing of one, or of none. Throws if it may not be read. */
export async function readOne(
  deps: { api: ApiClient; watched: Watched & { readonly name: string }; handler: ReflectorHandler<KubernetesObject> },
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  deps.handler.asking?.();
  const found = await deps.api
    .request<KubernetesObject>({ ...objectRequest(deps.watched), ...options })
    .catch((error: unknown) => {
      if (isClusterError(error, "not-found")) return undefined;
      throw error;
    });
  deps.handler.listing();
  if (found !== undefined) deps.handler.item(found);
  deps.handler.listed();
}
