import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { freePort } from "../controlplane/free-port.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { secretValue } from "../helpers/secrecy.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// P7: memory follows what is referenced, not what the cluster holds.

/** Resident memory of a process in MB: now, and the most it ever was. */
interface Memory {
  readonly now: number;
  readonly peak: number;
}

const referenced = 100;
const unreferenced = 5_000;
const contentBytes = 8_000;
const mostMb = 10;
/** Pages that the allocator happens to hold differ by some MB from run to run: the median of three is compared. */
const runs = 3;

const root = join(import.meta.dirname, "..", "..");
const plane = await startControlPlane({});
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllers: 0 });
const { kube } = install;
const shop = await openShop(install, "p7");
const bulk = "/api/v1/namespaces/p7-bulk/secrets";
const content = secretValue("x".repeat(contentBytes));

t.test(
  "5,000 unreferenced Secrets of 8 kB cost less than 10 MB",
  { skip: !existsSync("/proc/self/status") },
  async (t) => {
    const dist = join(plane.dir, "dist");
    await promisify(execFile)(process.execPath, ["build.ts", "--outdir", dist], { cwd: root });
    for (let index = 0; index < referenced; index++) {
      await kube.create(shop.secret(`used-${index}`, { password: "1" }));
      await kube.create(shop.deployment(`app-${index}`, envFrom({ secret: `used-${index}` })));
    }
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "p7-bulk" } });

    const without: Memory[] = [];
    for (let run = 0; run < runs; run++) without.push(await measured(dist, `without-${run}`));
    await inParallel(unreferenced, (index) => kube.create(appliedSecret(`bulk-${index}`, "1")));
    const withThem: Memory[] = [];
    for (let run = 0; run < runs; run++) withThem.push(await measured(dist, `with-${run}`));
    // They change, every tenth of them, while the last one runs.
    const churned = await measured(dist, "churned", { churn: true });

    const report = JSON.stringify({ without, withThem, churned });
    const grown = (of: keyof Memory): number => median(withThem, of) - median(without, of);
    t.ok(grown("now") < mostMb, `${grown("now").toFixed(1)} MB more in use: ${report}`);
    t.ok(grown("peak") < mostMb, `${grown("peak").toFixed(1)} MB more at the most`);
    t.ok(churned.peak - median(without, "peak") < mostMb, "nor while they change");
  },
);

/** A Secret as `kubectl apply` makes it: its content is in an annotation, too. */
function appliedSecret(name: string, version: string) {
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "p7-bulk" },
    data: { content: Buffer.from(content + version).toString("base64") },
  };
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(secret) };
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}

async function churn(): Promise<void> {
  await inParallel(unreferenced / 10, async (index) => {
    const { metadata, data } = appliedSecret(`bulk-${index * 10}`, "2");
    await kube.patch(`${bulk}/bulk-${index * 10}`, { metadata: { annotations: metadata.annotations }, data });
  });
}

/** Starts the controller as the image does, waits until it knows every workload and source, and looks at its memory. */
async function measured(dist: string, name: string, how = { churn: false }): Promise<Memory> {
  const port = await freePort();
  const kubeconfig = kube.kubeconfigFor(await kube.createToken(install.namespace, "restamp-controller"));
  const flags: string[] = JSON.parse(readFileSync(join(root, "bin", "node-flags.json"), "utf8"));
  const options = [`--kubeconfig=${kubeconfig}`, `--ops-address=127.0.0.1:${port}`, "--namespace=restamp-system"];
  const running = await plane.run({
    name: `memory-${name}`,
    command: process.execPath,
    args: [...flags, join(dist, "restamp.js"), "controller", ...options, `--pod-name=${name}`],
    env: {},
  });
  const get = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const knowsAll = async (): Promise<boolean> => {
    const [ready, metrics] = [await get("/readyz"), await get("/metrics")];
    const figures = [`tracked_sources{kind="Secret"} ${referenced}`, `ledger_entries ${referenced}`, "queue_depth 0"];
    return ready === "ok" && figures.every((figure) => metrics.includes(figure));
  };
  await waitFor(knowsAll, { describe: `${name} to be synced`, timeoutMs: 60_000, intervalMs: 200 });
  if (how.churn) await churn();
  const changes = `restamp_watch_events_total{resource="secrets",type="modified"} ${how.churn ? unreferenced / 10 : 0}`;
  const isUpToDate = async (): Promise<boolean> => (await get("/metrics")).includes(changes) && (await knowsAll());
  await waitFor(isUpToDate, { describe: `${name} to have caught up`, timeoutMs: 60_000, intervalMs: 200 });
  const status = readFileSync(`/proc/${running.pid}/status`, "utf8");
  const mb = (field: string): number => Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1]) / 1024;
  await running.stop();
  return { now: Math.round(mb("VmRSS")), peak: Math.round(mb("VmHWM")) };
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
