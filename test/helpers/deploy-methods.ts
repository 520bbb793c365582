import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import type { Kube, KubeObject } from "../controlplane/kube.ts";
import { runKubectl } from "../controlplane/kubectl.ts";
import { startPacingProxy } from "./pacing-proxy.ts";

/** A way in which people and programs bring manifests into a cluster. */
export interface DeployMethod {
  readonly title: string;
  /** Creates the objects, in their order. */
  create(objects: readonly KubeObject[]): Promise<void>;
  /** Changes existing objects, in their order, with a pause of `gapMs` after each. */
  change(objects: readonly KubeObject[], gapMs: number): Promise<void>;
}

/** Every way that restamp promises one rollout for. */
export function deployMethods(plane: ControlPlane, kube: Kube): readonly DeployMethod[] {
  const create = (objects: readonly KubeObject[]) => oneByOne(objects, 0, kube.create);
  const apply = (object: KubeObject) => kube.apply(object, { fieldManager: "gitops" });
  return [
    {
      title: "kubectl apply",
      create: (objects) => kubectlApply(plane, plane.kubeconfig, objects),
      async change(objects, gapMs) {
        const proxy = await startPacingProxy(plane, gapMs);
        await kubectlApply(plane, proxy.kubeconfig, objects).finally(proxy.stop);
      },
    },
    {
      title: "server-side apply",
      create: (objects) => oneByOne(objects, 0, apply),
      change: (objects, gapMs) => oneByOne(objects, gapMs, apply),
    },
    // Without a resourceVersion and without what others have added, as `kubectl replace` sends it.
    { title: "PUT", create, change: (objects, gapMs) => oneByOne(objects, gapMs, kube.replace) },
    {
      title: "three-way patch",
      create,
      change: (objects, gapMs) =>
        oneByOne(objects, gapMs, (object) => kube.patch(object, difference(object), { type: "strategic" })),
    },
  ];
}

/** One run of the real kubectl, which keeps the order of the documents. */
async function kubectlApply(plane: ControlPlane, kubeconfig: string, objects: readonly KubeObject[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const cache = `--cache-dir=${join(plane.dir, "kubectl-cache")}`;
  const args = [`--kubeconfig=${kubeconfig}`, cache, "apply", "--openapi-patch=false", "-f", "-"];
  await runKubectl(plane.binaries["kubectl"] ?? "kubectl", args, list);
}

async function oneByOne(
  objects: readonly KubeObject[],
  gapMs: number,
  write: (object: KubeObject) => Promise<unknown>,
): Promise<void> {
  for (const [index, object] of objects.entries()) {
    if (index > 0 && gapMs > 0) await sleep(gapMs);
    await write(object);
  }
}

/** What Helm and kubectl compute from the manifests before and after, where only content or images differ. */
function difference(object: KubeObject): object {
  if (object.kind !== "Deployment") {
    const { data, stringData } = object;
    return data === undefined ? { stringData } : { data };
  }
  type Container = { readonly name: string; readonly image: string };
  const { template } = object["spec"] as { template: { spec: { containers: readonly Container[] } } };
  const { containers } = template.spec;
  const spec = {
    "$setElementOrder/containers": containers.map(({ name }) => ({ name })),
    containers: containers.map(({ name, image }) => ({ name, image })),
  };
  return { spec: { template: { spec } } };
}
