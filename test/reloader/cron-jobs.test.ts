import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installReloader, restartReloader } from "../helpers/reloader-install.ts";
import { openJobShop } from "../helpers/reloader-jobs.ts";
import { type AnyWorkload, endJob, eventOf, reloaderEnv } from "../helpers/reloader-workloads.ts";

// Section 1.4 of the compatibility document: what a change does to CronJobs.

const plane = await startControlPlane({ controllerManager: true });
t.setTimeout(300_000);
t.jobs = 1;
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube } = install;
const shop = await openJobShop(install, "cron");
const { change, cronJob, job, variable, runsOf, ran, isSame } = shop;

t.test("a CronJob stays as it is, and one Job of it runs for each change, also for one back", async (t) => {
  const made = await cronJob("report");
  await shop.caughtUp();
  for (const [index, value] of ["2", "1", "2", "1"].entries()) {
    await change("report", value);
    await ran(made, index + 1);
    await shop.caughtUp();
    t.equal((await runsOf(made)).length, index + 1, "one for each change");
  }
  const [job] = await runsOf(made);
  t.match(job?.metadata, {
    name: /^report-/,
    labels: { team: "shop" },
    annotations: { note: "kept", "cronjob.kubernetes.io/instantiate": "manual" },
    ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "report", controller: true }],
  });
  t.same(job === undefined ? [] : reloaderEnv(job), [variable("report", "2")]);
  const now = await kube.get(made);
  t.same([now.metadata.generation, now["spec"]], [made.metadata.generation, made["spec"]]);
  t.match(
    await eventOf(shop, "report", "Reloaded"),
    /^Changes detected in 'report' .* Updated 'report' of type 'CronJob'/,
  );
});

t.test("a controller that is killed before it could remember a run does not run it twice", async (t) => {
  await restartReloader(install, ["--ledger-interval=1m"]);
  const made = await cronJob("nightly");
  await shop.caughtUp();
  await change("nightly", "2");
  await ran(made, 1);
  for (const { running } of install.controllers) await running.stop({ signal: "SIGKILL" });
  await restartReloader(install);
  await shop.caughtUp();
  t.equal((await runsOf(made)).length, 1);
  await change("nightly", "3");
  await ran(made, 2);
  await restartReloader(install);
  await shop.caughtUp();
  t.equal((await runsOf(made)).length, 2, "nor one that it remembers");
});

t.test("a suspended CronJob is not run, not even when it goes on", async (t) => {
  const made = await cronJob("asleep", { suspend: true });
  await shop.caughtUp();
  await change("asleep", "2");
  const note = await eventOf(shop, "asleep", "ConfigurationChanged");
  t.equal(note, "ConfigMap asleep (1 of 1 keys) changed: used by the next run: suspended");
  await kube.patch(made, { spec: { suspend: false } });
  await shop.caughtUp();
  t.same(await runsOf(made), []);
  await change("asleep", "3");
  await ran(made, 1);
});

t.test("concurrencyPolicy Forbid waits for the Job before, Replace takes its place, Allow runs both", async (t) => {
  const policies = ["Forbid", "Replace", "Allow"] as const;
  const made = new Map<string, KubeObject>();
  for (const concurrencyPolicy of policies) {
    made.set(concurrencyPolicy, await cronJob(concurrencyPolicy.toLowerCase(), { concurrencyPolicy }));
  }
  const runs = async (policy: string): Promise<readonly AnyWorkload[]> => runsOf(made.get(policy) as KubeObject);
  await shop.caughtUp();
  for (const policy of policies) await change(policy.toLowerCase(), "2");
  const first = new Map<string, string | undefined>();
  for (const policy of policies) {
    const [job] = await ran(made.get(policy) as KubeObject, 1);
    first.set(policy, job?.metadata.uid);
  }
  for (const policy of policies) await change(policy.toLowerCase(), "3");
  await ran(made.get("Allow") as KubeObject, 2);
  const isReplaced = async (): Promise<boolean> => {
    const [job] = await runs("Replace");
    return job !== undefined && job.metadata.uid !== first.get("Replace");
  };
  await waitFor(isReplaced, { describe: "the Job to be replaced" });
  await shop.caughtUp();
  t.equal((await runs("Replace")).length, 1);
  const [waited, ...others] = await runs("Forbid");
  t.same([waited?.metadata.uid, others], [first.get("Forbid"), []], "it waits");
  await endJob(kube, { namespace: "cron", name: waited?.metadata.name ?? "" });
  const [, second] = await ran(made.get("Forbid") as KubeObject, 2);
  t.same(second && reloaderEnv(second), [variable("forbid", "3")]);
});

t.test("with --cron-jobs=stamp and --jobs=record nothing is run or killed", async (t) => {
  const rules = "/apis/rbac.authorization.k8s.io/v1/clusterroles/restamp-controller";
  const value = { apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["patch"] };
  await kube.patch(rules, [{ op: "add", path: "/rules/-", value }], { type: "json" });
  const cron = await cronJob("calm");
  const once = await job("calm-job");
  await restartReloader(install, ["--cron-jobs=stamp", "--jobs=record"]);
  await shop.caughtUp();
  for (const name of ["calm", "calm-job"]) await change(name, "2");
  const now = await kube.waitFor(cron, ({ metadata }) => (metadata.generation ?? 0) > 1);
  t.match(JSON.stringify(now["spec"]), /"STAKATER_CALM_CONFIGMAP"/);
  await eventOf(shop, "calm-job", "ConfigurationChanged");
  await shop.caughtUp();
  t.same(await runsOf(cron), []);
  t.ok(await isSame(once));
});
