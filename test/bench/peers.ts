import type { Running } from "../controlplane/supervisor.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import type { Cluster } from "./bench.ts";
import type { SubjectName } from "./measurement.ts";

/** Another program that restarts workloads, given by the path of its executable. */
export interface Peer {
  readonly name: Exclude<SubjectName, "restamp" | "floor">;
  readonly path: string;
}

interface PeerKind {
  readonly args: readonly string[];
  /** Annotations of a Deployment that it looks after. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** How peers are run: as their users do, without options; all read `KUBECONFIG`. */
export const peerKinds: Readonly<Record<Peer["name"], PeerKind>> = {
  reloader: { args: [], annotations: { "reloader.stakater.com/auto": "true" } },
  wave: { args: [], annotations: { "wave.pusher.com/update-on-config-change": "true" } },
};

/** Reads `NAME=PATH`. Throws a sentence. */
export function readPeer(text: string): Peer {
  const [, name, path] = /^(\w+)=(.+)$/.exec(text) ?? [];
  const names = Object.keys(peerKinds) as Peer["name"][];
  const known = names.find((each) => each === name);
  if (known !== undefined && path !== undefined) return { name: known, path };
  throw new Error(`Cannot read --peer "${text}": write one of ${names.map((each) => `${each}=PATH`).join(", ")}`);
}

/** Starts a peer, with all rights. Whether it works shows when it does: see {@link warmUp}. */
export function startPeer({ plane }: Cluster, { name, path }: Peer): Promise<Running> {
  // Some serve metrics on a fixed port and all addresses; that is theirs.
  const env = { ...process.env, KUBECONFIG: plane.kubeconfig, POD_NAMESPACE: "default" };
  return plane.run({ name, command: path, args: [...peerKinds[name].args], env });
}

/** Repeats a change until it was answered once. */
export async function warmUp(change: () => Promise<unknown>, isAnswered: () => boolean): Promise<void> {
  const tried = async (): Promise<boolean> => {
    await change();
    return isAnswered();
  };
  await waitFor(tried, { timeoutMs: 600_000, intervalMs: 1_000, describe: "the first restart" });
}
