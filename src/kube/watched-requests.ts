import { resourceName as nameOfResource, resourcePath } from "../core/object-ref.ts";
import type { ApiRequest, Watched } from "../core/ports.ts";

// Without ",application/json": a server that cannot give metadata alone must say so (406), not send whole Secrets.
const partialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const partialObject = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** One page of the collection; `next` is `metadata.continue` of the page before. */
export function pageRequest(watched: Watched, page: { limit: number; next?: string | undefined }): ApiRequest {
  return {
    method: "GET",
    path: collectionPath(watched),
    query: { ...selectors(watched), limit: String(page.limit), continue: page.next },
    ...(watched.metadataOnly === true ? { accept: partialList } : {}),
  };
}

/**
 * A watch: from a resourceVersion on, or from nothing. The latter is WatchList: the objects that exist come first, then a
 * bookmark annotated `k8s.io/initial-events-end`
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists).
 */
export function watchRequest(watched: Watched, from: { resourceVersion?: string; seconds: number }): ApiRequest {
  const start =
    from.resourceVersion === undefined
      ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }
      : { resourceVersion: from.resourceVersion };
  return {
    method: "GET",
    path: collectionPath(watched),
    query: {
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(from.seconds),
      ...selectors(watched),
      ...start,
    },
    ...(watched.metadataOnly === true ? { accept: partialObject } : {}),
  };
}

/** The one object that is followed. */
export function objectRequest(watched: Watched & { readonly name: string }): ApiRequest {
  const where = watched.namespace === undefined ? {} : { namespace: watched.namespace };
  return {
    method: "GET",
    path: resourcePath(watched.resource, { ...where, name: watched.name }),
    ...(watched.metadataOnly === true ? { accept: partialObject } : {}),
  };
}

/** The name of what is watched, such as `rollouts.argoproj.io`. */
export function resourceName({ resource }: Watched): string {
  return nameOfResource(resource);
}

function collectionPath(watched: Watched): string {
  return resourcePath(watched.resource, watched.namespace === undefined ? {} : { namespace: watched.namespace });
}

function selectors(watched: Watched): Record<string, string | undefined> {
  const named = watched.name === undefined ? [] : [`metadata.name=${watched.name}`];
  const fields = [...named, ...(watched.fieldSelector === undefined ? [] : [watched.fieldSelector])];
  return { fieldSelector: fields.length === 0 ? undefined : fields.join(","), labelSelector: watched.labelSelector };
}
