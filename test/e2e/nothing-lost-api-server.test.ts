import { readFile } from "node:fs/promises";
import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { each, openPairs } from "../helpers/pairs.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";

// P2, nothing is lost: changes around outages of the API server, and when etcd has forgotten what a watch asks for.

t.setTimeout(400_000);
const controllerArgs = ["--settle=1s", "--min-interval=0s"];

/** How often a controller has found that it must list again. */
async function relisted({ running }: RestampProcess): Promise<number> {
  return (await readFile(running.log, "utf8")).split("Listing again").length - 1;
}

t.test("with the API server's watch cache", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const install = await installRestamp(plane, { controllerArgs });
  const [controller] = install.controllers;
  if (controller === undefined) throw new Error("Cannot test: there is no controller");

  await t.test("changes before, while and after the API server restarts are rolled once", async (t) => {
    const pairs = await openPairs(install, "restart", { size: 60 });
    // Kept going throughout: those that meet a closed door are tried again until it opens.
    const changes = each(pairs.names, (name) => pairs.change(name, "1"));
    await waitFor(async () => ((await pairs.counts())[1] ?? 0) > 0, { intervalMs: 5, describe: "a first rollout" });
    await plane.restartApiServer();
    await changes;
    await pairs.rolled(pairs.names);
    await pairs.caughtUp();
    t.same(await pairs.counts(), { 1: 60 });
  });

  await t.test("changes made shortly before a crash of the API server are rolled once", async (t) => {
    const pairs = await openPairs(install, "crash", { size: 40 });
    await each(pairs.names, (name) => pairs.change(name, "1"));
    await plane.restartApiServer({ signal: "SIGKILL" });
    await pairs.rolled(pairs.names);
    await pairs.caughtUp();
    t.same(await pairs.counts(), { 1: 40 });
  });

  await t.test("changes that no watch can report any more are rolled once", async (t) => {
    const pairs = await openPairs(install, "expired", { size: 40 });
    const [changed, unchanged] = [pairs.names.slice(0, 20), pairs.names.slice(20)];
    const before = await relisted(controller);
    // Asleep, it can not follow: its connections break, and etcd forgets what it has missed.
    process.kill(controller.running.pid, "SIGSTOP");
    await each(changed, (name) => pairs.change(name, "1"));
    await plane.expireWatches();
    process.kill(controller.running.pid, "SIGCONT");
    await pairs.rolled(changed);
    await pairs.caughtUp();
    t.ok((await relisted(controller)) > before, "it had to list again");
    t.same(await pairs.counts(changed), { 1: 20 }, "those that changed are rolled once");
    t.same(await pairs.counts(unchanged), { 0: 20 }, "the others are not");
    t.equal(controller.running.exit(), undefined, "by the same process");
  });
});

t.test("without the API server's watch cache, while etcd is compacted", async (t) => {
  const plane = await startControlPlane({ apiServerArgs: ["--watch-cache=false"] });
  t.teardown(() => plane.stop());
  const install = await installRestamp(plane, { controllerArgs });
  const [controller] = install.controllers;
  if (controller === undefined) throw new Error("Cannot test: there is no controller");
  const pairs = await openPairs(install, "compacted", { size: 40 });
  const [changed, unchanged] = [pairs.names.slice(0, 20), pairs.names.slice(20)];
  const before = await relisted(controller);
  process.kill(controller.running.pid, "SIGSTOP");
  await each(changed, (name) => pairs.change(name, "1"));
  await plane.stopApiServer();
  await plane.startApiServer();
  await plane.compactEtcd();
  process.kill(controller.running.pid, "SIGCONT");
  await pairs.rolled(changed);
  await pairs.caughtUp();
  t.ok((await relisted(controller)) > before, "it had to list again");
  t.same(await pairs.counts(changed), { 1: 20 }, "those that changed are rolled once");
  t.same(await pairs.counts(unchanged), { 0: 20 }, "the others are not");
});
