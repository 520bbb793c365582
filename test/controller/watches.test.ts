import t from "tap";
import { readReach } from "../../controller/reach.ts";
import { type RunningReflector, startWatches, type Watch } from "../../controller/watches.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { engineBench } from "../helpers/engine-bench.ts";

// What is watched, and what comes of it, is shown by test/e2e. Here: what is waited for at the start.

const everything = {
  ...{ watchNamespaces: [], namespacesToIgnore: [], namespaceSelector: "", namespaceOptIn: true },
  resourceLabelSelector: "",
};

/** Whether scopes are known, patiently and not, where one resource cannot be listed. */
async function scopesKnown(t: Tap, resource: string, code: string): Promise<readonly boolean[]> {
  const { engine } = await engineBench(t);
  const failing = (): RunningReflector => ({
    hasSynced: () => false,
    state: () => ({ phase: "starting", failure: { message: `Cannot list ${resource}`, code } }),
    ended: Promise.resolve(),
  });
  const synced = (): RunningReflector => ({
    hasSynced: () => true,
    state: () => ({ phase: "synced" }),
    ended: Promise.resolve(),
  });
  const start = <T>({ watched }: Watch<T>) => (watched.resource.resource === resource ? failing() : synced());
  const kinds = createWorkloadKinds();
  const watches = startWatches(engine, start, { kinds, readWorkload, reach: readReach(everything) });
  return [watches.scopesKnown(true), watches.scopesKnown(false)];
}

type Tap = Parameters<typeof engineBench>[0];

for (const { resource, code, known, why } of [
  { resource: "deployments", code: "unavailable", known: [true, true], why: "it says nothing about others" },
  { resource: "rollouts", code: "unavailable", known: [false, true], why: "it may lend its opt-in, but not for ever" },
  { resource: "rollouts", code: "forbidden", known: [true, true], why: "it may never be granted" },
  { resource: "namespaces", code: "unavailable", known: [false, false], why: "nothing is known without them" },
]) {
  t.test(`scopesKnown() where listing ${resource} fails (${code}): ${why}`, async (t) => {
    t.same(await scopesKnown(t, resource, code), known);
  });
}
