import type { Cluster } from "../bench.ts";
import type { Workloads } from "../workloads.ts";

/** Changes the source of one workload after the other, and returns how long each patch took, in ms. */
export function changeLatencies(cluster: Cluster, workloads: Workloads, count: number): Promise<number[]> {
  return latencies(cluster, workloads, count, async () => {});
}

/** The same with a client that patches the workload itself, as soon as the change is answered. */
export function floorLatencies(cluster: Cluster, workloads: Workloads, count: number): Promise<number[]> {
  return latencies(cluster, workloads, count, workloads.patch);
}

async function latencies(
  { rollouts }: Cluster,
  workloads: Workloads,
  count: number,
  answer: (name: string) => Promise<unknown>,
): Promise<number[]> {
  const { namespace, names, change } = workloads;
  const values: number[] = [];
  for (let index = 0; index < count; index++) {
    const name = names[index % names.length] ?? "";
    const expected = new Map([[name, rollouts.rollouts(namespace, name) + 1]]);
    const start = await change(names.length === 1 ? "app" : name);
    const [end] = await Promise.all([rollouts.rolled(namespace, expected), answer(name)]);
    values.push(end - start);
  }
  return values;
}
