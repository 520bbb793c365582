import { reloadedNote, reloadFailNote } from "../../src/core/reloader/reload-event.ts";
import { type SourceId, type SourceKind, sourceKind } from "../../src/core/source.ts";
import type { Kube, KubeObject } from "../controlplane/kube.ts";

/** An Event as Reloader's client writes it, by the core API. */
interface CoreEvent extends KubeObject {
  readonly count: number;
}

/** Tells of restarts as Stakater Reloader does. */
export interface ReloaderEvents {
  /** @param at milliseconds since the epoch. @default now */
  reloaded(workload: KubeObject, source: SourceId, at?: number): Promise<CoreEvent>;
  failed(workload: KubeObject, message: string, at?: number): Promise<CoreEvent>;
}

/**
 * Writes Events as the recorder of client-go 0.35, which Reloader 1.4 uses: of the core API, times in whole seconds, and
 * equal ones as one with a count and the last time.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/tools/record
 */
export function createReloaderEvents(kube: Kube): ReloaderEvents {
  const known = new Map<string, CoreEvent>();
  let counter = 0;

  async function write(
    workload: KubeObject,
    event: { readonly type: string; readonly reason: string; readonly message: string; readonly component: string },
    at: number,
  ): Promise<CoreEvent> {
    const { type, reason, message, component } = event;
    const { namespace = "", name, uid } = workload.metadata;
    const time = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
    const key = JSON.stringify([uid, event]);
    const before = known.get(key);
    const told =
      before === undefined
        ? await kube.create<CoreEvent>({
            ...{ apiVersion: "v1", kind: "Event", type, reason, message },
            metadata: { name: `${name}.${(counter++).toString(16).padStart(16, "0")}`, namespace },
            involvedObject: { apiVersion: workload.apiVersion, kind: workload.kind, namespace, name, uid },
            ...{ source: { component }, firstTimestamp: time, lastTimestamp: time, count: 1 },
            ...{ reportingComponent: component, reportingInstance: "" },
          })
        : await kube.patch<CoreEvent>(before, { count: before.count + 1, lastTimestamp: time }, { type: "strategic" });
    known.set(key, told);
    return told;
  }

  return {
    reloaded(workload, source, at = Date.now()) {
      const message = reloadedNote(source, named(workload));
      return write(workload, { type: "Normal", reason: "Reloaded", message, component: components[source.kind] }, at);
    },
    failed(workload, text, at = Date.now()) {
      const message = reloadFailNote(named(workload), text);
      const component = components.ConfigMap;
      return write(workload, { type: "Warning", reason: "ReloadFail", message, component }, at);
    },
  };
}

const components: Readonly<Record<SourceKind, string>> = {
  ConfigMap: `reloader-${sourceKind("ConfigMap").resource}`,
  Secret: `reloader-${sourceKind("Secret").resource}`,
  SecretProviderClass: "reloader-secretproviderclasspodstatuses",
};

function named({ kind, metadata: { namespace = "", name } }: KubeObject) {
  return { kind, namespace, name };
}
