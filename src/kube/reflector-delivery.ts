import type { Logger, ReflectorHandler, Watched } from "../core/ports.ts";
import { type KubernetesObject, metadataOnly, objectName } from "./kubernetes-object.ts";
import { resourceName } from "./watched-requests.ts";

/** What a reflector is told to do with the objects that it sees. */
export interface DeliveryDeps<T> {
  readonly watched: Watched;
  /** What is kept of an object; `undefined` to leave it out. Gets metadata alone where only that was asked for. */
  readonly project: (object: KubernetesObject) => T | undefined;
  readonly handler: ReflectorHandler<T>;
  readonly log: Logger;
}

/** A handler of whole objects that never throws: an object that cannot be handled is logged by its name and left out. */
export function createDelivery<T>(deps: DeliveryDeps<T>): ReflectorHandler<KubernetesObject> {
  const { watched, handler, log } = deps;

  function guarded(what: string, object: KubernetesObject | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      const name = object === undefined ? undefined : objectName(object);
      log.error({ resource: resourceName(watched), what, name, err: error }, "Watched object could not be handled");
    }
  }

  function each(what: string, object: KubernetesObject, act: (projected: T) => void): void {
    guarded(what, object, () => {
      const projected = deps.project(watched.metadataOnly === true ? metadataOnly(object) : object);
      if (projected !== undefined) act(projected);
    });
  }

  return {
    asking: () => guarded("asking", undefined, () => handler.asking?.()),
    listing: () => guarded("listing", undefined, () => handler.listing()),
    item: (object) => each("item", object, (projected) => handler.item(projected)),
    listed: () => guarded("listed", undefined, () => handler.listed()),
    refused: () => guarded("refused", undefined, () => handler.refused?.()),
    event(type, object) {
      if (type !== "deleted" && handler.knows?.(object.metadata ?? {})) return;
      each(type, object, (projected) => handler.event(type, projected));
    },
  };
}
