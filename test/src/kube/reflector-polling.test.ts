import t from "tap";
import { namespaces, secrets } from "../../../src/core/object-ref.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { kubeClient, waitFor } from "../../controlplane/kube.ts";
import { planeAccess } from "../../helpers/plane-access.ts";
import { untilGranted } from "../../helpers/rights.ts";
import { startReflector } from "../../helpers/start-reflector.ts";

// What may be listed but not watched is listed again and again; what may not even be listed, but read by name, is read.

const plane = await startControlPlane();
t.teardown(() => plane.stop());
const kube = kubeClient(plane);
const polled = { maxBackoffMs: 100, pollIntervalMs: 100 };

const secret = (namespace: string, name: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
});

/** Access of a ServiceAccount `reader` of a new namespace, with what sets its rights there. */
async function reader(namespace: string) {
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace } });
  const account = { namespace, name: "reader" };
  const grant = async (resource: string, verbs: readonly string[]) => {
    await kube.applyYaml(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ${namespace}}
rules: [{apiGroups: [""], resources: [${resource}], verbs: ${JSON.stringify(verbs)}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: reader, namespace: ${namespace}}]`);
    for (const verb of ["get", "list", "watch"]) {
      await untilGranted(kube, { account, verb, resource, namespace }, verbs.includes(verb));
    }
  };
  return { access: planeAccess(plane, await kube.createToken(namespace, "reader")), grant };
}

for (const watchList of [true, false]) {
  t.test(`createReflector() polls what it may not watch (watchList ${watchList})`, async (t) => {
    const ns = `polled-${watchList}`;
    const { access, grant } = await reader(ns);
    await grant("secrets", ["list"]);
    for (const name of ["a", "b", "c"]) await kube.create(secret(ns, name));
    const counted: string[] = [];
    const count = (what: string) => () => void counted.push(what);
    const metrics = {
      listed: count("listed"),
      polled: count("polled"),
      failed: count("failed"),
      event: count("event"),
    };
    const watched = { resource: secrets, namespace: ns, metadataOnly: true };
    const options = { ...polled, watchList, pageSize: 2 };
    const { reflector, handler, log, outcomes } = startReflector(t, access, { watched, options, deps: { metrics } });
    await waitFor(() => reflector.state().polling !== undefined);
    t.same(handler.names(), [`${ns}/a`, `${ns}/b`, `${ns}/c`]);

    await kube.patch(secret(ns, "a"), { metadata: { annotations: { round: "2" } } });
    await kube.delete(secret(ns, "b"));
    await kube.create(secret(ns, "d"));
    await waitFor(() => handler.names().join() === `${ns}/a,${ns}/c,${ns}/d`);
    t.match(handler.objects().get(`${ns}/a`), { metadata: { annotations: { round: "2" } } });
    t.notMatch(handler.calls, [/deleted/], "what is gone is what a listing no longer names");
    t.match(reflector.state(), { phase: "synced", failure: undefined, polling: { everyMs: 100 } });
    const listings = handler.listings();
    await waitFor(() => handler.listings() > listings + 3);
    t.equal(log.lines.filter(({ message }) => message === "Watch is forbidden, listing again and again").length, 1);
    t.equal(counted.filter((what) => what === "listed").length, 1, "the first listing is one like any other");
    t.ok(counted.filter((what) => what === "polled").length > 3);
    t.notOk(counted.includes("failed"));
    const watches = outcomes.filter(({ info }) => info.verb === "watch").length;
    t.ok(watches <= handler.listings() + 1, "a round asks once whether it may watch");

    await grant("secrets", ["list", "watch"]);
    await waitFor(() => reflector.state().polling === undefined);
    await kube.create(secret(ns, "e"));
    await waitFor(() => handler.calls.includes(`added ${ns}/e`), { describe: "the watch to report" });
  });
}

t.test("createReflector() relists at once when a watch that worked is refused", async (t) => {
  const ns = "revoked";
  const { access, grant } = await reader(ns);
  await grant("secrets", ["list", "watch"]);
  const watched = { resource: secrets, namespace: ns };
  // The API server ends a watch only at a whole second.
  const options = { ...polled, watchMs: 500, pollIntervalMs: 60_000 };
  const { reflector, handler } = startReflector(t, access, { watched, options });
  await waitFor(() => reflector.hasSynced());
  const listings = handler.listings();
  await grant("secrets", ["list"]);
  await waitFor(() => reflector.state().polling !== undefined, { describe: "a poll" });
  await waitFor(() => handler.listings() > listings, { describe: "a listing", timeoutMs: 30_000 });
});

t.test("createReflector() reads an object by name that it may not list", async (t) => {
  const ns = "named";
  const { access, grant } = await reader(ns);
  const watched = { resource: namespaces, name: ns };
  const refusals: string[] = [];
  const { reflector, handler, log } = startReflector(t, access, { watched, options: polled });
  handler.refused = () => void refusals.push("refused");
  await waitFor(() => refusals.length > 1, { describe: "the refusals to be told" });
  t.match(reflector.state(), { phase: "starting", failure: { code: "forbidden", missingVerbs: ["list", "watch"] } });

  await grant("namespaces", ["get"]);
  await waitFor(() => reflector.state().phase === "synced");
  t.same(handler.names(), [ns]);
  await kube.patch(`/api/v1/namespaces/${ns}`, { metadata: { labels: { round: "2" } } });
  await waitFor(() => handler.objects().get(ns)?.metadata?.labels?.["round"] === "2");
  t.match(
    reflector.state().polling?.message,
    /^Cannot watch namespaces "named": forbidden, so it is read every 100ms: /,
  );
  t.equal(log.lines.filter(({ message }) => /listing again and again/.test(message)).length, 1);
  const other = startReflector(t, access, { watched: { resource: namespaces, name: "nothing" }, options: polled });
  await waitFor(() => other.reflector.state().failure?.code === "forbidden", {
    describe: "other Namespaces stay closed",
  });
});

t.test("createReflector() follows one object by name where it may be listed", async (t) => {
  const { reflector, handler } = startReflector(t, planeAccess(plane), {
    watched: { resource: namespaces, name: "default" },
  });
  await waitFor(() => reflector.hasSynced());
  t.same(handler.names(), ["default"]);
});
