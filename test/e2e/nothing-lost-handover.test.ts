import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { createChangeLoad } from "../helpers/change-load.ts";
import { installRestamp } from "../helpers/install.ts";
import { findLeader, openPairs } from "../helpers/pairs.ts";

// P2, nothing is lost: two replicas under 20 changes a second, while the leader is replaced or dies.

t.setTimeout(400_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());
const controllerArgs = ["--settle=0s", "--min-interval=0s"];
const install = await installRestamp(plane, { controllers: 2, controllerArgs });
// A workload's turn comes again after 25 s: later than any patch may take.
const pairs = await openPairs(install, "handover", { size: 500 });
const load = await createChangeLoad(plane, pairs, 20);
t.teardown(() => load.stop());

const longest = (times: readonly number[]): number => times.at(-1) ?? 0;
const report = (times: readonly number[]): string =>
  `${times.length} changes, patched after ${times[times.length >> 1]} ms (median), ${longest(times)} ms (longest)`;

// What the machine adds by itself.
const quiet = await load.during(() => sleep(4_000));
t.comment(`one leader: ${report(quiet)}`);

/** One step of a rolling update: a new replica first, then the end of an old one. */
async function replaceLeader(t: Pick<Test, "same">): Promise<void> {
  await (await install.startController()).ready();
  const leader = await findLeader(install);
  await leader.running.stop({ graceMs: 30_000 });
  t.same(leader.running.exit(), { code: 0, signal: null }, "the old leader ends by itself");
}

t.test("a rolling update delays no patch beyond 3 s", async (t) => {
  const times = await load.during(async () => {
    await replaceLeader(t);
    await replaceLeader(t);
  }, 2_000);
  t.comment(report(times));
  t.ok(longest(times) < 3_000 + longest(quiet), `${longest(times)} ms at most, and ${longest(quiet)} ms without it`);
});

t.test("the death of the leader delays no patch beyond 17 s", async (t) => {
  const [dead, alive] = [await findLeader(install), () => findLeader(install)];
  const times = await load.during(async () => {
    await dead.running.stop({ signal: "SIGKILL" });
    await alive();
  }, 3_000);
  t.comment(report(times));
  t.ok(longest(times) < 17_000 + longest(quiet), `${longest(times)} ms at most, and ${longest(quiet)} ms without it`);
  t.not((await alive()).name, dead.name);
});

t.test("no change is rolled twice", async (t) => {
  await pairs.caughtUp();
  t.equal(load.surplus(), 0);
});
