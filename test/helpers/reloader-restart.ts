import { containerUsing } from "../../src/core/reloader/container-using.ts";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { reloaderEnvironmentName } from "../../src/core/reloader/environment-name.ts";
import { formatLastReloadedFrom, lastReloadedFromAnnotation } from "../../src/core/reloader/last-reloaded-from.ts";
import type { SourceKind } from "../../src/core/source.ts";
import type { Kube, KubeObject } from "../controlplane/kube.ts";

/** A workload with a pod template, and a ConfigMap or Secret, by name. */
export interface ReloaderRestart {
  readonly workload: KubeObject;
  readonly source: Pick<KubeObject, "kind" | "apiVersion" | "metadata">;
  /** @default "env-vars" */
  readonly strategy?: "env-vars" | "annotations";
}

/**
 * Restarts a workload as Stakater Reloader 1.4 does when a source has changed: the same strategic merge patch. Returns whether it
 * wrote anything: where its variable has the hash already, it does not.
 */
export async function restartAsReloader(kube: Kube, restart: ReloaderRestart): Promise<boolean> {
  const { strategy = "env-vars", source } = restart;
  const live = await kube.get<KubeObject & { spec: { template: PodTemplate } }>(restart.workload);
  const content = await kube.get(source);
  const kind = source.kind as SourceKind;
  const { name, namespace = "" } = source.metadata;
  const { template } = live.spec;
  const container = template.spec.containers[containerUsing(template, { kind, name, named: false }) ?? 0];
  const hash = reloaderHash(kind, content);
  const variable = { name: reloaderEnvironmentName(kind, name), value: hash };
  if (strategy === "env-vars" && container?.env?.some((each) => each.name === variable.name && each.value === hash))
    return false;
  const observedAt = Math.floor(Date.now() / 1_000);
  const containers = [container?.name ?? ""];
  const note = formatLastReloadedFrom({ kind, namespace, name, hash, containers, observedAt });
  const patch =
    strategy === "env-vars"
      ? { spec: { containers: [{ name: container?.name, env: [variable] }] } }
      : { metadata: { annotations: { [lastReloadedFromAnnotation]: note } } };
  await kube.patch(live, { spec: { template: patch } }, { type: "strategic", query: { fieldManager: "Reloader" } });
  return true;
}

interface PodTemplate {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly env?: readonly { readonly name: string; readonly value?: string }[];
    }[];
  };
}
