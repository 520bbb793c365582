import t from "tap";
import { reloaderHash } from "../../src/core/reloader/content-hash.ts";
import { type AuditEntry, readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { deploymentsOf } from "../helpers/deploy-matrix.ts";
import { refuseRestarts } from "../helpers/refuse-restarts.ts";
import { installReloader, restartReloader } from "../helpers/reloader-install.ts";
import { type AnyWorkload, auto, changedTo, eventOf, reloaderEnv, workload } from "../helpers/reloader-workloads.ts";
import { clusterRules, reloadersRules, setClusterRules } from "../helpers/rights.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// What Reloader 1.4 loses, or restarts needlessly, by its own code; W1 and so on are the numbers of the analysis.

t.setTimeout(300_000);
t.jobs = 1;
const plane = await startControlPlane({
  controllerManager: true,
  audit: true,
  // Revisions of 100 Deployments are waited for.
  controllerManagerArgs: ["--kube-api-qps=500", "--kube-api-burst=500"],
});
t.teardown(() => plane.stop());
const install = await installReloader(plane);
const { kube, namespace } = install;
const user = `system:serviceaccount:${namespace}:restamp-controller`;

t.test("W1: a pattern that cannot be read stops nobody, and is told", async (t) => {
  const shop = await openPairs("patterns", ["good", "other"]);
  const reload = { "configmap.reloader.stakater.com/reload": "go(od, [z-a], good" };
  await kube.create(shop.deployment("malformed", {}, { metadata: { annotations: reload } }));
  await shop.caughtUp();
  await edit(shop, "good", "2");
  await shop.rolled("good", 2);
  await shop.rolled("malformed", 2);
  t.match(await eventOf(shop, "malformed", "InvalidAnnotation"), /go\(od.*\[z-a\]/);
  await edit(shop, "other", "2");
  await shop.rolled("other", 2);
  t.equal(install.controllers[0]?.running.exit(), undefined, "it runs on");
  await shop.caughtUp();
  t.same(await shop.revisions(["good", "other", "malformed"]), [2, 2, 2]);
});

t.test("W2: workloads that are refused delay no other kind, and are tried until they succeed", async (t) => {
  const shop = await openPairs("refused", ["app"]);
  const others = ["StatefulSet", "DaemonSet"].map((kind) => workload(shop.namespace, "app", { kind }));
  for (const other of others) await kube.create(other);
  await shop.caughtUp();
  const allow = await refuseRestarts(kube, { namespace: shop.namespace, name: "app" });
  await edit(shop, "app", "2");
  for (const other of others) t.ok(await changedTo(kube, other, 2), other.kind);
  const attempts = (): number =>
    calls().filter(({ verb, resource, status }) => verb === "patch" && resource === "deployments" && status === 422)
      .length;
  const start = performance.now();
  await waitFor(() => attempts() > 2, { describe: "more tries", timeoutMs: 60_000 });
  t.ok(performance.now() - start > 155, "Reloader has given up by then");
  t.equal(await shop.revision("app"), 1);
  await allow();
  await shop.rolled("app", 2, 120_000);
  await shop.caughtUp();
  t.equal(await shop.revision("app"), 2, "rolled once, when it was allowed");
});

t.test("W3: a change is not lost while workloads cannot be listed", async (t) => {
  const granted = await clusterRules(kube);
  t.teardown(() => setClusterRules(kube, granted));
  const shop = await openPairs("unlisted", ["known"]);
  await kube.create(shop.configMap("late", { value: "1" }));
  // What it has not recorded yet would be in doubt after its restart, and rolled.
  await shop.caughtUp();
  // As in Reloader's own role there is no watch: each look at the workloads is a LIST.
  await setClusterRules(kube, reloadersRules);
  await restartReloader(install, ["--poll-interval=1s"]);
  await shop.caughtUp();
  await setClusterRules(
    kube,
    reloadersRules.map((rule) =>
      rule.resources.includes("deployments") ? { ...rule, verbs: ["get", "patch"] } : rule,
    ),
  );
  const refused = (): number =>
    calls().filter(({ verb, resource, status }) => verb === "list" && resource === "deployments" && status === 403)
      .length;
  await waitFor(() => refused() > 0, { describe: "a LIST that fails" });
  await kube.create(shop.deployment("late", envFrom({ configMap: "late" }), { metadata: { annotations: auto } }));
  await shop.revision("late");
  await nextSecond();
  await edit(shop, "known", "2");
  await edit(shop, "late", "2");
  await shop.rolled("known", 2);
  t.equal(await shop.revision("late"), 1, "nobody can know of it yet");
  await setClusterRules(kube, granted);
  await shop.rolled("late", 2, 60_000);
  await shop.caughtUp();
  t.same(await shop.revisions(["known", "late"]), [2, 2]);
});

t.test("W5: what changes together is rolled out once, by default", async (t) => {
  await Promise.all(install.controllers.map(({ running }) => running.stop()));
  const controller = await install.startController([]);
  await controller.ready();
  const shop = await openShop(install, "together", {});
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("app", { value: "1" }));
  const uses = envFrom({ configMap: "app" }, { secret: "app" });
  await kube.create(shop.deployment("web", uses, { metadata: { annotations: auto } }));
  await shop.caughtUp();
  for (const value of ["2", "3", "4", "5"]) {
    await edit(shop, "app", value);
    await kube.patch(shop.secret("app", {}), { stringData: shop.secret("app", { value })["stringData"] });
  }
  await shop.rolled("web", 2);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "eight changes of two sources: one rollout");
  await controller.running.stop();
});

