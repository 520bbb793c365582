import t, { type Test } from "tap";
import { runCompare } from "../../compare/main.ts";
import { restartAnnotations } from "../../src/core/restart-event.ts";
import type { SourceId } from "../../src/core/source.ts";
import { createApiClient } from "../../src/kube/client.ts";
import { createEventRecorder } from "../../src/kube/event-recorder.ts";
import { defaultOptions } from "../../src/options/load.ts";
import type { Options } from "../../src/options/table.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { planeAccess } from "../helpers/plane-access.ts";
import { createReloaderEvents } from "../helpers/reloader-events.ts";
import { envFrom, openShop, type PodBody } from "../helpers/shop.ts";

// Events as both sides write them, on a real API server, read with the rights of the built-in role "view".

t.setTimeout(300_000);
const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const reloader = createReloaderEvents(kube);
const minute = 60_000;
const auto = { annotations: { "reloader.stakater.com/auto": "true" } };

/** Tells of what it would have restarted, as the controller does. */
async function wouldRestart(
  t: Test,
  workload: KubeObject,
  restart: { sources: readonly SourceId[]; at?: number },
): Promise<void> {
  const { sources, at = Date.now() } = restart;
  const api = createApiClient({ access: planeAccess(plane) }, { component: "test", version: "0" });
  const unexpected = (_fields: object, message: string): void => void t.fail(message);
  const log = { debug: () => {}, info: () => {}, warn: unexpected, error: unexpected };
  const recorder = createEventRecorder(
    { api, log, clock: { now: () => at } },
    { component: "controller", instance: "pod" },
  );
  const { namespace = "", name, uid = "" } = workload.metadata;
  recorder.record({
    regarding: { apiVersion: workload.apiVersion, kind: workload.kind, namespace, name, uid },
    ...{ type: "Normal", reason: "WouldRestart", note: "ConfigMap app changed: pods are replaced by a rolling update" },
    annotations: restartAnnotations({ sources, seconds: 3 }),
  });
  await recorder.flush(10_000);
  await api.close();
}

/** A kubeconfig with the rights of the role "view" in a namespace, or in all. */
async function viewer(namespace: string, everywhere = false): Promise<string> {
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "viewer", namespace } });
  const subjects = [{ kind: "ServiceAccount", name: "viewer", namespace }];
  const kind = everywhere ? "ClusterRoleBinding" : "RoleBinding";
  await kube.create({
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind, subjects },
    metadata: everywhere ? { name: `viewer-${namespace}` } : { name: "viewer", namespace },
    // What the role "view" is made of, by a controller that does not run here.
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:aggregate-to-view" },
  });
  const token = await kube.createToken(namespace, "viewer");
  const mayList = async () => (await kube.as(token).raw(`/api/v1/namespaces/${namespace}/events`)).status === 200;
  await waitFor(mayList, { describe: "the rights of the viewer" });
  return kube.kubeconfigFor(token);
}

