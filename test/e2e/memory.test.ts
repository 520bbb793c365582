import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { type ControlPlane, startControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { kubeClient, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { restampProcess } from "../helpers/restamp-process.ts";
import { checkSecrecyAtStop, secretValue, type Talker } from "../helpers/secrecy.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// P7: memory follows what is referenced, not what the cluster holds.

/**
 * Private resident memory of a process in MB: now, and the most it ever was. The pages of Node's own file do not count: they
 * are shared, and 5 MB more of them are resident from the moment at which V8 compiles something hot.
 */
interface Memory {
  readonly now: number;
  readonly peak: number;
}

/** Runs controllers as the image does, one after the other. */
interface Bench {
  readonly plane: ControlPlane;
  readonly talkers: Talker[];
}

const namespace = "restamp-system";
const referenced = 100;
const unreferenced = 5_000;
const changed = 500;
const content = secretValue("x".repeat(8_000));
const mostMb = 10;
/** Pages that the allocator happens to hold differ by some MB from run to run: the median is compared. */
const runs = 5;

/** API servers without WatchList are listed page by page. */
const servers = [
  { title: "an API server with WatchList", apiServerArgs: [] },
  { title: "an API server without it", apiServerArgs: ["--feature-gates=WatchList=false"] },
];

const root = join(import.meta.dirname, "..", "..");
const dist = t.testdir();
const flags: string[] = JSON.parse(readFileSync(join(root, "bin", "node-flags.json"), "utf8"));
await promisify(execFile)(process.execPath, ["build.ts", "--outdir", dist], { cwd: root });

for (const { title, apiServerArgs } of servers) {
  const skip = !existsSync("/proc/self/status");
  await t.test(`5,000 unreferenced Secrets of 8 kB cost less than 10 MB, with ${title}`, { skip }, async (t) => {
    const plane = await startControlPlane({ apiServerArgs });
    t.teardown(() => plane.stop());
    const bench = await openBench(plane);
    const without: Memory[] = [];
    for (let run = 0; run < runs; run++) without.push(await measured(bench, `without-${run}`));
    const kube = kubeClient(plane);
    await inParallel(unreferenced, (index) => kube.create(appliedSecret(index, "1")));
    const withThem: Memory[] = [];
    for (let run = 0; run < runs; run++) withThem.push(await measured(bench, `with-${run}`));
    const churned: Memory[] = [];
    for (let run = 0; run < 3; run++) churned.push(await measured(bench, `churned-${run}`, changed));

    const grown = (of: keyof Memory): number => median(withThem, of) - median(without, of);
    const report = JSON.stringify({ without, withThem, churned });
    t.ok(grown("now") < mostMb, `${grown("now")} MB more in use: ${report}`);
    t.ok(grown("peak") < mostMb, `${grown("peak")} MB more at the most`);
    t.ok(median(churned, "peak") - median(without, "peak") < mostMb, `nor while ${changed} of them change`);
  });
}

/** A cluster with a hundred Deployments, each with a Secret of its own. */
async function openBench(plane: ControlPlane): Promise<Bench> {
  const install = await installRestamp(plane, { controllers: 0 });
  const shop = await openShop(install, "p7");
  await inParallel(referenced, async (index) => {
    await install.kube.create(shop.secret(`used-${index}`, { password: "1" }));
    await install.kube.create(shop.deployment(`app-${index}`, envFrom({ secret: `used-${index}` })));
  });
  await install.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "p7-bulk" } });
  const talkers: Talker[] = [];
  checkSecrecyAtStop(plane, talkers, namespace);
  return { plane, talkers };
}

/**
 * Starts the controller, waits until it knows every workload and source and has seen so many Secrets change, and looks at
 * its memory.
 */
async function measured(bench: Bench, name: string, changes = 0): Promise<Memory> {
  const { running, get } = await startImage(bench, name);
  const figures = [
    `restamp_tracked_sources{kind="Secret"} ${referenced}`,
    `restamp_ledger_entries ${referenced}`,
    "restamp_queue_depth 0",
    `restamp_watch_events_total{resource="secrets",type="modified"} ${changes}`,
  ];
  const isUpToDate = async (): Promise<boolean> => {
    const [ready, metrics] = [await get("/readyz"), (await get("/metrics")).split("\n")];
    return ready === "ok" && figures.every((figure) => metrics.includes(figure));
  };
  await waitFor(async () => (await get("/readyz")) === "ok", { describe: `${name} to be ready`, timeoutMs: 60_000 });
  const kube = kubeClient(bench.plane);
  await inParallel(changes, async (index) => {
    const { metadata, data } = appliedSecret(index, name);
    await kube.patch(`/api/v1/namespaces/p7-bulk/secrets/${metadata.name}`, { metadata, data });
  });
  await waitFor(isUpToDate, { describe: `${name} to know everything`, timeoutMs: 60_000, intervalMs: 200 });
  const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
  const mb = (field: string): number => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
  await running.stop();
  return { now: Math.round(mb("RssAnon")), peak: Math.round(mb("VmHWM") - mb("RssFile")) };
}

/** Runs the bundle with the flags of the image, as the controller's ServiceAccount. */
async function startImage({ plane, talkers }: Bench, name: string) {
  const kube = kubeClient(plane);
  const port = await freePort();
  const kubeconfig = kube.kubeconfigFor(await kube.createToken(namespace, "restamp-controller"));
  const options = [`--kubeconfig=${kubeconfig}`, `--ops-address=127.0.0.1:${port}`, `--namespace=${namespace}`];
  const program = await plane.run({
    name: `memory-${name}`,
    command: process.execPath,
    args: [...flags, join(dist, "restamp.js"), "controller", ...options, `--pod-name=${name}`],
    env: {},
  });
  const ops = `http://127.0.0.1:${port}`;
  const get = async (path: string): Promise<string> => (await fetch(`${ops}${path}`)).text();
  const controller = restampProcess(name, ops, program);
  talkers.push(controller);
  return { running: controller.running, get };
}

/** A Secret as `kubectl apply` makes it: its content is in an annotation, too. */
function appliedSecret(index: number, version: string) {
  const metadata = { name: `bulk-${index}`, namespace: "p7-bulk" };
  const data = { content: Buffer.from(content + version).toString("base64") };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, data };
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(secret) };
  return { ...secret, metadata: { ...metadata, annotations } };
}

async function inParallel(count: number, task: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: 16 }, lane));
}

function median(all: readonly Memory[], of: keyof Memory): number {
  return all.map((each) => each[of]).sort((left, right) => left - right)[Math.floor(all.length / 2)] ?? 0;
}
