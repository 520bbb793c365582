import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { forbidJobs } from "../helpers/actions-bench.ts";
import { installReloader, restartReloader } from "../helpers/reloader-install.ts";
import { openJobShop } from "../helpers/reloader-jobs.ts";
import { type AnyWorkload, auto, endJob, eventOf, reloaderEnv } from "../helpers/reloader-workloads.ts";

// Section 1.4 of the compatibility document: what a change does to Jobs.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube } = install;
const shop = await openJobShop(install, "jobs");
const { change, cronJob, job, variable, replaced, isSame } = shop;

t.test("a Job that is not over is deleted and created again, once for each change", async (t) => {
  const before = await job("migrate", { labels: { team: "shop" } }, { parallelism: 2, backoffLimit: 3 });
  await shop.caughtUp();
  await change("migrate", "2");
  const after = await replaced(before);
  t.match(after, {
    metadata: { labels: { team: "shop" }, annotations: auto },
    spec: { parallelism: 2, backoffLimit: 3 },
  });
  t.same(reloaderEnv(after), [variable("migrate", "2")]);
  await shop.caughtUp();
  t.ok(await isSame(after), "once");
  await restartReloader(install);
  await shop.caughtUp();
  t.ok(await isSame(after), "not again by the next controller");
  await change("migrate", "3");
  const last = await replaced(after);
  t.same(reloaderEnv(last), [variable("migrate", "3")]);
  t.match(await eventOf(shop, "migrate", "Reloaded"), /Updated 'migrate' of type 'Job'/);
});

t.test("a Job that is over is run again only with --rerun-finished-jobs; one of a CronJob never", async (t) => {
  const over = await job("over");
  await endJob(kube, { namespace: "jobs", name: "over" });
  const owner = await cronJob("owner");
  const reference = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: "owner",
    uid: owner.metadata.uid,
    controller: true,
  };
  const owned = await job("owned", { ownerReferences: [reference] });
  await shop.caughtUp();
  for (const name of ["over", "owned"]) await change(name, "2");
  await shop.caughtUp();
  t.ok(await isSame(over));
  t.ok(await isSame(owned));
  await restartReloader(install, ["--rerun-finished-jobs"]);
  const again = await replaced(over);
  t.same(reloaderEnv(again), [variable("over", "2")], "what changed since it was made counts");
  await endJob(kube, { namespace: "jobs", name: "over" });
  for (const name of ["over", "owned"]) await change(name, "3");
  t.notMatch(JSON.stringify((await replaced(again))["status"]), /Failed/);
  await shop.caughtUp();
  t.ok(await isSame(owned));
});

t.test("a Job that the API server would not take again is not deleted", async (t) => {
  await restartReloader(install);
  const before = await job("refused", { labels: { refuse: "this" } });
  const allow = await forbidJobs(kube, { namespace: "jobs", labels: { refuse: "this" } });
  await shop.caughtUp();
  await change("refused", "2");
  const note = await eventOf(shop, "refused", "ReloadFail");
  t.match(note, /^Update for 'refused' of type 'Job' in namespace 'jobs' failed with error .*no such Jobs/);
  t.ok(await isSame(before));
  await allow();
  t.same(reloaderEnv(await replaced(before)), [variable("refused", "2")], "it is tried again");
});

/** The manifests of Jobs that are deleted and not yet created again. */
const kept = async (): Promise<readonly string[]> =>
  (await kube.list(`/api/v1/namespaces/${install.namespace}/secrets`))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith("restamp-job-"));

/** Has a controller delete a Job, ends that controller at once, and only then lets the Job go. */
async function killBetween(name: string, kill: () => Promise<void>): Promise<AnyWorkload> {
  const before = await job(name, { finalizers: ["example.com/hold"], labels: { team: "shop" } });
  await shop.caughtUp();
  await change(name, "2");
  await kube.waitFor(before, ({ metadata }) => metadata["deletionTimestamp"] !== undefined);
  await kill();
  await kube.patch(before, { metadata: { finalizers: null } });
  await waitFor(async () => (await kube.find(before)) === undefined, { describe: `Job ${name} to be gone` });
  return before;
}

t.test("a controller that is killed between deletion and creation loses no Job: the next one creates it", async (t) => {
  const before = await killBetween("crash", async () => {
    for (const { running } of install.controllers) await running.stop({ signal: "SIGKILL" });
  });
  t.equal((await kept()).length, 1, "its manifest is stored");
  await restartReloader(install);
  const after = await replaced(before);
  t.match(after.metadata, { labels: { team: "shop" }, annotations: auto });
  t.same(reloaderEnv(after), [variable("crash", "2")]);
  await waitFor(async () => (await kept()).length === 0, { describe: "the manifest to be let go" });
  await shop.caughtUp();
  t.ok(await isSame(after), "once");
});

t.test("nor does a leader that is killed while another controller stands by", async (t) => {
  const leader = install.controllers.at(-1);
  await (await install.startController()).ready();
  const before = await killBetween("handover", async () => leader?.running.stop({ signal: "SIGKILL" }));
  t.same(reloaderEnv(await replaced(before)), [variable("handover", "2")]);
  await waitFor(async () => (await kept()).length === 0, { describe: "the manifest to be let go" });
});
