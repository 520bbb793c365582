import { readFile } from "node:fs/promises";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { findLeader } from "../helpers/pairs.ts";
import { installReloader, unpaced } from "../helpers/reloader-install.ts";
import { auto } from "../helpers/reloader-workloads.ts";
import { leading } from "../helpers/restamp-process.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// --enable-ha: one of several replicas acts, and what happens between two leaders is not lost.

t.setTimeout(240_000);
t.jobs = 1;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installReloader(plane, { args: ["--enable-ha=false"] });
const { kube } = install;
const shop = await openShop(install, "shop", {});
const app = shop.configMap("app", { value: "1" });
await kube.create(app);
await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), { metadata: { annotations: auto } }));
await shop.caughtUp();
// Watched from their creation on: what is made within the second of the install itself is restarted once more than needed.
await install.controllers[0]?.running.stop();

interface Lease extends KubeObject {
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly renewTime?: string;
  };
}
const leases = `/apis/coordination.k8s.io/v1/namespaces/${install.namespace}/leases`;
const lock = `${leases}/stakater-reloader-lock`;
let value = 1;
const change = () => kube.patch(app, { data: { value: `${++value}` } });

t.test("without --enable-ha a replica acts at once, needs no lock and no POD_NAME", async (t) => {
  const pod = { POD_NAME: undefined, POD_NAMESPACE: undefined };
  const args = [...unpaced, "--enable-ha=false", `--namespace=${install.namespace}`];
  const controller = await install.startController(args, pod);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await shop.caughtUp();
  await change();
  await shop.rolled("web", 2);
  t.same(await kube.list(leases), []);
});

t.test(
  "Reloader's times by default, and its Lease; SIGTERM releases it, and the next replica acts at once",
  async (t) => {
    // The defaults: 15 s, 10 s and 2 s. Whoever waits for the lease to expire waits longer than this test does.
    const args = unpaced.filter((arg) => !arg.startsWith("--lease"));
    const first = await install.startController(args);
    t.teardown(() => first.running.stop());
    await first.ready();
    await leading(first, 20_000);
    const { spec } = await kube.get<Lease>(lock);
    t.equal(spec.leaseDurationSeconds, 15);
    t.ok(spec.holderIdentity?.startsWith(`${first.name}_`), "the holder is named after its Pod");
    const second = await install.startController(args);
    t.teardown(() => second.running.stop());
    await second.ready();
    t.notOk(await second.leads(), "there is one leader");
    const start = performance.now();
    const stopped = first.running.stop({ graceMs: 20_000 });
    await change();
    await shop.rolled("web", 3);
    const seconds = (performance.now() - start) / 1_000;
    t.ok(seconds < 10, `what changed between the leaders is rolled out after ${seconds} s`);
    await stopped;
    t.same(first.running.exit(), { code: 0, signal: null });
    t.match(await readFile(first.running.log, "utf8"), /Lease released/);
    await shop.caughtUp();
    t.equal(await shop.revision("web"), 3, "once");
  },
);

t.test("a leader that dies: what changes until the next one leads is rolled out once", async (t) => {
  const replicas = [await install.startController(unpaced), await install.startController(unpaced)];
  for (const each of replicas) t.teardown(() => each.running.stop());
  await Promise.all(replicas.map((each) => each.ready()));
  const dead = await findLeader(install);
  await dead.running.stop({ signal: "SIGKILL" });
  await change();
  await shop.rolled("web", 4, 30_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 4);
  t.not((await findLeader(install)).name, dead.name);
});

t.test("what changes while no replica runs is rolled out once, without --sync-after-restart", async (t) => {
  await change();
  const controller = await install.startController(unpaced);
  t.teardown(() => controller.running.stop());
  await shop.rolled("web", 5, 30_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 5, "once");
});

t.test("a leader that loses its lock stays alive, and stands again", async (t) => {
  const controller = await install.startController(unpaced);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await leading(controller, 20_000);
  const spec = { holderIdentity: "somebody-else", renewTime: new Date().toISOString().replace("Z", "000Z") };
  await kube.patch(lock, { spec });
  await waitFor(async () => !(await controller.leads()), { describe: "the leader to step down", intervalMs: 50 });
  const live = await fetch(`${controller.ops}/live`);
  t.strictSame([live.status, await live.text()], [200, "alive"], "it needs no restart");
  await leading(controller, 20_000);
  await change();
  await shop.rolled("web", 6);
});
