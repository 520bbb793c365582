import t from "tap";
import { ledgerShards } from "../../controller/ledger.ts";
import { readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, kubeClient, waitFor } from "../controlplane/kube.ts";
import { definitionsOfTheTable, workloadsOfEveryKind } from "../helpers/every-kind.ts";
import { type Install, installRestamp } from "../helpers/install.ts";
import { abilitiesOf, describeAbility, permits } from "../helpers/rbac-rules.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { envFrom, openShop } from "../helpers/shop.ts";

// RBAC is a contract: no call that it does not grant, and no grant that no call uses.

const namespace = "restamp-system";
const accounts = ["restamp-controller", "restamp-webhook"] as const;
const user = (account: string): string => `system:serviceaccount:${namespace}:${account}`;

/** Quick, and with keys that rotate within the test. */
const controllerArgs = [
  ...["--settle=0s", "--min-interval=0s", "--ledger-interval=100ms"],
  ...["--key-rotation-interval=3s", "--key-propagation=400ms"],
];

const plane = await startControlPlane({ audit: true });
t.teardown(() => plane.stop());

t.test("RBAC grants what the code uses, and nothing else", { skip: !plane.owned }, async (t) => {
  // API servers without WatchList are listed page by page.
  const older = await startControlPlane({ audit: true, apiServerArgs: ["--feature-gates=WatchList=false"] });
  t.teardown(() => older.stop());
  for (const each of [plane, older]) {
    for (const definition of definitionsOfTheTable) await kubeClient(each).create(definition);
  }
  const install = await installRestamp(plane, { webhook: "self-managed", controllers: 2, controllerArgs });
  await Promise.all([everyAbility(install), installRestamp(older)]);
  // Events that repeat are written at the end at the latest.
  await install.stop();

  const entries = [plane, older].flatMap(({ auditLog }) => readAuditLog(auditLog ?? ""));
  for (const account of accounts) {
    const calls = entries.filter((entry) => entry.user === user(account));
    t.ok(calls.length > 20, `${account} has made ${calls.length} calls`);
    t.same(
      calls.filter(({ status }) => status === 403).map(({ verb, path }) => `${verb} ${path}`),
      [],
      `${account} was refused nothing`,
    );
    const abilities = await abilitiesOf(install.kube, { namespace, name: account });
    const surplus = abilities.filter((ability) => !calls.some((entry) => permits(ability, entry)));
    t.same(surplus.map(describeAbility), [], `${account} may do nothing that it never does`);
    const writes = abilities.filter(({ verb }) => !["get", "list", "watch"].includes(verb));
    if (account === "restamp-webhook") t.same(writes.map(describeAbility), [], "the webhook may write nothing");
  }
});

/** Makes the processes do everything that they can. */
async function everyAbility(install: Install): Promise<void> {
  const { kube } = install;
  const shop = await openShop(install, "shop");
  await kube.create(shop.configMap("app-config", { value: "0" }));
  await kube.create(shop.secret("app-secret", { value: "0" }));
  await refuse(kube, "refused");
  const pod = { ...envFrom({ configMap: "app-config" }, { secret: "app-secret" }) };
  for (const name of ["used", "refused"]) {
    for (const workload of workloadsOfEveryKind({ namespace: "shop", name }, pod)) await kube.create(workload);
  }
  const extra = { "restamp.dev/extra": "configmap/app-*, secret/app-*" };
  await kube.create(shop.deployment("by-pattern", {}, { metadata: { annotations: extra } }));
  await fillLedger(install);
  const leader = await leaderOf(install);
  await restartTwice(kube, leader);
  await waitFor(async () => (await refusals(kube)) === 6, { describe: "six refusals", timeoutMs: 60_000 });
  const keys = `/api/v1/namespaces/${namespace}/secrets/restamp-keys`;
  await kube.waitFor<SecretObject>(keys, ({ data }) => Object.keys(data).length > 1, { timeoutMs: 60_000 });
  // A certificate that is lost is made again, by the next leader at once.
  const certificate = `/api/v1/namespaces/${namespace}/secrets/restamp-webhook-tls`;
  await kube.patch(certificate, { data: { "tls.crt": "", "tls.key": "" } });
  await leader.running.stop();
  await kube.waitFor<SecretObject>(certificate, ({ data }) => data["tls.crt"] !== "", { timeoutMs: 60_000 });
  // A process that stops gives up on Events after two seconds: so it is not left to a single one.
  await restartTwice(kube, await leaderOf(install));
}

