import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";
import { type AnyWorkload, auto, jobSpec } from "./reloader-workloads.ts";
import { openShop, type Shop } from "./shop.ts";

/** A namespace with Jobs and CronJobs, each with a ConfigMap of its own name that it follows. */
export interface JobShop extends Pick<Shop, "events" | "caughtUp" | "configMap"> {
  change(name: string, value: string): Promise<void>;
  cronJob(name: string, spec?: object): Promise<KubeObject>;
  job(name: string, metadata?: object, spec?: object): Promise<AnyWorkload>;
  /** The variable that Reloader writes of a ConfigMap with that value. */
  variable(name: string, value: string): string;
  /** The Jobs of a CronJob, oldest first. */
  runsOf(owner: KubeObject): Promise<readonly AnyWorkload[]>;
  /** Waits until a CronJob has so many Jobs. */
  ran(owner: KubeObject, count: number): Promise<readonly AnyWorkload[]>;
  /** Waits until a Job of the name is another one than before. */
  replaced(before: KubeObject): Promise<AnyWorkload>;
  isSame(before: KubeObject): Promise<boolean>;
}

/** Makes the namespace. */
export async function openJobShop(install: Pick<Install, "kube">, namespace: string): Promise<JobShop> {
  const { kube } = install;
  const { configMap, events, caughtUp } = await openShop(install, namespace, {});

  async function runsOf({ metadata }: KubeObject): Promise<readonly AnyWorkload[]> {
    const found = await kube.list<AnyWorkload>(`/apis/batch/v1/namespaces/${namespace}/jobs`);
    const owners = (each: KubeObject): string => JSON.stringify(each.metadata["ownerReferences"] ?? []);
    const version = (each: KubeObject): number => Number(each.metadata.resourceVersion);
    const own = found.filter((each) => owners(each).includes(`${metadata.uid}`));
    return own.sort((left, right) => version(left) - version(right));
  }

  return {
    ...{ configMap, events, caughtUp, runsOf },
    async change(name, value) {
      await kube.patch(configMap(name, {}), { data: { a: value } });
    },
    async cronJob(name, spec = {}) {
      await kube.create(configMap(name, { a: "1" }));
      const jobTemplate = {
        metadata: { labels: { team: "shop" }, annotations: { note: "kept" } },
        spec: jobSpec(name),
      };
      return kube.create({
        ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name, namespace, annotations: auto } },
        spec: { schedule: "0 0 1 1 *", jobTemplate, ...spec },
      });
    },
    async job(name, metadata = {}, spec = {}) {
      await kube.create(configMap(name, { a: "1" }));
      return kube.create<AnyWorkload>({
        ...{ apiVersion: "batch/v1", kind: "Job", metadata: { name, namespace, annotations: auto, ...metadata } },
        spec: { ...jobSpec(name), ...spec },
      });
    },
    variable(name, value) {
      const hash = reloaderHash("ConfigMap", { data: { a: value } });
      return `main STAKATER_${name.toUpperCase().replaceAll("-", "_")}_CONFIGMAP=${hash}`;
    },
    ran(owner, count) {
      const reached = async () => {
        const runs = await runsOf(owner);
        return runs.length >= count && runs;
      };
      return waitFor(reached, { timeoutMs: 30_000, describe: `${count} Jobs of ${owner.metadata.name}` });
    },
    replaced(before) {
      const isNew = async () => {
        const now = await kube.find<AnyWorkload>(before);
        return now !== undefined && now.metadata.uid !== before.metadata.uid && now;
      };
      return waitFor(isNew, { timeoutMs: 45_000, describe: `Job ${before.metadata.name} to be created again` });
    },
    isSame: async (before) => (await kube.find(before))?.metadata.uid === before.metadata.uid,
  };
}