/** @param aheadMs how much later it is for the comparison. */
function start(kubeconfig: string, more: Partial<Options<"compare">> = {}, aheadMs = 0) {
  const out: string[] = [];
  const err: string[] = [];
  const stopping = new AbortController();
  const options = defaultOptions("compare", { kubeconfig, output: "json", ...more });
  const done = runCompare(options, {
    ...{ version: "0", clock: { now: () => Date.now() + aheadMs }, signal: stopping.signal },
    progressMs: 50,
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { done, stopping, out: () => out.join(""), err: () => err.join("") };
}

async function compare(kubeconfig: string, more: Partial<Options<"compare">> = {}, aheadMs = 0) {
  const run = start(kubeconfig, more, aheadMs);
  const ok = await run.done;
  return {
    ok,
    out: run.out(),
    err: run.err(),
    report: more.output === "text" || !ok ? undefined : JSON.parse(run.out()),
  };
}

const oneKey: PodBody = {
  containers: [{ name: "main", env: [{ name: "URL", valueFrom: { secretKeyRef: { name: "db", key: "url" } } }] }],
};

async function openTrial(namespace: string) {
  const shop = await openShop({ kube }, namespace, {});
  const create = (name: string, pod: PodBody) => kube.create(shop.deployment(name, pod, { metadata: auto }));
  const app: SourceId = { kind: "ConfigMap", namespace, name: "app" };
  const db: SourceId = { kind: "Secret", namespace, name: "db" };
  return { shop, create, app, db };
}

t.test("what both restarted, what only Reloader did, and what it missed", async (t) => {
  const { create, app, db } = await openTrial("trial");
  const at = Date.now() - 10 * minute;
  const both = await create("both", envFrom({ configMap: "app" }, { secret: "db" }));
  await reloader.reloaded(both, app, at);
  await reloader.reloaded(both, db, at + 1_000);
  await wouldRestart(t, both, { sources: [app, db], at: at + 4_000 });
  const keys = await create("keys", oneKey);
  for (const seconds of [0, 200, 400]) await reloader.reloaded(keys, db, at + seconds * 1_000);
  const lost = await create("lost", envFrom({ configMap: "app" }));
  await wouldRestart(t, lost, { sources: [app], at: at + 4_000 });
  const failed = await create("failed", envFrom({ configMap: "app" }));
  await reloader.failed(failed, 'admission webhook "policy" denied the request', at);
  await wouldRestart(t, failed, { sources: [app], at: at + 4_000 });
  const kubeconfig = await viewer("trial");

  const { ok, err, report } = await compare(kubeconfig, { watchNamespaces: ["trial"] });
  t.same([ok, err, report.notes], [true, "", []]);
  t.same(report.totals, { reloader: 5, restamp: 3, needless: 4, missed: 2, open: 0 });
  const shown = report.rows.map(({ workload, verdict, code, why, reloader: by }: Record<string, unknown>) => {
    return [(workload as { name: string }).name, verdict, code, by, why];
  });
  const why = 'the pods use only key "url" of Secret db, which did not change';
  t.same(shown, [
    ["both", "both", "coalesced", 2, "2 restarts where 1 is enough"],
    [
      "failed",
      "only-restamp",
      "failed",
      0,
      'Reloader could not restart it: admission webhook "policy" denied the request',
    ],
    ["keys", "only-reloader", "other-keys", 1, why],
    ["keys", "only-reloader", "other-keys", 1, why],
    ["keys", "only-reloader", "other-keys", 1, why],
    [
      "lost",
      "only-restamp",
      "not-restarted",
      0,
      "Reloader restarted other workloads for ConfigMap app, but not this one",
    ],
  ]);
  t.match(report.rows[0], { restamp: 1, sources: ["configmap/app", "secret/db"] });

  const text = await compare(kubeconfig, { watchNamespaces: ["trial"], output: "text" });
  t.match(text.out, /^Deployment trial\/keys +only Reloader +3 .* Secret db +needless: the pods use only key "url"/m);
  t.match(
    text.out,
    /Reloader restarted 5 times, restamp would have 3 times: 4 of Reloader's needless, 2 missed by it\.\n$/,
  );

  const later = await compare(kubeconfig, { watchNamespaces: ["trial"], sinceMs: 5 * minute });
  t.same(later.report.totals, { reloader: 1, restamp: 0, needless: 1, missed: 0, open: 0 }, "--since");
});

t.test("sources are looked at where that is allowed, and missed where not", async (t) => {
  const { shop, create, app, db } = await openTrial("anew");
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.secret("db", { a: "1" }));
  const kubeconfig = await viewer("anew");
  const web = await create("web", envFrom({ configMap: "app" }, { secret: "db" }));
  await wouldRestart(t, web, { sources: [app], at: Date.now() - 30 * minute });
  // Far enough from the creation of the workload, near enough to that of its sources.
  const at = Date.now() + 40_000;
  await reloader.reloaded(web, app, at);
  await reloader.reloaded(web, db, at);
  const { report } = await compare(kubeconfig, { windowMs: minute, watchNamespaces: ["anew"] }, 10 * minute);
  const found = report.rows.map(({ sources, code }: { sources: string[]; code: string }) => [sources[0], code]);
  t.same(found, [
    ["configmap/app", "nobody-restarted"],
    ["configmap/app", "recreated"],
    ["secret/db", "no-change"],
  ]);
});

t.test("what cannot be done is said", async (t) => {
  const { create, app } = await openTrial("rights");
  const kubeconfig = await viewer("rights");
  const everywhere = await compare(kubeconfig);
  t.notOk(everywhere.ok);
  t.match(
    everywhere.err,
    /^Cannot compare: .*events.* is forbidden.*: grant "list" on "events", or name namespaces with --watch-namespaces\n$/,
  );
  const none = await compare(kubeconfig, { watchNamespaces: ["rights"] });
  t.match(none.report.notes, [/^There are no Events about restarts of either side/]);
  const web = await create("web", envFrom({ configMap: "app" }));
  await reloader.reloaded(web, app, Date.now() - 5 * minute);
  const alone = await compare(kubeconfig, { watchNamespaces: ["rights"] });
  t.match(alone.report, {
    notes: [/^There are no Events of restamp: is .*--mode=observe/],
    rows: [{ code: "silent" }],
  });
  t.match(await compare("/nowhere"), { ok: false, err: /^Cannot compare: Cannot read kubeconfig "\/nowhere"/ });
});

t.test("with --for Events are collected as they come, and kept when they are gone", async (t) => {
  const { shop, create, app } = await openTrial("collected");
  await kube.create(shop.configMap("app", { a: "1" }));
  const kubeconfig = await viewer("collected", true);
  const web = await create("web", envFrom({ configMap: "app" }));
  const run = start(kubeconfig, { forMs: 60 * minute, watchNamespaces: ["collected"] });
  await waitFor(() => run.err().includes("Collecting Events for 1h"), { describe: () => run.err() });
  const collected = (text: string) =>
    waitFor(() => run.err().includes(text), { describe: () => `${text} in ${run.err()}` });
  const first = Date.now() - 40 * minute;
  await reloader.reloaded(web, app, first);
  await wouldRestart(t, web, { sources: [app], at: first + 3_000 });
  await collected("Reloader 1, restamp 1 restarts; ");
  await reloader.reloaded(web, app, first + 10 * minute);
  const event = await reloader.reloaded(web, app, first + 20 * minute);
  await collected("Reloader 3, restamp 1 restarts; ");
  await kube.delete(event);
  await reloader.reloaded(await create("other", envFrom({ configMap: "app" })), app, first + 30 * minute);
  await collected("Reloader 4, restamp 1 restarts; ");
  run.stopping.abort();
  t.ok(await run.done);
  const report = JSON.parse(run.out());
  t.match(report.totals, { reloader: 4, restamp: 1, missed: 0 });
  t.match(
    report.rows.filter(({ verdict }: { verdict: string }) => verdict === "both"),
    [{ reloader: 1, restamp: 1 }],
  );
});
