import { ClusterError } from "../core/errors.ts";
import type { ApiRequest } from "../core/ports.ts";
import { type StatusBody, statusError } from "./api-error.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";

/** One line of a watch. */
export interface WatchEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

/** What a line of a watch means. */
export type WatchStep =
  | { readonly kind: "change"; readonly type: "added" | "modified" | "deleted"; readonly object: KubernetesObject }
  | { readonly kind: "bookmark"; readonly initialEventsEnd: boolean; readonly object: KubernetesObject }
  | { readonly kind: "ignored" };

const changes: Readonly<Record<string, "added" | "modified" | "deleted">> = {
  ADDED: "added",
  MODIFIED: "modified",
  DELETED: "deleted",
};

/** Reads a line of the watch `request`. Throws the ClusterError that an ERROR event stands for. */
export function readWatchEvent(request: ApiRequest, event: WatchEvent): WatchStep {
  if (typeof event?.type !== "string" || typeof event.object !== "object" || event.object === null) {
    throw new ClusterError("unavailable", `Cannot GET ${request.path}: a line of the watch is not an event`);
  }
  if (event.type === "ERROR") {
    const body: StatusBody = event.object;
    throw statusError(request, { status: typeof body.code === "number" ? body.code : 500, body });
  }
  const object = event.object as KubernetesObject;
  const type = changes[event.type];
  if (type !== undefined) return { kind: "change", type, object };
  if (event.type !== "BOOKMARK") return { kind: "ignored" };
  const initialEventsEnd = object.metadata?.annotations?.["k8s.io/initial-events-end"] === "true";
  return { kind: "bookmark", initialEventsEnd, object };
}
