import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { each, findLeader, openPairs } from "../helpers/pairs.ts";

// P2, nothing is lost: changes while the controller is stopped, killed or replaced.

t.setTimeout(400_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());
// A leader that was killed is missed after six seconds, not fifteen.
const lease = ["--lease-duration=6s", "--lease-renew-deadline=4s", "--lease-retry-period=500ms"];
const controllerArgs = ["--settle=1s", "--min-interval=0s", ...lease];
const install = await installRestamp(plane, { controllerArgs });

const stopAll = async (signal: "SIGTERM" | "SIGKILL") =>
  void (await Promise.all(install.controllers.map(({ running }) => running.stop({ signal }))));
const startOne = async () => (await install.startController()).ready();

t.test("changes while the controller is stopped are rolled once, and nothing else is", async (t) => {
  const pairs = await openPairs(install, "stopped", { size: 40 });
  const changed = pairs.names.slice(0, 20);
  const unchanged = pairs.names.slice(20);
  // First by what the ledger says of workloads without a stamp, then by their stamps.
  for (const round of [1, 2]) {
    await stopAll("SIGTERM");
    await each(changed, (name) => pairs.change(name, `a${round}`));
    await each(changed, (name) => pairs.change(name, `b${round}`));
    await startOne();
    await pairs.rolled(changed, round);
    await pairs.caughtUp();
    t.same(await pairs.counts(changed), { [round]: 20 }, `round ${round}: those that changed are rolled once`);
    t.same(await pairs.counts(unchanged), { 0: 20 }, `round ${round}: the others are not`);
  }
});

t.test("a controller killed in the middle of a fan-out: the next one rolls the rest, and none again", async (t) => {
  // One that does not finish all of them before it is killed.
  await stopAll("SIGTERM");
  await (await install.startController([...controllerArgs, "--workers=1"])).ready();
  const pairs = await openPairs(install, "killed", { size: 200, shared: "everybody" });
  await pairs.change("web-0", "new");
  const rolledSoFar = async () => [...(await pairs.rollouts()).values()].filter((times) => times > 0).length;
  // The spare one is rolled already.
  await waitFor(async () => (await rolledSoFar()) > 11, { timeoutMs: 60_000, intervalMs: 1, describe: "the fan-out" });
  await stopAll("SIGKILL");
  const before = await rolledSoFar();
  t.ok(before < 190, `${before} of 201 were rolled when it was killed`);
  await startOne();
  await pairs.rolled(pairs.names);
  await pairs.caughtUp();
  t.same(await pairs.counts(), { 1: 200 }, "each is rolled once");
});

t.test("changes while nobody leads are rolled once by the next leader", async (t) => {
  const pairs = await openPairs(install, "leaderless", { size: 20 });
  await startOne();
  const leader = await findLeader(install);
  await leader.running.stop({ signal: "SIGKILL" });
  await each(pairs.names, (name) => pairs.change(name, "1"));
  t.same(await pairs.counts(), { 0: 20 }, "nobody has rolled anything yet");
  await pairs.rolled(pairs.names);
  await pairs.caughtUp();
  t.same(await pairs.counts(), { 1: 20 }, "each is rolled once");
  t.not((await findLeader(install)).name, leader.name);
});
