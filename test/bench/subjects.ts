import type { Running } from "../controlplane/supervisor.ts";
import { type Bench, type Cluster, unpaced } from "./bench.ts";
import type { SubjectName } from "./measurement.ts";
import { peerKinds, startPeer, warmUp } from "./peers.ts";
import { makeWorkloads } from "./workloads.ts";

/** A program that restarts workloads, while it runs. */
export interface Subject {
  readonly name: Exclude<SubjectName, "floor">;
  /** What makes it look after a Deployment. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly running: Running;
}

/** Lets each program do the same, one after the other: restamp, then the peers. Each is warm when its turn comes. */
export async function forEachSubject<T>(
  bench: Bench,
  cluster: Cluster,
  work: (subject: Subject) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const install = await cluster.install();
  const starts = [
    async (): Promise<Subject> => {
      const { running, ready } = await install.startController(unpaced);
      await ready();
      return { name: "restamp", annotations: {}, running };
    },
    ...bench.peers.map((peer) => async (): Promise<Subject> => {
      const running = await startPeer(cluster, peer);
      return { name: peer.name, annotations: peerKinds[peer.name].annotations, running };
    }),
  ];
  const results: T[] = [];
  for (const start of starts) {
    const subject = await start();
    bench.note(`${subject.name} runs`);
    await warm(cluster, subject);
    results.push(...(await work(subject)));
    await subject.running.stop();
  }
  return results;
}

/** Compilers of all processes have seen the way of a change before anything is measured. */
async function warm(cluster: Cluster, { name, annotations }: Subject): Promise<void> {
  const namespace = `warm-${name}`;
  const workloads = await makeWorkloads(cluster, { namespace, size: 1, sourcesOf: () => ["app"], annotations });
  const { rollouts } = cluster;
  await warmUp(
    () => workloads.change("app"),
    () => rollouts.rollouts(namespace, "web-0") > 0,
  );
  for (let count = 0; count < 50; count++) {
    const times = rollouts.rollouts(namespace, "web-0");
    await workloads.change("app");
    await rollouts.rolled(namespace, new Map([["web-0", times + 1]]));
  }
}
