import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import t from "tap";
import type { SourceId } from "../../src/core/source.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { createReloaderEvents } from "../helpers/reloader-events.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";

// A trial: restamp observes while something restarts workloads as Reloader does, and both are compared.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.teardown(() => plane.stop());
const install = await installRestamp(plane, {
  controllerArgs: [
    ...["--mode=observe", "--compatibility=reloader", "--no-namespace-opt-in"],
    ...["--settle=1s", "--settle-max=10s", "--min-interval=0s"],
  ],
});
const { kube } = install;
const reloader = createReloaderEvents(kube);
const shop = await openShop(install, "trial", {});
const auto = { annotations: { "reloader.stakater.com/auto": "true" } };
const app: SourceId = { kind: "ConfigMap", namespace: "trial", name: "app" };
const main = process.env["RESTAMP_TEST_ENTRY"] ?? join(import.meta.dirname, "..", "..", "src", "main.ts");

interface Row {
  readonly workload: { readonly name: string };
  readonly verdict: string;
  readonly finding: string;
  readonly code: string;
}

/** Changes the pod template and tells of it, as Reloader's default strategy does. */
async function reload(workload: KubeObject, source: SourceId, round: string): Promise<void> {
  const value = createHash("sha1").update(round).digest("hex");
  const env = [{ name: `STAKATER_${source.name.toUpperCase()}_CONFIGMAP`, value }];
  const patch = { spec: { template: { spec: { containers: [{ name: "main", env }] } } } };
  await kube.patch(workload, patch, { type: "strategic", query: { fieldManager: "Reloader" } });
  await reloader.reloaded(workload, source);
}

async function compare(
  ...args: readonly string[]
): Promise<{ rows: readonly Row[]; totals: object; notes: readonly string[] }> {
  const flags = [`--kubeconfig=${plane.kubeconfig}`, "--output=json", "--window=15s", ...args];
  const child = spawn(process.execPath, [main, "compare", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const [out, code] = await Promise.all([text(child.stdout), new Promise((resolve) => child.on("close", resolve))]);
  if (code !== 0) throw new Error(`compare ended with ${code}`);
  return JSON.parse(out);
}

/** Waits until restamp has told of a workload so many times. */
async function told(name: string, count: number): Promise<void> {
  const enough = async (): Promise<boolean> => {
    const events = await shop.events(name);
    return events.filter(({ reason }) => reason === "WouldRestart").length >= count;
  };
  await waitFor(enough, {
    timeoutMs: 30_000,
    describe: async () => `Event of ${name} in ${JSON.stringify(await shop.events(name))}`,
  });
}

const oneKey: PodBody = {
  containers: [{ name: "main", env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "a" } } }] }],
};

t.test("a trial beside Reloader", async (t) => {
  await kube.create(shop.configMap("app", { a: "1", b: "1" }));
  const create = (name: string, pod: PodBody) => kube.create(shop.deployment(name, pod, { metadata: auto }));
  const whole = await create("whole", envFrom({ configMap: "app" }));
  const key = await create("key", oneKey);
  const lost = await create("lost", envFrom({ configMap: "app" }));
  // Until restamp has seen them, a restart could be a deploy.
  const warm = await create("warm", envFrom({ configMap: "warm", optional: true }));
  await kube.create(shop.configMap("warm", { a: "1" }));
  await told(warm.metadata.name, 1);

  await kube.patch(shop.configMap("app", {}), { data: { b: "2" } });
  await reload(whole, app, "2");
  await reload(key, app, "2");
  await told(whole.metadata.name, 1);
  await told(lost.metadata.name, 1);

  const rows = async () =>
    (await compare()).rows.map(({ workload, verdict, finding }) => [workload.name, verdict, finding]);
  const settled = async () => (await compare()).rows.every(({ code }) => code !== "recent");
  await waitFor(settled, { timeoutMs: 60_000, describe: "nothing to be too recent" });
  t.same(await rows(), [
    ["key", "only-reloader", "needless"],
    ["lost", "only-restamp", "missed"],
    ["warm", "only-restamp", "missed"],
    ["whole", "both", "same"],
  ]);
  t.same((await compare()).totals, { reloader: 2, restamp: 3, needless: 1, missed: 2, open: 0 });
  for (const { metadata } of [whole, key, lost]) {
    const { managedFields } = (await shop.get(metadata.name)).metadata as { managedFields?: { manager: string }[] };
    t.notOk(
      managedFields?.some(({ manager }) => manager === "restamp"),
      "restamp writes nothing",
    );
  }
});
