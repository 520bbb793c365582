import type { ApiClient } from "../../src/core/ports.ts";
import { createApiClient, type KubeApiClient } from "../../src/kube/client.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, kubeClient } from "../controlplane/kube.ts";
import { type Install, type InstallOptions, installRestamp } from "../helpers/install.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import type { Peer } from "./peers.ts";
import { type RolloutWatch, watchRollouts } from "./rollout-watch.ts";

/** What scenarios work with. */
export interface Bench {
  /** Fewer and smaller cases, for a first look. */
  readonly quick: boolean;
  readonly peers: readonly Peer[];
  /** Tells what is being done. */
  note(text: string): void;
  /** Runs a control plane of its own for a scenario, and ends it. */
  withCluster<T>(options: ControlPlaneOptions, work: (cluster: Cluster) => Promise<T>): Promise<T>;
}

/** A control plane without controller-manager: nobody but the subject writes Deployments. */
export interface Cluster {
  readonly plane: ControlPlane;
  readonly kube: Kube;
  /** The fastest client at hand, with all rights. */
  readonly api: ApiClient;
  readonly rollouts: RolloutWatch;
  /** The API server's metrics, as text. */
  metrics(): Promise<string>;
  /** restamp by the shipped manifests, as the image runs it; without a controller unless asked for. */
  install(options?: InstallOptions): Promise<Install>;
}

/** Every change at once, however many there are: what is measured is restamp, not its patience. */
export const unpaced: readonly string[] = ["--settle=0s", "--min-interval=0s"];

/** @param program what Node is told to run as restamp: flags and the bundle. */
export function createBench(
  options: Pick<Bench, "quick" | "peers" | "note"> & {
    readonly program: readonly string[];
    readonly signal: AbortSignal;
  },
): Bench {
  const { program, signal } = options;
  return {
    ...options,
    async withCluster(planeOptions, work) {
      const plane = await startControlPlane({ ...planeOptions, signal });
      const api = createApiClient({ access: planeAccess(plane) }, { component: "bench", version: "0" });
      try {
        return await inCluster({ plane, api, program }, work);
      } finally {
        await api.close();
        await plane.stop();
      }
    },
  };
}

async function inCluster<T>(
  { plane, api, program }: { plane: ControlPlane; api: KubeApiClient; program: readonly string[] },
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const kube = kubeClient(plane);
  const rollouts = await watchRollouts(api);
  const installs: Install[] = [];
  try {
    return await work({
      ...{ plane, kube, api, rollouts },
      metrics: async () => (await kube.raw("/metrics")).body,
      async install(options = {}) {
        const install = await installRestamp(plane, { controllers: 0, program, ...options });
        installs.push(install);
        return install;
      },
    });
  } finally {
    // Not with the plane: it does not wait for what a process writes at its end, such as a profile.
    for (const install of installs) await install.stop();
    await rollouts.stop();
  }
}
