import { isDeepStrictEqual } from "node:util";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import type { Screen } from "./screen.ts";

/** What a Deployment has come to. */
export interface Rolled {
  /** How many ReplicaSets it has had: each is one rollout. */
  readonly rollouts: number;
  /** Names of the pods that run. */
  readonly pods: readonly string[];
}

/** Where the story plays: a cluster with restamp, and a screen. */
export interface Stage {
  readonly kube: Kube;
  readonly screen: Screen;
  /** Runs kubectl, and shows the command and its output as the reader would see them. Returns the output. */
  kubectl(command: string): Promise<string>;
  /** The stamp on a Deployment's pod template. */
  stamp(name: string): Promise<string | undefined>;
  /** What a Deployment has come to, now. */
  look(name: string): Promise<Rolled>;
  /** Waits, visibly, until the pods of a Deployment are all of its rollout number `rollouts`. */
  rolledOut(name: string, rollouts: number): Promise<Rolled>;
}

const namespace = "shop";
const timeoutMs = 120_000;

/** A story's claim. Throws if it is not so. */
export function claim(
  screen: Screen,
  what: string,
  { is, should }: { readonly is: unknown; readonly should: unknown },
): void {
  if (!isDeepStrictEqual(is, should)) {
    throw new Error(`Not as told: "${what}": ${JSON.stringify(is)} instead of ${JSON.stringify(should)}`);
  }
  screen.fact(what);
}

/** Connects what the story needs. */
export function createStage(deps: { plane: ControlPlane; screen: Screen }): Stage {
  const { plane, screen } = deps;
  const kube = kubeClient(plane);

  async function look(name: string): Promise<Rolled> {
    const query = { labelSelector: `app=${name}` };
    const sets = await kube.list(`/apis/apps/v1/namespaces/${namespace}/replicasets`, query);
    const pods = await kube.list(`/api/v1/namespaces/${namespace}/pods`, query);
    const alive = pods.filter(({ metadata }) => metadata["deletionTimestamp"] === undefined);
    return { rollouts: sets.length, pods: alive.map(({ metadata }) => metadata.name).sort() };
  }

  return {
    kube,
    screen,
    async kubectl(command) {
      screen.command(`kubectl ${command}`);
      const output = await kube.kubectl(split(command));
      screen.output(output);
      return output;
    },
    async stamp(name) {
      const deployment = await kube.get<Deployment>(deploymentPath(name));
      return deployment.spec.template.metadata?.annotations?.["restamp.dev/stamp"];
    },
    look,
    async rolledOut(name, rollouts) {
      const isDone = async (): Promise<boolean> => {
        const deployment = await kube.get<Deployment>(deploymentPath(name));
        const now = await look(name);
        return now.rollouts >= rollouts && isRolledOut(deployment) && now.pods.length === deployment.spec.replicas;
      };
      const describe = `Deployment "${name}" to have ${rollouts} rollouts`;
      const rolling = waitFor(isDone, { timeoutMs, intervalMs: 200, describe });
      await screen.during(`Waiting until the pods of ${name} are replaced and Ready`, rolling);
      return look(name);
    },
  };
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly replicas?: number;
  };
}

function isRolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const counts = [status.updatedReplicas, status.readyReplicas, status.replicas];
  return status.observedGeneration === metadata.generation && counts.every((count) => count === spec.replicas);
}

function deploymentPath(name: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
}

/** The arguments of a command; single quotes keep together what is between them. */
function split(command: string): string[] {
  return [...command.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
}
