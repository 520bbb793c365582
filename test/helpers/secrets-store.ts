import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Kube, type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { PodBody } from "./shop.ts";

const group = "secrets-store.csi.x-k8s.io";

/** What the Secrets Store CSI driver does, without nodes, volumes and an external store. */
export interface SecretsStore {
  /** Installs the driver's API, and waits until it is served. */
  install(): Promise<void>;
  /** A class of a namespace. */
  providerClass(namespace: string, name: string): KubeObject;
  /** Pods start, and the driver mounts a class for each: the status of each is new. */
  mount(where: Mounting, versions: Versions): Promise<void>;
  /** The driver has found other versions in the store, and writes them into the status of one pod after the other. */
  rotate(where: Mounting, versions: Versions): Promise<void>;
  /** Pods are gone, and so is what the garbage collector finds of them. */
  unmount(where: Mounting): Promise<void>;
}

/** Pods of a namespace that mount a class. */
export interface Mounting {
  readonly namespace: string;
  readonly name: string;
  readonly pods: readonly string[];
}

/** Versions of the objects of a class, by id. */
export type Versions = Readonly<Record<string, string>>;

/** A pod template that mounts a class. */
export function mounting(...classes: readonly string[]): PodBody {
  return {
    containers: [{ name: "main", volumeMounts: classes.map((name) => ({ name, mountPath: `/${name}` })) }],
    volumes: classes.map((name) => ({
      name,
      csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass: name } },
    })),
  };
}

/** A driver of a cluster that has none. */
export function createSecretsStore(kube: Kube): SecretsStore {
  const apiVersion = `${group}/v1`;

  function podStatus({ namespace, name }: Mounting, pod: string, versions: Versions): KubeObject {
    const objects = Object.entries(versions).map(([id, version]) => ({ id, version }));
    const status = { podName: pod, secretProviderClassName: name, mounted: true, targetPath: `/pods/${pod}`, objects };
    const metadata = { name: `${pod}-${namespace}-${name}`, namespace };
    return { apiVersion, kind: "SecretProviderClassPodStatus", metadata, status } as KubeObject;
  }

  return {
    async install() {
      await kube.applyYaml(readFileSync(join(import.meta.dirname, "..", "controlplane", "secrets-store.yaml"), "utf8"));
      const isServed = async (): Promise<boolean> => {
        const answers = ["secretproviderclasses", "secretproviderclasspodstatuses"].map((resource) =>
          kube.raw(`/apis/${apiVersion}/${resource}`),
        );
        return (await Promise.all(answers)).every(({ status }) => status === 200);
      };
      await waitFor(isServed, { timeoutMs: 60_000, describe: "the API of the Secrets Store CSI driver" });
    },
    providerClass: (namespace, name) => ({
      apiVersion,
      kind: "SecretProviderClass",
      metadata: { name, namespace },
      spec: { provider: "example", parameters: { objects: "password" } },
    }),
    async mount(where, versions) {
      for (const pod of where.pods) await kube.create(podStatus(where, pod, versions));
    },
    async rotate(where, versions) {
      for (const pod of where.pods) {
        const { status, ...target } = podStatus(where, pod, versions) as KubeObject & { status: object };
        await kube.patch(target, { status });
      }
    },
    async unmount(where) {
      for (const pod of where.pods) await kube.delete(podStatus(where, pod, {}));
    },
  };
}
