import type { KubeObject } from "../controlplane/kube.ts";
import { envFrom, type Shop } from "./shop.ts";

/** A ConfigMap and a Secret of one name with a content, and then workloads of an image that use both. */
export function sharing(
  shop: Shop,
  source: string,
  workloads: { readonly names: readonly string[]; readonly version: string; readonly image: string },
): readonly KubeObject[] {
  const { names, version, image } = workloads;
  const pod = envFrom({ configMap: source }, { secret: source });
  const made = names.map((name) => shop.deployment(name, pod, { image: `registry.example/app:${image}` }));
  return [shop.configMap(source, { version }), shop.secret(source, { version }), ...made];
}
