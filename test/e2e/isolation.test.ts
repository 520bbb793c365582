import t from "tap";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { clusterRules, setClusterRules, untilGranted } from "../helpers/rights.ts";
import { secretValue } from "../helpers/secrecy.ts";
import { type Deployment, envFrom, openShop, type Shop } from "../helpers/shop.ts";

// P5: one bad workload (rejected patch, bad annotation, unreadable Secret, broken rollout) never delays another.

const plane = await startControlPlane({
  controllerManager: true,
  audit: true,
  // Revisions of 200 Deployments are waited for.
  controllerManagerArgs: ["--kube-api-qps=500", "--kube-api-burst=500"],
});
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllerArgs: ["--settle=0s", "--min-interval=0s"] });
const { kube } = install;

const good = Array.from({ length: 98 }, (_, index) => `good-${index}`);
const policy = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "no-restarts" } };
/** See work-queue.ts: the first retry after 500 ms, at most a fifth earlier, doubling. */
const shortestRetryMs = 400;

t.test("a rejected and a malformed workload do not delay the other 98, say why, and succeed later", async (t) => {
  const free = await openFleet("p5-free");
  const hindered = await openFleet("p5-hindered");
  await forbidChange(hindered, "rejected");
  const annotations = { "restamp.dev/settle": "soon", "restamp.dev/extra": "secrets" };
  await kube.patch(pathOf(hindered, "malformed"), { metadata: { annotations } });
  await free.caughtUp();

  const startedAt = Date.now();
  // In turn, so that what else the machine does hits both alike; the second time the rejected one is in back-off.
  for (const value of ["2", "3"]) {
    const freeMs = await rollingMs(free, value);
    const hinderedMs = await rollingMs(hindered, value);
    t.ok(hinderedMs < 2 * freeMs + 1_500, `${Math.round(hinderedMs)} ms with them, ${Math.round(freeMs)} ms without`);
  }

  await hindered.rolled("malformed", 3);
  t.match(
    await told(hindered, "malformed"),
    /InvalidAnnotation: Cannot read .*restamp\.dev\/extra .*"secrets"/,
    "one value",
  );
  t.match(
    await told(hindered, "malformed"),
    /InvalidAnnotation: Cannot read .*restamp\.dev\/settle .*"soon"/,
    "another",
  );
  t.match(
    await told(hindered, "rejected"),
    /RestartRejected: Cannot restart the pods: .*no restarts today/,
    "the reason",
  );

  const held = /^\[\+\]workloads ok: .*Deployment\.apps\/p5-hindered\/rejected/m;
  t.match((await install.controllers[0]?.readyz())?.text ?? "", held, "readiness names it, and holds nevertheless");

  await waitFor(() => attempts(hindered, "rejected") >= 6, { describe: "retries", timeoutMs: 60_000 });
  const most = 2 + Math.ceil(Math.log2((Date.now() - startedAt) / shortestRetryMs + 1));
  const made = attempts(hindered, "rejected");
  t.ok(made <= most, `retried with back-off: ${made} attempts for two changes, at most ${most} in this time`);
  t.equal(await hindered.revision("rejected"), 1, "still as it was");
  await kube.delete({ ...policy, kind: "ValidatingAdmissionPolicyBinding" });
  await hindered.rolled("rejected", 2, 90_000);
  await hindered.caughtUp();
  t.same(await hindered.revisions(["rejected", "malformed", "good-0"]), [2, 3, 3], "and nothing rolls twice");
  t.same(await free.revisions(["rejected", "malformed", "good-0"]), [3, 3, 3]);
});

t.test("an unreadable Secret and a broken rollout delay neither others nor other changes of their own", async (t) => {
  const shop = await openShop(install, "p5-blind");
  const app = "/api/v1/namespaces/p5-blind/configmaps/app";
  const locked = "/api/v1/namespaces/p5-blind/secrets/locked";
  await kube.create(shop.configMap("app", { value: "1" }));
  await kube.create(shop.secret("locked", { password: "1" }));
  const uses = envFrom({ configMap: "app" }, { secret: "locked" });
  await kube.create(shop.deployment("blind", uses));
  await kube.create(shop.deployment("neighbor", envFrom({ configMap: "app" })));
  // There are no nodes here: its pods never run.
  await kube.create(shop.deployment("broken", envFrom({ configMap: "app" }), { replicas: 1 }));
  await shop.caughtUp();

  const unlock = await lockSecret("p5-blind", "locked");
  await kube.patch(locked, { stringData: { password: secretValue("2") } });
  const reason = /SourceUnreadable: .*Secret "locked" could not be read: .*cannot get resource "secrets"/;
  await waitFor(async () => reason.test(await told(shop, "blind")), { describe: "the Event", timeoutMs: 60_000 });
  await shop.caughtUp();
  t.equal(await shop.revision("blind"), 1, "what cannot be read is no reason to restart");

  await kube.patch(app, { data: { value: "2" } });
  await shop.caughtUp();
  t.same(await shop.revisions(["blind", "neighbor", "broken"]), [2, 2, 2], "another source's change rolls all");
  await kube.patch(app, { data: { value: "3" } });
  await shop.caughtUp();
  t.same(await shop.revisions(["blind", "neighbor", "broken"]), [3, 3, 3], "also while one has not finished rolling");

  await kube.patch(locked, { stringData: { password: secretValue("3") } });
  await unlock();
  await shop.rolled("blind", 4, 90_000);
  await shop.caughtUp();
  t.same(await shop.revisions(["blind", "neighbor", "broken"]), [4, 3, 3], "the Secret's change is not lost");
});

