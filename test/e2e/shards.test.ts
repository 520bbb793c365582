import t, { type Test } from "tap";
import { nameInShard, shardOf } from "../../src/core/shard.ts";
import { type AuditEntry, readAuditLog } from "../controlplane/audit-log.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { type KubeObject, waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";
import { secretValue } from "../helpers/secrecy.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { nextSecond } from "../helpers/timeline.ts";

// Controllers that share a cluster: each namespace is looked after by one of them, and no change is lost when there are more.

t.setTimeout(400_000);
const plane = await startControlPlane({ controllerManager: true, audit: true });
t.teardown(() => plane.stop());
const manifests = { components: ["components/sharded"] };
const install = await installRestamp(plane, { controllers: 0, manifests });
const { kube } = install;
const user = "system:serviceaccount:restamp-system:restamp-controller";

const names = Array.from({ length: 20 }, (_, index) => `shop-${index}`);
const shops: Shop[] = await Promise.all(names.map((name) => openShop(install, name)));
for (const shop of shops) {
  for (const name of ["busy", "quiet"]) {
    await kube.create(shop.configMap(name, { value: "1" }));
    await kube.create(shop.secret(name, { value: "1" }));
    await kube.create(shop.deployment(name, envFrom({ configMap: name }, { secret: name })));
  }
}
// Workloads of the second in which restamp begins are in doubt.
await nextSecond();

/** By their index. */
let controllers: readonly RestampProcess[] = [];

t.test("shard 1 waits for shard 0 to make the digest key", { bail: true }, async (t) => {
  const second = await start(1, 2);
  const says = async (): Promise<string> => (await second.readyz().catch(() => undefined))?.text ?? "";
  await waitFor(async () => /digest-key.* there is no digest key yet: shard 0 makes it/.test(await says()), {
    describe: () => "shard 1 to say what it waits for",
  });
  t.equal(await kube.find("/api/v1/namespaces/restamp-system/secrets/restamp-keys"), undefined, "it makes none itself");
  controllers = [await start(0, 2), second];
  await Promise.all(controllers.map((each) => each.ready()));
});

t.test("each change is rolled exactly once, by the shard of its namespace", async (t) => {
  await caughtUp();
  t.same(await revisions("busy"), all(1), "adopted, and not rolled");
  await change("busy", "2");
  await Promise.all(shops.map((shop) => shop.rolled("busy", 2, 60_000)));
  await caughtUp();
  t.same(await revisions("busy"), all(2));
  t.same(await revisions("quiet"), all(1));
  await checkReports(t);
});

t.test("each shard keeps the ledger's entries of its own namespaces, and no others", async (t) => {
  for (const [index, controller] of controllers.entries()) {
    const own = async (): Promise<number> => (await recorded()).filter((name) => shardOf(name, 2) === index).length;
    const counted = async (): Promise<number> =>
      Number(/^restamp_ledger_entries (\d+)$/m.exec(await controller.metrics())?.[1]);
    const agree = async (): Promise<boolean> => (await own()) > 0 && (await counted()) === (await own());
    await waitFor(agree, { describe: async () => `shard ${index} to count ${await own()}, it has ${await counted()}` });
    t.pass(`shard ${index} has ${await own()} of ${(await recorded()).length}`);
  }
});

t.test("no shard reads or writes anything in a namespace of another", async (t) => {
  await checkCalls(t, 2);
});

t.test("three shards in place of two: what changed in between is rolled once", async (t) => {
  await Promise.all(controllers.map(({ running }) => running.stop()));
  const former = readAuditLog(plane.auditLog ?? "").length;
  await change("busy", "3");
  await change("quiet", "2");
  await grantLeases(3);
  controllers = await Promise.all([0, 1, 2].map((index) => start(index, 3)));
  await Promise.all(controllers.map((each) => each.ready()));
  const moved = names.filter((name) => shardOf(name, 3) !== shardOf(name, 2));
  t.ok(moved.length > 0, `moved to the new shard: ${moved.join(", ")}`);

  await Promise.all(shops.flatMap((shop) => [shop.rolled("busy", 3, 60_000), shop.rolled("quiet", 2, 60_000)]));
  await change("quiet", "3");
  await Promise.all(shops.map((shop) => shop.rolled("quiet", 3, 60_000)));
  await caughtUp();
  t.same(await revisions("busy"), all(3));
  t.same(await revisions("quiet"), all(3));
  await checkReports(t, 1);
  await checkCalls(t, 3, former);
});

t.test("shards have all the rights they need", async (t) => {
  const refused = readAuditLog(plane.auditLog ?? "").filter((entry) => entry.user === user && entry.status === 403);
  t.same(
    refused.map(({ verb, path }) => `${verb} ${path}`),
    [],
  );
});

function start(index: number, count: number): Promise<RestampProcess> {
  return install.startController(["--settle=0s", "--min-interval=0s", `--shard=${index}/${count}`]);
}

