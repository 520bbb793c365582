import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// Dashboards and alerting rules made for Reloader go on working: the same metrics, with figures that are true.

const settleMs = 1_500;
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
t.setTimeout(240_000);
const install = await installRestamp(plane, {
  manifests: { resources: ["overlays/reloader"] },
  controllerArgs: [`--settle=${settleMs}ms`, "--min-interval=0s", "--metrics-by-namespace"],
});
const { kube } = install;
const [controller] = install.controllers;
const shop = await openShop(install, "metrics", {});
const auto = { metadata: { annotations: { "reloader.stakater.com/auto": "true" } } };
const app = shop.configMap("app", { value: "1" });
await kube.create(app);
await kube.create(shop.configMap("nobodys", { value: "1" }));
await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), auto));
await shop.revision("web");

/** The figures of all series whose name and labels begin so, of one scrape; NaN if there is none. */
async function figure(series: string, scraped = controller?.metrics()): Promise<number> {
  const lines = ((await scraped) ?? "").split("\n").filter((line) => line.startsWith(series));
  return lines.length === 0 ? Number.NaN : lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function reached(series: string, least: number): Promise<void> {
  let last = Number.NaN;
  const isReached = async (): Promise<boolean> => {
    last = await figure(series);
    return last >= least;
  };
  await waitFor(isReached, { describe: () => `${series} to reach ${least}, it is ${last}`, timeoutMs: 60_000 });
}

t.test("a restart is counted once, with all the time that it took", async (t) => {
  await reached('reloader_watched_resources_total{kind="ConfigMap"}', 1);
  await reached('reloader_reconcile_total{result="success"}', 1);
  t.equal(await figure('reloader_reload_executed_total{success="true"}'), 0, "what is adopted is not restarted");
  const start = performance.now();
  await kube.patch(app, { data: { value: "2" } });
  await shop.rolled("web", 2);
  const seconds = (performance.now() - start) / 1_000;
  for (const series of [
    'reloader_reload_executed_total{success="true"}',
    'reloader_reload_executed_total_by_namespace{success="true",namespace="metrics"}',
    'reloader_action_total{workload_kind="Deployment",result="success"}',
    'reloader_action_latency_seconds_count{workload_kind="Deployment"}',
    'reloader_workloads_scanned_total{kind="Deployment"}',
    'reloader_workloads_matched_total{kind="Deployment"}',
    'reloader_events_processed_total{event_type="unknown",resource_type="configmaps",result="success"}',
    "restamp_change_to_patch_seconds_count",
  ]) {
    t.ok((await figure(series)) >= 1, series);
  }
  t.equal(await figure("reloader_reload_executed_total{"), 1);
  t.equal(await figure("reloader_action_total{"), 1);
  for (const sum of ["reloader_action_latency_seconds_sum", "restamp_change_to_patch_seconds_sum"]) {
    const took = await figure(sum);
    t.ok(took >= settleMs / 1_000 && took <= seconds, `${sum}: ${took} s, from the change to the restart ${seconds} s`);
  }
});

t.test("what needs no restart is counted by the reason", async (t) => {
  const noChange = 'reloader_skipped_total{reason="no_data_change"}';
  const notSelected = 'reloader_skipped_total{reason="ignored_or_not_selected"}';
  const before = { noChange: await figure(noChange), notSelected: await figure(notSelected) };
  await kube.patch(app, { metadata: { labels: { team: "a" } } });
  await reached(noChange, before.noChange + 1);
  await kube.patch(shop.configMap("nobodys", {}), { data: { value: "2" } });
  await reached(notSelected, before.notSelected + 1);
  await reached('reloader_skipped_total{reason="strategy_not_updated"}', 1);
  t.equal(await figure('reloader_reload_executed_total{success="true"}'), 1, "and restarts nothing");
});

t.test("the watches, the queue and the calls have their figures", async (t) => {
  t.ok((await figure('reloader_events_received_total{event_type="update",resource_type="configmaps"}')) >= 3);
  t.ok((await figure("reloader_workqueue_adds_total")) >= 2);
  // Of one scrape: what is counted between two of them would make a difference.
  const scraped = controller?.metrics();
  const [queued, reconciled] = [
    "reloader_workqueue_latency_seconds_count",
    "reloader_reconcile_duration_seconds_count",
  ];
  t.equal(await figure(queued, scraped), await figure("reloader_workqueue_adds_total", scraped));
  t.equal(await figure("reloader_workqueue_depth", scraped), 0);
  t.equal(await figure(reconciled, scraped), await figure("reloader_reconcile_total", scraped));
  const { host } = new URL(plane.url);
  t.ok((await figure(`rest_client_requests_total{code="200",method="GET",host="${host}"}`)) >= 1);
  t.ok((await figure(`rest_client_requests_total{code="200",method="PATCH",host="${host}"}`)) >= 1);
  t.ok((await figure(`rest_client_request_duration_seconds_count{verb="GET",host="${host}"}`)) >= 1);
});

t.test("a restart that is refused is an error, is retried, and its workload is stale until it succeeds", async (t) => {
  await refuse("web");
  await kube.patch(app, { data: { value: "3" } });
  await reached("reloader_reload_errors_total", 1);
  await reached("reloader_retries_total", 1);
  await reached('restamp_stale_workloads{reason="rejected"}', 1);
  for (const series of [
    'reloader_reload_executed_total{success="false"}',
    'reloader_reload_executed_total_by_namespace{success="false",namespace="metrics"}',
    'reloader_action_total{workload_kind="Deployment",result="error"}',
    'reloader_errors_total{type="handler_error"}',
    'reloader_reconcile_total{result="error"}',
  ]) {
    t.ok((await figure(series)) >= 1, series);
  }
  await kube.delete({ ...policy, kind: "ValidatingAdmissionPolicyBinding" });
  await shop.rolled("web", 3, 90_000);
  await waitFor(async () => (await figure("restamp_stale_workloads")) === 0, { describe: "nothing to be stale" });
  t.equal(await figure('reloader_reload_executed_total{success="true"}'), 2);
});

const policy = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "no-restarts" } };

/** A policy that refuses every change of a Deployment's template; returns when it works. */
async function refuse(name: string): Promise<void> {
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] };
  const validations = [{ expression: "object.spec.template == oldObject.spec.template", message: "no restarts today" }];
  const spec = { matchConstraints: { resourceRules: [rule] }, validations };
  await kube.create({ ...policy, kind: "ValidatingAdmissionPolicy", spec });
  const binding = { policyName: policy.metadata.name, validationActions: ["Deny"] };
  await kube.create({ ...policy, kind: "ValidatingAdmissionPolicyBinding", spec: binding });
  const path = `/apis/apps/v1/namespaces/${shop.namespace}/deployments/${name}`;
  const trial = { spec: { template: { metadata: { annotations: { trial: "1" } } } } };
  const isRefused = (): Promise<boolean> =>
    kube.patch(path, trial, { query: { dryRun: "All" } }).then(
      () => false,
      (error: Error) => error.message.includes("no restarts today"),
    );
  await waitFor(isRefused, { describe: "the policy to work" });
}
