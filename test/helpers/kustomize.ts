import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { loadAll } from "js-yaml";
import { buildParts } from "../controlplane/build.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { runKubectl } from "../controlplane/kubectl.ts";

/** The folder `manifests` of this checkout. */
export const manifestsFolder = join(import.meta.dirname, "..", "..", "manifests");

/** What a user's own kustomization on top of ours says; paths are below `manifests`. */
export interface Kustomization {
  readonly resources: readonly string[];
  readonly components?: readonly string[];
  readonly namespace?: string;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  /** Each a YAML text. */
  readonly patches?: readonly { readonly patch: string }[];
}

/** Builds a kustomization of our manifests with `kubectl kustomize`, and returns the YAML. */
export async function kustomize(kustomization: Kustomization): Promise<string> {
  const { binaries } = await buildParts(["kubernetes"]);
  const folder = await mkdtemp(join(await realpath(tmpdir()), "restamp-kustomize-"));
  const here = (path: string) => relative(folder, join(manifestsFolder, path));
  try {
    const text = JSON.stringify({
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      ...kustomization,
      resources: kustomization.resources.map(here),
      components: (kustomization.components ?? []).map(here),
    });
    await writeFile(join(folder, "kustomization.yaml"), text);
    return await runKubectl(binaries["kubectl"] ?? "kubectl", ["kustomize", folder]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The objects of a YAML text. */
export function parseManifests(yaml: string): KubeObject[] {
  return (loadAll(yaml) as (KubeObject | null)[]).filter((object) => object !== null);
}

/** The one object of a kind whose name ends so; throws if there is none. */
export function manifest<T = KubeObject>(objects: readonly KubeObject[], kind: string, nameEnd = ""): T {
  const found = objects.filter((object) => object.kind === kind && object.metadata.name.endsWith(nameEnd));
  if (found.length !== 1) throw new Error(`Cannot take ${kind} "…${nameEnd}": there are ${found.length}`);
  return found[0] as T;
}