/** As an edit of `components/sharded` would. */
async function grantLeases(count: number): Promise<void> {
  type Role = KubeObject & { readonly rules: readonly { readonly resourceNames?: readonly string[] }[] };
  const role = "/apis/rbac.authorization.k8s.io/v1/namespaces/restamp-system/roles/restamp-controller";
  const leases = Array.from({ length: count }, (_, index) => leaseOf(index, count));
  const { rules } = await kube.get<Role>(role);
  const isOfLeases = ({ resourceNames }: Role["rules"][number]): boolean =>
    resourceNames?.includes(leaseOf(0, 2)) ?? false;
  await kube.patch(role, {
    rules: rules.map((rule) => (isOfLeases(rule) ? { ...rule, resourceNames: leases } : rule)),
  });
}

function leaseOf(index: number, count: number): string {
  return nameInShard("restamp-controller", { index, count });
}

/** One in every two changes of a Secret, so that both kinds of source count. */
async function change(name: string, value: string): Promise<void> {
  const path = (shop: Shop, kind: string): string => `/api/v1/namespaces/${shop.namespace}/${kind}/${name}`;
  const changes = shops.map((shop, index) =>
    index % 2 === 0
      ? kube.patch(path(shop, "configmaps"), { data: { value } })
      : kube.patch(path(shop, "secrets"), { stringData: { value: secretValue(value) } }),
  );
  await Promise.all(changes);
}

/** In each shard. */
async function caughtUp(): Promise<void> {
  const each = [...Map.groupBy(shops, ({ namespace }) => shardOf(namespace, controllers.length)).values()];
  await Promise.all(each.map(([shop]) => shop?.caughtUp()));
}

async function revisions(name: string): Promise<readonly number[]> {
  return await Promise.all(shops.map((shop) => shop.revision(name)));
}

function all(revision: number): number[] {
  return shops.map(() => revision);
}

/** Of each restart that the present controllers have made there is one Event, by the right one. */
async function checkReports(t: Test, times = 1): Promise<void> {
  type Event = KubeObject & { reason: string; reportingInstance: string; regarding: { name: string } };
  const present = new Set(controllers.map(({ name }) => name));
  for (const name of names) {
    const reportsOf = async (): Promise<readonly Event[]> => {
      const events = await kube.list<Event>(`/apis/events.k8s.io/v1/namespaces/${name}/events`);
      return events.filter(
        ({ reason, reportingInstance, regarding }) =>
          reason === "Restamped" && regarding.name === "busy" && present.has(reportingInstance),
      );
    };
    // Events are written after what they tell of.
    await waitFor(async () => (await reportsOf()).length >= times, { describe: `Events in ${name}` });
    const reports = await reportsOf();
    const owner = controllers[shardOf(name, controllers.length)]?.name;
    t.same(
      reports.map(({ reportingInstance }) => reportingInstance),
      Array.from({ length: times }, () => owner),
      name,
    );
  }
}

/** Namespaces of the workloads in the ledger. */
async function recorded(): Promise<string[]> {
  const maps = await kube.list<KubeObject & { data?: Readonly<Record<string, string>> }>(
    "/api/v1/namespaces/restamp-system/configmaps",
  );
  return maps
    .filter(({ metadata }) => metadata.name.startsWith("restamp-ledger-"))
    .flatMap(({ data }) => Object.values(data ?? {}))
    .map((text) => String(JSON.parse(text).workload).split("/")[1] ?? "");
}

/** Each shard has a token of its own, and is known by the Lease that it writes. */
async function checkCalls(t: Test, count: number, from = 0): Promise<void> {
  const entries = readAuditLog(plane.auditLog ?? "").filter((entry, at) => at >= from && entry.user === user);
  const shardBy = new Map<string, number>();
  for (const { credential, verb, resource, name } of entries) {
    const index = Array.from({ length: count }, (_, each) => leaseOf(each, count)).indexOf(name);
    if (resource === "leases" && ["create", "patch"].includes(verb) && index >= 0) shardBy.set(credential, index);
  }
  t.equal(shardBy.size, count, "each has a lease of its own");
  const calls = entries.filter(({ namespace, verb }) => names.includes(namespace) && !["list", "watch"].includes(verb));
  const astray = calls.filter(({ credential, namespace }) => shardBy.get(credential) !== shardOf(namespace, count));
  t.same(astray.map(described), [], `of ${calls.length} calls, none is in a namespace of another shard`);
  for (let index = 0; index < count; index++) {
    const verbs = new Set(calls.filter(({ credential }) => shardBy.get(credential) === index).map(({ verb }) => verb));
    t.ok(
      ["get", "patch", "create"].every((verb) => verbs.has(verb)),
      `shard ${index} reads, restarts and tells`,
    );
  }
}

function described({ credential, verb, path }: AuditEntry): string {
  return `${credential}: ${verb} ${path}`;
}
