import type { ControlPlane } from "../controlplane/control-plane.ts";
import { type Install, installRestamp } from "./install.ts";
import { leading } from "./restamp-process.ts";
import { clusterRules, type Rule, setClusterRules } from "./rights.ts";

/** What `restamp reloader` is told beside its overlay. */
export interface ReloaderInstallOptions {
  /** In any spelling. @default {@link unpaced} alone */
  readonly args?: readonly string[];
  /** @default 1 */
  readonly controllers?: number;
  /** What is added to the overlay's ClusterRole, for flags that need it. */
  readonly rights?: readonly Rule[];
}

/** Every change at once, and a leader that was killed is followed after four seconds. */
export const unpaced: readonly string[] = [
  ...["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"],
  ...["--lease-duration=4s", "--lease-renew-deadline=3500ms", "--lease-retry-period=200ms"],
];

/** The rights that the flag `--is-Argo-Rollouts` needs. */
export const rolloutRights: Rule = {
  apiGroups: ["argoproj.io"],
  resources: ["rollouts"],
  verbs: ["get", "list", "watch", "patch"],
};

/** Installs `manifests/overlays/reloader` and starts `restamp reloader` without pacing. */
export async function installReloader(plane: ControlPlane, options: ReloaderInstallOptions = {}): Promise<Install> {
  const { args = [], controllers = 1, rights = [] } = options;
  const install = await installRestamp(plane, {
    controllers: 0,
    controllerArgs: [...unpaced, ...args],
    manifests: { resources: ["overlays/reloader"] },
  });
  if (rights.length > 0) await setClusterRules(install.kube, [...(await clusterRules(install.kube)), ...rights]);
  for (let index = 0; index < controllers; index++) await install.startController();
  await Promise.all(install.controllers.map((each) => each.ready()));
  return install;
}

/** Ends all controllers and starts one with other options, as a changed Deployment would; returns when it leads. */
export async function restartReloader(install: Install, args: readonly string[] = []): Promise<void> {
  await Promise.all(install.controllers.map(({ running }) => running.stop()));
  const controller = await install.startController([...unpaced, ...args]);
  await controller.ready();
  await leading(controller);
}