t.test("W6: a change costs no LIST, and a hundred workloads do not wait for each other", async (t) => {
  await restartReloader(install);
  const shop = await openShop(install, "many", {});
  const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.configMap("unused", { value: "1" }));
  const metadata = { annotations: auto };
  await Promise.all(
    names.map((name) => kube.create(shop.deployment(name, envFrom({ configMap: "app" }), { metadata }))),
  );
  await shop.revisions(names);
  await shop.caughtUp();
  const before = calls().length;
  const start = performance.now();
  await edit(shop, "app", "2");
  const isDone = async (): Promise<boolean> =>
    [...(await deploymentsOf(install, shop.namespace)).values()].every(
      ({ metadata: { generation } }) => generation === 2,
    );
  await waitFor(isDone, { describe: "a hundred restarts", timeoutMs: 60_000, intervalMs: 250 });
  const seconds = (performance.now() - start) / 1_000;
  await edit(shop, "unused", "2");
  await shop.caughtUp();
  t.comment(`${seconds.toFixed(1)} s`);
  // Five requests a second after the first ten: Reloader's client.
  t.ok(seconds < (names.length + 1 - 10) / 5, `${seconds} s`);
  const made = calls().slice(before);
  const inShop = made.filter((entry) => entry.namespace === shop.namespace);
  t.same(brief(made.filter((entry) => entry.verb === "list" && entry.namespace !== namespace)), []);
  t.same(brief(inShop.filter(({ name }) => name === "unused")), [], "what nobody uses costs no request");
  t.equal(inShop.filter(({ verb, name }) => verb === "get" && name === "app").length, 1, "what all use is read once");
  t.equal(inShop.filter(({ verb, name }) => verb === "patch" && names.includes(name)).length, names.length);
});

t.test("W10: what GitOps tools apply again undoes nothing, and what one does undo ends", async (t) => {
  const shop = await openShop(install, "gitops", {});
  await kube.create(shop.configMap("app", { value: "1" }));
  const manifest = (name: string) =>
    shop.deployment(name, envFrom({ configMap: "app" }), { metadata: { annotations: auto } });
  await kube.apply(manifest("server-side"), { fieldManager: "argocd-controller" });
  await kube.kubectl(["apply", "-f", "-"], JSON.stringify(manifest("client-side")));
  await kube.create(manifest("replaced"));
  await shop.caughtUp();
  await edit(shop, "app", "2");
  for (const name of ["server-side", "client-side"]) await shop.rolled(name, 2);
  await kube.apply(manifest("server-side"), { fieldManager: "argocd-controller" });
  await kube.kubectl(["apply", "-f", "-"], JSON.stringify(manifest("client-side")));
  await shop.caughtUp();
  t.same(await shop.revisions(["server-side", "client-side"]), [2, 2], "applied again, it stays as it is");

  const env = async () => reloaderEnv((await shop.get("replaced")) as unknown as AnyWorkload);
  const isSuspended = async () => (await shop.events("replaced")).some(({ reason }) => reason === "Suspended");
  const answer = async () => ((await isSuspended()) ? "suspended" : (await env()).length > 0 && "restarted");
  // Writes whole objects, without what restamp has added: three times, or more if restamp loses its lease meanwhile and begins anew.
  while ((await waitFor(answer, { describe: "a restart, or none any more" })) === "restarted") {
    await kube.replace(manifest("replaced"));
  }
  t.match(await eventOf(shop, "replaced", "Suspended"), /has undone 3 of them/);
  await shop.caughtUp();
  t.same(await env(), [], "nobody fights over it any more");
});

t.test("W11: contents that Reloader cannot tell apart are told apart", async (t) => {
  const shop = await openShop(install, "collision", {});
  await kube.create(shop.configMap("app", { a: "1", b: "2" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" }), { metadata: { annotations: auto } }));
  await shop.caughtUp();
  const before = reloaderHash("ConfigMap", await kube.get(shop.configMap("app", {})));
  await kube.patch(shop.configMap("app", {}), { data: { a: "1;b=2", b: null } });
  t.equal(reloaderHash("ConfigMap", await kube.get(shop.configMap("app", {}))), before, "one hash");
  await shop.rolled("web", 2);
});

/** ConfigMaps, each with a Deployment of its name that uses it. */
async function openPairs(name: string, names: readonly string[]): Promise<Shop> {
  const shop = await openShop(install, name, {});
  for (const each of names) {
    await kube.create(shop.configMap(each, { value: "1" }));
    await kube.create(shop.deployment(each, envFrom({ configMap: each }), { metadata: { annotations: auto } }));
  }
  return shop;
}

function edit(shop: Shop, name: string, value: string): Promise<unknown> {
  return kube.patch(shop.configMap(name, {}), { data: { value } });
}

/** What restamp has asked of the API server so far; the beginning of a watch is no request of its own. */
function calls(): readonly AuditEntry[] {
  return readAuditLog(plane.auditLog ?? "").filter((entry) => entry.user === user && entry.verb !== "watch");
}

const brief = (entries: readonly AuditEntry[]) => entries.map(({ verb, path }) => `${verb} ${path}`);