/** A hundred Deployments that use one ConfigMap: 98 good ones, "rejected" and "malformed". */
async function openFleet(namespace: string): Promise<Shop> {
  const shop = await openShop(install, namespace);
  await kube.create(shop.configMap("app", { value: "1" }));
  const names = [...good, "rejected", "malformed"];
  await Promise.all(names.map((name) => kube.create(shop.deployment(name, envFrom({ configMap: "app" })))));
  await shop.revisions(names);
  return shop;
}

/** Changes the ConfigMap of a fleet; returns the time until all good ones have another template. */
async function rollingMs(shop: Shop, value: string): Promise<number> {
  const list = async (): Promise<Map<string, string | undefined>> => {
    const all = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${shop.namespace}/deployments`);
    const stamps = all.map((each) => [each.metadata.name, stampOf(each)] as const);
    return new Map(stamps.filter(([name]) => name.startsWith("good-")));
  };
  const before = await list();
  const start = performance.now();
  await kube.patch(`/api/v1/namespaces/${shop.namespace}/configmaps/app`, { data: { value } });
  const all = async (): Promise<boolean> => [...(await list())].every(([name, stamp]) => stamp !== before.get(name));
  await waitFor(all, { describe: "98 restarts", timeoutMs: 60_000 });
  const ms = performance.now() - start;
  // Kubernetes makes one revision of two changes that it sees at once.
  await shop.revisions([...good, "malformed"]);
  return ms;
}

/** A policy that refuses every change of one Deployment's template; returns when it works. */
async function forbidChange(shop: Shop, name: string): Promise<void> {
  const rule = { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] };
  await kube.create({
    ...policy,
    kind: "ValidatingAdmissionPolicy",
    spec: {
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [
        {
          name: "one",
          expression: `object.metadata.namespace + '/' + object.metadata.name == '${shop.namespace}/${name}'`,
        },
      ],
      validations: [{ expression: "object.spec.template == oldObject.spec.template", message: "no restarts today" }],
    },
  });
  const spec = { policyName: policy.metadata.name, validationActions: ["Deny"] };
  await kube.create({ ...policy, kind: "ValidatingAdmissionPolicyBinding", spec });
  const trial = { spec: { template: { metadata: { annotations: { trial: "1" } } } } };
  const isRefused = (): Promise<boolean> =>
    kube.patch(pathOf(shop, name), trial, { query: { dryRun: "All" } }).then(
      () => false,
      (error: Error) => error.message.includes("no restarts today"),
    );
  await waitFor(isRefused, { describe: "the policy to work" });
}

/** Takes away the right to get one Secret; returns what gives it back. */
async function lockSecret(namespace: string, name: string): Promise<() => Promise<void>> {
  const rules = await clusterRules(kube);
  const secrets = await kube.list<KubeObject>("/api/v1/secrets");
  const others = secrets.map(({ metadata }) => metadata.name).filter((each) => each !== name);
  const narrowed = rules.flatMap((rule) =>
    rule.resources.includes("secrets")
      ? [
          { ...rule, verbs: rule.verbs.filter((verb) => verb !== "get") },
          { ...rule, resources: ["configmaps"] },
          { ...rule, resources: ["secrets"], resourceNames: others, verbs: ["get"] },
        ]
      : [rule],
  );
  await setClusterRules(kube, narrowed);
  const account = { namespace: install.namespace, name: "restamp-controller" };
  await untilGranted(kube, { account, verb: "get", resource: "secrets", namespace, name }, false);
  return () => setClusterRules(kube, rules);
}

/** How often restamp has sent a patch of a Deployment. */
function attempts(shop: Shop, name: string): number {
  return readAuditLog(plane.auditLog ?? "").filter(
    (entry) =>
      entry.verb === "patch" &&
      entry.user.includes("restamp") &&
      entry.name === name &&
      entry.namespace === shop.namespace,
  ).length;
}

/** Reasons and notes of the Events about a Deployment. */
async function told(shop: Shop, name: string): Promise<string> {
  return (await shop.events(name)).map(({ reason, note }) => `${reason}: ${note}`).join("\n");
}

function stampOf({ spec }: Deployment): string | undefined {
  return spec.template.metadata?.annotations?.["restamp.dev/stamp"];
}

function pathOf(shop: Shop, name: string): string {
  return `/apis/apps/v1/namespaces/${shop.namespace}/deployments/${name}`;
}
