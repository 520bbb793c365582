import t from "tap";
import { restartRollout } from "../../../controller/actions/restart-rollout.ts";
import { openActionsBench, podBody } from "../../helpers/actions-bench.ts";
import { startLocalApiServer } from "../../helpers/local-api-server.ts";

const bench = await openActionsBench({ argoRollouts: true });
const { kube, api, signal } = bench;
const namespace = await bench.namespace("shop");
const path = (name: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/${name}`;
const labels = { app: "web" };

async function rollout(name: string) {
  const { restartPolicy: _, ...pod } = podBody;
  return bench.workload(
    await kube.create({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Rollout",
      metadata: { name, namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        strategy: { canary: {} },
        template: { metadata: { labels }, spec: pod },
      },
    }),
  );
}

t.test("restartAt is set, rounded up to seconds, and the template is not touched", async (t) => {
  const workload = await rollout("web");
  const before = await kube.get<{ spec: { template: object } }>(path("web"));
  const at = Date.parse("2026-01-02T03:04:05.001Z");
  t.strictSame(await restartRollout(api, workload, { at, contentAt: 0, signal }), { is: "restarted" });
  const after = await kube.get<{ spec: { template: object; restartAt: string } }>(path("web"));
  t.equal(after.spec.restartAt, "2026-01-02T03:04:06Z");
  t.match(after.spec.template, before.spec.template);
  t.strictSame(await restartRollout(api, workload, { at, contentAt: 0, signal }), { is: "restarted" }, "a second try");
  t.equal((await kube.get<{ spec: { restartAt: string } }>(path("web"))).spec.restartAt, "2026-01-02T03:04:06Z");
  await restartRollout(api, workload, { at, contentAt: at + 9_000, signal });
  const ahead = await kube.get<{ spec: { restartAt: string } }>(path("web"));
  t.equal(ahead.spec.restartAt, "2026-01-02T03:04:16Z", "after the content was written, by whatever clock");
  await restartRollout(api, workload, { at: at + 60_000, contentAt: 0, signal });
  await kube.waitFor<{ status?: { restartedAt?: string } }>(
    path("web"),
    ({ status }) => status?.restartedAt === "2026-01-02T03:05:06Z",
  );
});

t.test("another Rollout of the name is left alone", async (t) => {
  const old = await rollout("reborn");
  await kube.delete(path("reborn"));
  t.strictSame(await restartRollout(api, old, { at: 0, contentAt: 0, signal }), { is: "gone" });
  await rollout("reborn");
  t.strictSame(await restartRollout(api, old, { at: 0, contentAt: 0, signal }), { is: "outdated" });
  t.equal((await kube.get<{ spec: { restartAt?: string } }>(path("reborn"))).spec.restartAt, undefined);
});

t.test("missing rights are a refusal", async (t) => {
  const workload = await rollout("rights");
  await kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "nobody", namespace } });
  const poor = bench.apiAs(await kube.createToken(namespace, "nobody"));
  t.match(await restartRollout(poor, workload, { at: 0, contentAt: 0, signal }), { is: "rejected", message: /403/ });
});

t.test("a 404 of admission's is a refusal, not the end of the Rollout", async (t) => {
  const { answers, api, close } = await startLocalApiServer();
  t.teardown(close);
  const workload = await rollout("admitted");
  answers.set(path("admitted"), { object: await kube.get(path("admitted")) });
  t.match(await restartRollout(api, workload, { at: 0, contentAt: 0, signal }), { is: "rejected", message: /404/ });
});