/** Equal Events become a series, which is written when the process stops. */
async function restartTwice(kube: Kube, leader: RestampProcess): Promise<void> {
  for (const round of [1, 2]) {
    const wanted = rollouts(await leader.metrics()) + 7;
    const value = `${leader.name} ${round}`;
    await kube.patch("/api/v1/namespaces/shop/configmaps/app-config", { data: { value } });
    const isDone = async (): Promise<boolean> => rollouts(await leader.metrics()) >= wanted;
    await waitFor(isDone, { describe: `${wanted} restarts by ${leader.name}`, timeoutMs: 60_000 });
  }
}

type SecretObject = KubeObject & { readonly data: Readonly<Record<string, string>> };

/** A policy by which the controller may not change workloads of one name; returns when it works. */
async function refuse(kube: Kube, name: string): Promise<void> {
  const policy = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "refused" } };
  const rule = { apiGroups: ["*"], apiVersions: ["*"], operations: ["UPDATE"], resources: ["*"] };
  const isController = `request.userInfo.username == '${user("restamp-controller")}'`;
  await kube.create({
    ...policy,
    kind: "ValidatingAdmissionPolicy",
    spec: {
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: "name", expression: `request.name in ['${name}', 'trial']` }],
      validations: [{ expression: `!(${isController}) && request.name != 'trial'` }],
    },
  });
  const spec = { policyName: policy.metadata.name, validationActions: ["Deny"] };
  await kube.create({ ...policy, kind: "ValidatingAdmissionPolicyBinding", spec });
  const trial = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "trial", namespace: "shop" } };
  await kube.create(trial);
  const works = (): Promise<boolean> =>
    kube.patch(trial, { data: { value: "1" } }).then(
      () => false,
      () => true,
    );
  await waitFor(works, { describe: "the policy to work" });
}

/** Jobs are recorded in the ledger: makes them until each of its shards has something. */
async function fillLedger({ kube }: Install): Promise<void> {
  const shards = async (): Promise<number> =>
    (await kube.list<KubeObject>(`/api/v1/namespaces/${namespace}/configmaps`)).filter(({ metadata }) =>
      metadata.name.startsWith("restamp-ledger-"),
    ).length;
  let jobs = 0;
  const isFull = async (): Promise<boolean> => {
    const batch = Array.from({ length: 20 }, () => ({ namespace: "shop", name: `job-${jobs++}` }));
    const uses = envFrom({ configMap: "app-config" });
    const objects = batch.flatMap((where) => workloadsOfEveryKind(where, uses)).filter(({ kind }) => kind === "Job");
    await Promise.all(objects.map((job) => kube.create(job)));
    return (await shards()) === ledgerShards;
  };
  await waitFor(isFull, { describe: "an entry in each shard", timeoutMs: 60_000, intervalMs: 500 });
}

async function leaderOf({ controllers }: Install): Promise<RestampProcess> {
  const running = controllers.filter((each) => each.running.exit() === undefined);
  for (const each of running) if (await each.leads()) return each;
  throw new Error("Nobody leads");
}

function rollouts(metrics: string): number {
  const counts = [...metrics.matchAll(/^restamp_rollouts_total\{.*\} (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function refusals(kube: Kube): Promise<number> {
  const events = await kube.list<KubeObject & { reason: string }>("/apis/events.k8s.io/v1/namespaces/shop/events");
  return events.filter(({ reason }) => reason === "RestartRejected").length;
}
